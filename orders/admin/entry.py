"""What the pages share on which staff enters an order: rows of items, addresses, and refusals shown at their inputs."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from unfold.widgets import INPUT_CLASSES, SELECT_CLASSES, UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from accounts.forms import AddressForm
from accounts.models import User
from accounts.selectors import people_matching
from carts.models import MAX_LINE_QUANTITY
from catalog.models import Variant
from catalog.selectors import read_options
from checkout.services.place_items import Item
from checkout.viewsets.items import MOST_ITEMS
from core.errors import DomainError
from core.idempotency import StoredAnswer, claim_request, store_answer, work_on
from core.text.codes import plain_code
from inventory.admin.stock import variants_matching
from inventory.errors import shortage_message

# Rows for who has no script to ask for another.
_BLANK_ROWS = 4
_SUGGESTED = 8


def once(*, actor: User, sent: QueryDict, work: Callable[[], str]) -> str:
    """What the work gave, done once for what a page sent, however often it comes; whoever goes back and enters
    something else means another order. Raises InFlight, and what the work raises.
    """
    said = sent.copy()
    said.pop("csrfmiddlewaretoken", None)  # another each time that the page is shown
    key = sha256(said.urlencode().encode()).hexdigest()
    claim = claim_request(caller=f"user:{actor.pk}", key=f"orders.admin:{key}", fingerprint="orders.admin")
    if isinstance(claim, StoredAnswer):
        return claim.body.decode()
    with work_on(claim):
        result = work()
        store_answer(claim, StoredAnswer(200, {}, result.encode()))
    return result


class EntryAddressForm(AddressForm):
    """An address as its country writes it, with the admin's looks."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            classes = SELECT_CLASSES if isinstance(field.widget, forms.Select) else INPUT_CLASSES
            field.widget.attrs["class"] = " ".join(classes)

    def was_touched(self) -> bool:
        """Whether something that the page shows is another than before; what it does not show is not sent."""
        return not {*self.rules.parts, "country", "phone"}.isdisjoint(self.changed_data)


class ItemForm(forms.Form):
    """A row: an item by its SKU or a product's name, and how many."""

    sku = forms.CharField(
        label=_("SKU or product"),
        max_length=200,
        required=False,
        widget=UnfoldAdminTextInputWidget({"dir": "auto", "autocomplete": "off", "list": "item-suggestions"}),
    )
    quantity = forms.IntegerField(
        label=_("Quantity"),
        min_value=1,
        max_value=MAX_LINE_QUANTITY,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget({"class": "souk-units", "min": 1, "placeholder": "1"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("quantity") and not cleaned.get("sku"):
            self.add_error("sku", _("Which item is meant?"))
        return cleaned


class _ItemRows(forms.BaseFormSet):
    """Finds what the rows name; `data` has to be a copy, for a name gives way to the SKU that it stands for."""

    def clean(self) -> None:
        self.named = [form for form in self.forms if form.is_valid() and form.cleaned_data.get("sku")]
        texts = {plain_code(form.cleaned_data["sku"]) for form in self.named}
        exact = Variant.objects.on_sale().filter(sku__in=texts | {text.upper() for text in texts})
        by_sku = {variant.sku.upper(): variant for variant in exact}
        for form in self.named:
            text = form.cleaned_data["sku"]
            if variant := by_sku.get(plain_code(text).upper()) or self._search(form, text):
                form.variant = variant
                self.data[form.add_prefix("sku")] = variant.sku

    def _search(self, form: forms.Form, text: str) -> Variant | None:
        found = list(variants_matching(text).on_sale()[: _SUGGESTED + 1])
        if len(found) == 1:
            return found[0]
        skus = ", ".join(variant.sku for variant in found[:_SUGGESTED])
        form.add_error(
            "sku",
            _("Several items match: %(skus)s") % {"skus": skus} if found else _("This item is not for sale."),
        )
        return None

    def items(self) -> list[Item]:
        """What the rows name. Call it on valid rows only."""
        return [Item(form.cleaned_data.get("quantity") or 1, variant_id=form.variant.pk) for form in self.named]

    def tell(self, variant_id: UUID, message: str) -> None:
        """Put what is wrong with a variant at its rows."""
        for form in self.named:
            if form.variant.pk == variant_id:
                form.add_error("sku", message)


ItemRows = forms.formset_factory(
    ItemForm, formset=_ItemRows, extra=_BLANK_ROWS, max_num=MOST_ITEMS, absolute_max=MOST_ITEMS
)


def show_in_rows(rows: _ItemRows, error: DomainError) -> bool:
    """Put a refusal of items at their rows; False if it is of something else."""
    shortages = [line for line in error.details.get("lines", []) if "variant_id" in line]
    for line in shortages:
        variant_id = UUID(line["variant_id"])
        rows.tell(variant_id, shortage_message([(variant_id, line["requested"], line["available"])]))
    refused = error.details.get("items", []) if error.field == "items" else []
    for place in refused:
        rows.named[place].add_error("sku", str(error))
    return any(form.errors for form in rows.forms)


def suggested_items(text: str) -> list[dict[str, str]]:
    """What an item's input offers while one types."""
    variants = variants_matching(text).on_sale()[:_SUGGESTED]
    read_options(variants)
    return [
        {
            "value": variant.sku,
            "label": " · ".join(filter(None, [variant.product.name, variant.options_label, str(variant.price)])),
        }
        for variant in variants
    ]


def suggested_customers(text: str) -> list[dict[str, str]]:
    """What the customer's input offers while one types."""
    return [
        {"value": name_of(person), "label": " · ".join(filter(None, [person.get_full_name(), person.company]))}
        for person in customers_matching(text)[:_SUGGESTED]
    ]


def customers_matching(text: str) -> QuerySet[User]:
    """People by how their e-mail address, username, or words of their name or company begin."""
    # Not by the column itself: for the first few PostgreSQL would walk its index and test everybody on the way.
    return people_matching(User.objects.filter(is_active=True), text).order_by(Lower("email"), "id")


def name_of(person: User) -> str:
    """What names a person and nobody else."""
    return person.email or str(person.pk)
