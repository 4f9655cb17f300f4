"""The forms of a product's rows: variants with prices and options, pictures with one primary."""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from unfold.forms import PaginationInlineFormSet
from unfold.widgets import UnfoldAdminImageFieldWidget, UnfoldAdminSelect2MultipleWidget

from catalog.codes import UNIQUE_CODES
from catalog.errors import CombinationTaken, NeededOnSale
from catalog.fields import VariantFields, names
from catalog.media.images import Picture, clean_picture
from catalog.media.services import set_picture
from catalog.media.variant_pictures import show_variants
from catalog.models import OptionValue, ProductImage, Variant, VariantOption
from core.admin import MoneyField, MoneyModelForm, OneChosenForm, OneChosenFormSet
from core.errors import InvalidInput

Choices = Sequence[tuple[str, Sequence[tuple[str, str]]]]


def option_choices() -> Choices:
    """The values of every option, grouped by option. One query."""
    # By id: nothing keeps two options from having one name.
    groups: dict[UUID, tuple[str, list[tuple[str, str]]]] = {}
    values = OptionValue.objects.select_related("option_type")
    for value in values.order_by("option_type__position", "option_type__code", "position", "code"):
        _name, choices = groups.setdefault(value.option_type_id, (value.option_type.name, []))
        choices.append((str(value.pk), value.name))
    return list(groups.values())


class VariantForm(MoneyModelForm):
    """A variant. `available_choices` is set once for all rows of a request."""

    money_fields = {"price": "price_minor", "compare_at": "compare_at_minor", "cost": "cost_minor"}
    available_choices: ClassVar[Choices] = ()

    price = MoneyField(label=_("Price"))
    compare_at = MoneyField(label=_("Compare-at price"), required=False)
    cost = MoneyField(label=_("Cost price"), required=False)
    chosen_options = forms.MultipleChoiceField(
        label=_("Options"), required=False, widget=UnfoldAdminSelect2MultipleWidget()
    )

    class Meta:
        model = Variant
        fields = ("sku", *names(VariantFields), "is_active", "position")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "chosen_options" in self.fields:
            self.fields["chosen_options"].choices = self.available_choices
        if kwargs.get("instance"):
            self.initial["chosen_options"] = [str(option.value_id) for option in self.instance.options.all()]

    def clean_chosen_options(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["chosen_options"]
        for option, values in self.available_choices:
            if len({key for key, _label in values} & set(chosen)) > 1:
                raise ValidationError(_("Choose one value of “%(option)s” only."), params={"option": option})
        return chosen

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        price, compare_at = cleaned.get("price"), cleaned.get("compare_at")
        if price and compare_at and price.currency == compare_at.currency and compare_at <= price:
            self.add_error("compare_at", _("The compare-at price must be above the price."))
        return cleaned

    def _save_m2m(self) -> None:
        super()._save_m2m()
        if "chosen_options" not in self.changed_data:
            return
        wanted = {UUID(key) for key in self.cleaned_data["chosen_options"]}
        self.instance.options.exclude(value__in=wanted).delete()
        kept = set(self.instance.options.values_list("value_id", flat=True))
        for value in OptionValue.objects.filter(pk__in=wanted - kept):
            VariantOption.objects.create(variant=self.instance, value=value)


class VariantFormSet(PaginationInlineFormSet):
    """The variants of a product; what a shopper pays is in one currency."""

    def clean(self) -> None:
        super().clean()
        rows = [form for form in self.forms if form not in self.deleted_forms]
        currencies = {price.currency for form in rows if (price := form.cleaned_data.get("price"))}
        if len(currencies) > 1:
            raise ValidationError(_("Give the prices of all variants in the same currency."))
        for code in UNIQUE_CODES:
            codes = [code.same(value) for form in rows if (value := form.cleaned_data.get(code.name))]
            if len(codes) != len(set(codes)):
                raise ValidationError(code.taken.message)
        chosen = [frozenset(options) for form in rows if (options := form.cleaned_data.get("chosen_options"))]
        if len(chosen) != len(set(chosen)):
            raise ValidationError(CombinationTaken.message)
        if self.instance.is_active and not self._has_active(rows):
            raise ValidationError(NeededOnSale.message)

    def _has_active(self, rows: Sequence[forms.ModelForm]) -> bool:
        """Whether a variant is active when this page of them is saved, or one on another page is."""
        if any(form.cleaned_data.get("is_active") for form in rows if form.has_changed() or form.instance.pk):
            return True
        shown = [form.instance.pk for form in self.initial_forms]
        elsewhere = Variant.objects.filter(product=self.instance.pk, is_active=True).exclude(pk__in=shown)
        return self.instance.pk is not None and elsewhere.exists()


class PictureForm(OneChosenForm):
    """A picture, uploaded or given by address, of some variants. `variant_choices` is set once for all rows."""

    flags = frozenset({"is_primary", "file", "external_url"})
    variant_choices: ClassVar[Sequence[tuple[Any, str]]] = ()

    shown_variants = forms.MultipleChoiceField(
        label=_("Shows the variants"),
        required=False,
        widget=UnfoldAdminSelect2MultipleWidget(),
        help_text=_("What shoppers see who choose one of these. Leave it empty for the product as a whole."),
    )
    # Not an ImageField, which judges by the file's name.
    file = forms.FileField(label=_("File"), required=False, widget=UnfoldAdminImageFieldWidget())

    class Meta:
        model = ProductImage
        fields = ("file", "external_url", "alt_en", "alt_fr", "alt_ar", "is_primary", "position")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "shown_variants" in self.fields:
            self.fields["shown_variants"].choices = self.variant_choices
        if kwargs.get("instance"):
            self.initial["shown_variants"] = [str(link.variant_id) for link in self.instance.variant_links.all()]
        self._uploaded: Picture | None = None

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if isinstance(upload, UploadedFile):
            try:
                self._uploaded = clean_picture(upload, field="file")
            except InvalidInput as error:
                raise ValidationError(str(error), code=error.code) from error
        return upload

    def save(self, commit: bool = True) -> ProductImage:
        if self._uploaded:
            set_picture(self.instance, self._uploaded)
        image: ProductImage = super().save(commit)
        return image

    def _save_m2m(self) -> None:
        super()._save_m2m()
        if "shown_variants" in self.changed_data:
            # One that is deleted in the same save is shown no more.
            wanted = Variant.objects.filter(
                product=self.instance.product_id, pk__in=self.cleaned_data["shown_variants"]
            )
            show_variants(image=self.instance, variant_ids=wanted.values_list("pk", flat=True))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and bool(cleaned.get("file")) == bool(cleaned.get("external_url")):
            raise ValidationError(_("Upload a file or give an address: one of the two."))
        return cleaned


class PictureFormSet(OneChosenFormSet):
    """The pictures of a product: one is the primary one, the first if staff names none."""

    one_of = {"is_primary": _("Choose one picture as the primary one.")}

    def clean(self) -> None:
        super().clean()
        rows = [form for form in self.forms if form not in self.deleted_forms]
        if self.instance.is_active and not any(form.has_changed() or form.initial for form in rows):
            raise ValidationError(NeededOnSale.message)

    def save(self, commit: bool = True) -> list[ProductImage]:
        saved: list[ProductImage] = super().save(commit)
        pictures = ProductImage.objects.filter(product=self.instance)
        if commit and not pictures.filter(is_primary=True).exists():
            first = pictures.order_by("position", "id").values("pk")[:1]
            ProductImage.objects.filter(pk__in=first).update(is_primary=True)
        return saved
