"""What staff is asked when stock changes."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.fields import UnfoldAdminAutocompleteModelChoiceField
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.models import User
from catalog.models import Variant
from core.admin import CountriesField, StepForm
from core.admin.bulk import BulkForm, Outcome, each
from core.db.ids import new_id
from core.errors import DomainError
from core.i18n.countries import choices as country_choices
from core.idempotency import StoredAnswer, claim_request, store_answer, work_on
from inventory.locking import lock_stock
from inventory.models import Location, StockItem
from inventory.services import MOST_UNITS, adjust_stock, limit_backorders, receive_stock, set_backorder_limit


class AdjustStockForm(StepForm):
    title = _("Adjust stock")
    submit = _("Adjust stock")
    intro = _("The change stays in the stock's ledger with its reason and your name.")
    template = "admin/inventory/stockitem/adjust.html"

    quantity = forms.IntegerField(
        label=_("Change of the quantity on hand"),
        help_text=_("Units to add, or with a minus sign to take away, such as -3."),
        widget=UnfoldAdminIntegerFieldWidget({"autofocus": True}),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=250,
        help_text=_("Counted, broken, found, given away…"),
        widget=UnfoldAdminTextInputWidget(),
    )

    def take(self, *, actor: User) -> Any:
        item: StockItem = adjust_stock(stock_item_id=self.target.pk, actor=actor, **self.cleaned_data)
        message = ngettext(
            "%(sku)s: %(count)d unit is on hand now.", "%(sku)s: %(count)d units are on hand now.", item.on_hand
        )
        return message % {"sku": self.target.variant.sku, "count": item.on_hand}


class BackorderLimitField(forms.IntegerField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Backorder limit"),
            min_value=0,
            max_value=MOST_UNITS,
            help_text=_("0 for no backorders; never less than wait already."),
            widget=UnfoldAdminIntegerFieldWidget({"min": 0}),
            **kwargs,
        )


class BackorderLimitForm(StepForm):
    title = _("Limit backorders")
    submit = _("Save the limit")
    intro = _("Units that shoppers may order beyond what is there. They are told that these ship later.")
    template = "admin/inventory/stockitem/adjust.html"

    limit = BackorderLimitField()
    seen = forms.IntegerField(widget=forms.HiddenInput(), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["limit"].initial = self.fields["seen"].initial = self.target.backorder_limit
        self.fields["limit"].widget.attrs["autofocus"] = True

    def take(self, *, actor: User) -> Any:
        item = set_backorder_limit(stock_item_id=self.target.pk, **self.cleaned_data)
        return _limited(self.target.variant, item)


class AdjustManyForm(BulkForm):
    """The same change for several stock items; a page that is sent twice counts once."""

    title = _("Adjust stock")
    submit = _("Adjust stock")
    intro = AdjustStockForm.intro

    once = forms.UUIDField(widget=forms.HiddenInput(), initial=new_id)
    quantity = forms.IntegerField(
        label=_("Change of the quantity on hand"),
        help_text=_("Units to add, or with a minus sign to take away, such as -3."),
        widget=UnfoldAdminIntegerFieldWidget(),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=250,
        help_text=_("Counted, broken, found, given away…"),
        widget=UnfoldAdminTextInputWidget(),
    )

    def take(self, *, rows: Sequence[StockItem], actor: User) -> Outcome:
        change = {"quantity": self.cleaned_data["quantity"], "reason": self.cleaned_data["reason"]}
        claim = claim_request(caller=f"user:{actor.pk}", key=f"stock:{self.cleaned_data['once']}", fingerprint="stock")
        if isinstance(claim, StoredAnswer):
            raise DomainError(_("This was done already."))
        with work_on(claim):
            # One after another they would be locked in the order of the list.
            lock_stock({row.variant_id for row in rows})
            outcome = each(rows, lambda row: adjust_stock(stock_item_id=row.pk, actor=actor, **change))
            store_answer(claim, StoredAnswer(200, {}, b""))
        return outcome


class VariantField(UnfoldAdminAutocompleteModelChoiceField):
    """A variant, looked up by SKU or name while one types."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            "admin:inventory_stockitem_variants", queryset=Variant.objects.select_related("product"), **kwargs
        )

    def label_from_instance(self, obj: Variant) -> str:
        return variant_label(obj)


class ActiveLocationField(forms.ModelChoiceField):
    """One of the locations in use, the first of them unless another is chosen."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Location"),
            queryset=Location.objects.filter(is_active=True),
            empty_label=None,
            widget=UnfoldAdminSelectWidget(),
            **kwargs,
        )


class ReceiveStockForm(StepForm):
    title = _("Receive stock")
    submit = _("Receive stock")
    intro = _("Units that arrived. A variant's first receipt at a location starts its stock there.")

    variant = VariantField(label=_("Variant"), help_text=_("Type a SKU or a product's name."))
    location = ActiveLocationField()
    quantity = forms.IntegerField(
        label=_("Units received"),
        validators=[MinValueValidator(1), MaxValueValidator(MOST_UNITS)],
        widget=UnfoldAdminIntegerFieldWidget({"min": 1}),
    )

    def take(self, *, actor: User) -> Any:
        item = receive_stock(
            variant_id=self.cleaned_data["variant"].pk,
            location=self.cleaned_data["location"],
            quantity=self.cleaned_data["quantity"],
            actor=actor,
        )
        message = ngettext(
            "%(sku)s: %(count)d unit is on hand now.", "%(sku)s: %(count)d units are on hand now.", item.on_hand
        )
        return message % {"sku": self.cleaned_data["variant"].sku, "count": item.on_hand}


class SellAheadForm(StepForm):
    """A backorder limit for a variant that may have no stock item yet."""

    title = BackorderLimitForm.title
    submit = BackorderLimitForm.submit
    intro = _(
        "Units that shoppers may order beyond what is there, also of a variant that was never received."
        " They are told that these ship later."
    )

    variant = VariantField(label=_("Variant"), help_text=_("Type a SKU or a product's name."))
    location = ActiveLocationField()
    limit = BackorderLimitField()

    def take(self, *, actor: User) -> Any:
        variant: Variant = self.cleaned_data["variant"]
        item = limit_backorders(
            variant_id=variant.pk, location=self.cleaned_data["location"], limit=self.cleaned_data["limit"]
        )
        return _limited(variant, item)


class LocationForm(forms.ModelForm):
    country = forms.ChoiceField(
        label=_("Country"),
        choices=lambda: [("", "–"), *country_choices()],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    countries = CountriesField(
        label=_("Countries"), required=False, help_text=Location._meta.get_field("countries").help_text
    )

    class Meta:
        model = Location
        fields = (
            "name", "code", "countries", "priority", "serves_parts", "is_active",
            "line1", "line2", "postal_code", "city", "region", "country", "phone",
            "opening_hours_en", "opening_hours_fr", "opening_hours_ar",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """An address is whole or not there, and stays while shoppers fetch their orders from it."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        needed = ("line1", "city", "country")
        missing = [name for name in needed if not cleaned.get(name)]
        typed = any(cleaned.get(name) for name in (*needed, "line2", "postal_code", "region"))
        if missing and (typed or self.instance.pickup_methods.exists()):
            for name in missing:
                self.add_error(name, _("Shoppers need street, city and country to find the place."))
        return cleaned


def _limited(variant: Variant, item: StockItem) -> str:
    message = ngettext(
        "%(sku)s: %(count)d unit may be backordered.",
        "%(sku)s: %(count)d units may be backordered.",
        item.backorder_limit,
    )
    return message % {"sku": variant.sku, "count": item.backorder_limit}


def variant_label(variant: Variant) -> str:
    """A variant as staff recognises it."""
    return f"{variant.sku} · {variant.product.name}"
