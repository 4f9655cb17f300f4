"""The page on which staff changes an order before it is sent: entered, looked at with its prices, then saved."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from accounts.models import User
from carts.models import MAX_LINE_QUANTITY
from checkout.errors import NotEditable, OrderChanged
from checkout.services.edit_order import Edit, EditQuote, edit_order, quote_edit
from core.db.ids import new_id
from core.errors import DomainError
from core.money import Money
from inventory.errors import shortage_message
from orders.admin.entry import EntryAddressForm, ItemRows, once, show_in_rows
from orders.models import Order, OrderLine
from orders.versions import order_version
from shipping.selectors import packed_quantities


class EditOrderForm(forms.Form):
    """The units of each line, and a note."""

    once = forms.UUIDField(widget=forms.HiddenInput(), initial=new_id)
    version = forms.CharField(max_length=40, widget=forms.HiddenInput())
    note = forms.CharField(
        label=_("Note"),
        max_length=250,
        required=False,
        help_text=_("Kept in the order's history; the customer does not see it."),
        widget=UnfoldAdminTextInputWidget(),
    )

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A line that came after the page was shown stays as it is; the version tells whether that matters.
        self.lines: list[OrderLine] = [
            line for line in order.lines.all() if not self.is_bound or name_of(line.pk) in self.data
        ]
        packed = packed_quantities(order) if order.has_shipped else {}
        for line in self.lines:
            least = packed.get(line.pk, 0)
            self.fields[name_of(line.pk)] = forms.IntegerField(
                label=line.name,
                initial=line.quantity,
                min_value=least,
                max_value=MAX_LINE_QUANTITY,
                widget=UnfoldAdminIntegerFieldWidget({"min": least, "class": "souk-units"}),
            )

    def line_rows(self) -> list[tuple[OrderLine, forms.BoundField]]:
        """Each line with its input."""
        return [(line, self[name_of(line.pk)]) for line in self.lines]

    def quantities(self) -> dict[UUID, int]:
        """Units by line. Call it on a valid form only."""
        return {line.pk: self.cleaned_data[name_of(line.pk)] for line in self.lines}


def name_of(line_id: Any) -> str:
    """The input of a line's units."""
    return f"units_{line_id}"


class EditOrderPage:
    """The forms of the page together, and what becomes of them."""

    def __init__(self, order: Order, data: Any = None) -> None:
        # Copied, as a product's name gives way to the SKU that it stands for.
        data = data.copy() if data is not None else None
        self.order = order
        self.form = EditOrderForm(data, order=order, initial={"version": order_version(order)})
        self.rows = ItemRows(data, prefix="items")
        # A parcel is on its way to the address of what was sent.
        self.address = (
            None if order.has_shipped else EntryAddressForm(data, prefix="shipping", initial=order.shipping_address)
        )
        self.quote: EditQuote | None = None

    def is_valid(self) -> bool:
        """Whether all that was entered can be read; every form has its errors then."""
        entered = [self.form, self.rows, *([self.address] if self._has_new_address() else [])]
        valid = [one.is_valid() for one in entered]
        return all(valid)

    def _has_new_address(self) -> bool:
        return self.address is not None and self.address.was_touched()

    def edit(self) -> Edit:
        """What was entered. Call it on valid forms only."""
        return Edit(
            quantities=self.form.quantities(),
            added=self.rows.items(),
            shipping_address=self.address.address() if self._has_new_address() else None,
        )

    def preview(self) -> None:
        """Price what was entered, and put what stands in its way at the inputs."""
        try:
            self.quote = quote_edit(order=self.order, edit=self.edit())
        except DomainError as error:
            self.show(error)
            return
        for variant_id, units, available in self.quote.short:
            self._tell_short(variant_id, shortage_message([(variant_id, units, available)]))
        if not self.quote.changes_anything:
            self.form.add_error(None, _("Nothing is changed yet."))

    @property
    def can_be_saved(self) -> bool:
        """Whether nothing but the button is missing."""
        wrong = self.form.errors or any(form.errors for form in self.rows.forms)
        return self.quote is not None and not wrong

    def save(self, *, actor: User, seen: Money) -> bool:
        """Change the order; False if it was refused, with the reason shown. Raises OrderChanged or NotEditable."""
        data = self.form.cleaned_data

        def work() -> str:
            edit_order(
                order_id=self.order.pk,
                edit=self.edit(),
                actor=actor,
                note=data["note"],
                expected_total=seen,
                seen_version=data["version"],
            )
            return "changed"

        try:
            once(actor=actor, sent=self.form.data, work=work)
        except (OrderChanged, NotEditable):
            raise
        except DomainError as error:
            self.preview()
            if self.can_be_saved:
                self.show(error)
            return False
        return True

    def show(self, error: DomainError) -> None:
        """Put a refusal where its cause is."""
        name = name_of(error.details.get("line"))
        if name in self.form.fields:
            self.form.add_error(name, str(error))
        elif error.field == "shipping_address" and self.address:
            self.address.add_error("country", str(error))
        elif not show_in_rows(self.rows, error):
            self.form.add_error(None, str(error))

    def _tell_short(self, variant_id: UUID, message: str) -> None:
        self.rows.tell(variant_id, message)
        for line in self.form.lines:
            raised = self.form.cleaned_data[name_of(line.pk)] > line.quantity
            if line.variant_id == variant_id and raised:
                self.form.add_error(name_of(line.pk), message)

    def context(self) -> dict[str, Any]:
        """What the template shows."""
        return {
            "title": _("Change order"),
            "original": self.order,
            "form": self.form,
            "rows": self.rows,
            "address": self.address,
            "quote": self.quote,
            "can_be_saved": self.can_be_saved,
        }
