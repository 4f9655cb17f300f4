"""What staff is asked at each step of an order."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.models import User
from checkout.services.cancel_order import cancel_order
from checkout.services.edit_order import Edit, edit_order
from checkout.services.fulfil_order import ship_order
from core.admin import MoneyField, StepForm
from core.admin.bulk import BulkForm, Outcome, each
from core.errors import DomainError
from inventory.selectors import backordered_units
from orders.models import Order, OrderLine
from orders.selectors import manual_discounts
from orders.services import confirm_order
from orders.states import OrderStatus
from pricing.discounts import Discount, DiscountTarget
from shipping.models import ShippingMethod
from shipping.selectors import unshipped_quantities


class NoteForm(StepForm):
    """A step that asks for nothing but an optional note in the order's history."""

    note = forms.CharField(
        label=_("Note"),
        max_length=250,
        required=False,
        help_text=_("Kept in the order's history; the customer does not see it."),
        widget=UnfoldAdminTextInputWidget({"autofocus": True}),
    )


class ConfirmForm(NoteForm):
    title = _("Confirm order")
    submit = _("Confirm order")
    intro = _("A confirmed order can be shipped before its money has arrived.")

    def take(self, *, actor: User) -> Any:
        confirm_order(order_id=self.target.pk, actor=actor, note=self.cleaned_data["note"])
        return _now("Order %(number)s is confirmed.") % {"number": self.target.number}


class CancelForm(NoteForm):
    title = _("Cancel order")
    submit = _("Cancel order")
    intro = _(
        "Its stock is released and open payments are given up. Money that was already paid has to be refunded "
        "afterwards. A cancelled order stays cancelled."
    )
    danger = True

    def take(self, *, actor: User) -> Any:
        cancel_order(order_id=self.target.pk, actor=actor, note=self.cleaned_data["note"])
        return _now("Order %(number)s is cancelled.") % {"number": self.target.number}


class DiscountForm(StepForm):
    """A percentage or an amount off all items, one of them or the delivery, with its reason."""

    title = _("Give discount")
    submit = _("Give discount")
    intro = _("Tax, total and the open payment follow. What was paid too much is to be refunded afterwards.")

    taken_off = forms.ChoiceField(label=_("Off"), widget=UnfoldAdminSelectWidget())
    percent = forms.DecimalField(
        label=_("Percentage"),
        max_digits=5,
        decimal_places=2,
        required=False,
        help_text=_("Or an amount below."),
        widget=UnfoldAdminDecimalFieldWidget({"dir": "ltr"}),
    )
    amount = MoneyField(label=_("Amount"), required=False)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=250,
        help_text=_("Kept in the order's history; the customer does not see it."),
        widget=UnfoldAdminTextInputWidget(),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lines = [(str(line.pk), f"{line.name} ({line.sku})") for line in self.target.lines.all()]
        all_items, shipping = (DiscountTarget.GOODS, DiscountTarget.SHIPPING)
        self.fields["taken_off"].choices = [
            (all_items.value, all_items.label),
            *lines,
            (shipping.value, shipping.label),
        ]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        typed = [name for name in ("percent", "amount") if cleaned.get(name) is not None]
        if len(typed) != 1 and not self.errors.keys() & {"percent", "amount"}:
            self.add_error("percent", _("Give either a percentage or an amount."))
        return cleaned

    def take(self, *, actor: User) -> Any:
        data = self.cleaned_data
        named = data["taken_off"]
        is_line = named not in {DiscountTarget.GOODS, DiscountTarget.SHIPPING}
        discount = Discount(
            target=DiscountTarget.LINE if is_line else DiscountTarget(named),
            reason=data["reason"],
            percent=data["percent"],
            amount=data["amount"],
            line=named if is_line else None,
        )
        order = edit_order(order_id=self.target.pk, edit=Edit(discount=discount), actor=actor, note=data["reason"])
        return _now("The total of order %(number)s is %(total)s now.") % {"number": order.number, "total": order.total}


class RemoveDiscountForm(StepForm):
    """One of the discounts that staff gave, to be taken back."""

    title = _("Remove discount")
    submit = _("Remove discount")
    intro = DiscountForm.intro
    danger = True

    code = forms.ChoiceField(label=_("Discount"), widget=UnfoldAdminSelectWidget())
    note = NoteForm.base_fields["note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].choices = [
            (one.code, f"{one.code}: {one.amount} · {one.reason}") for one in manual_discounts(self.target)
        ]

    def take(self, *, actor: User) -> Any:
        data = self.cleaned_data
        edit = Edit(removed_discount=data["code"])
        order = edit_order(order_id=self.target.pk, edit=edit, actor=actor, note=data["note"] or data["code"])
        return _now("The total of order %(number)s is %(total)s now.") % {"number": order.number, "total": order.total}


class ShipForm(StepForm):
    """One parcel: carrier, tracking number, and how many units of each line; all that is there unless changed."""

    title = _("Ship order")
    submit = _("Hand over to the carrier")
    intro = _("The units leave the stock now. What you leave out can go in another parcel.")
    template = "admin/orders/order/ship.html"

    carrier = forms.CharField(
        label=_("Carrier"), max_length=120, required=False, widget=UnfoldAdminTextInputWidget({"autofocus": True})
    )
    tracking_number = forms.CharField(
        label=_("Tracking number"), max_length=120, required=False, widget=UnfoldAdminTextInputWidget({"dir": "ltr"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        left = unshipped_quantities(self.target)
        waiting = backordered_units(left)
        self.lines: list[OrderLine] = [line for line in self.target.lines.all() if line.pk in left]
        method = ShippingMethod.objects.filter(code=self.target.shipping_method).first()
        self.fields["carrier"].initial = method.carrier if method else ""
        for line in self.lines:
            self.fields[self.name_of(line)] = forms.IntegerField(
                label=line.name,
                initial=left[line.pk] - waiting.get(line.pk, 0),
                min_value=0,
                max_value=left[line.pk],
                widget=UnfoldAdminIntegerFieldWidget({"max": left[line.pk], "class": "souk-units"}),
            )

    @staticmethod
    def name_of(line: OrderLine) -> str:
        return f"units_{line.pk}"

    def rows(self) -> list[tuple[OrderLine, forms.BoundField]]:
        """Each line that has units left, with its input."""
        return [(line, self[self.name_of(line)]) for line in self.lines]

    def show(self, error: DomainError) -> bool:
        name = f"units_{error.details.get('line')}"
        if name in self.fields:
            self.add_error(name, str(error))
            return True
        return super().show(error)

    def take(self, *, actor: User) -> Any:
        ship_order(
            order_id=self.target.pk,
            actor=actor,
            carrier=self.cleaned_data["carrier"],
            tracking_number=self.cleaned_data["tracking_number"],
            quantities={line.pk: self.cleaned_data[self.name_of(line)] for line in self.lines},
        )
        return _now("A parcel of order %(number)s is on its way.") % {"number": self.target.number}


class ConfirmManyForm(BulkForm):
    title = _("Confirm orders")
    submit = _("Confirm orders")
    intro = ConfirmForm.intro

    def take(self, *, rows: Sequence[Order], actor: User) -> Outcome:
        def confirm(order: Order) -> None:
            # Sent twice, the second finds them confirmed, and that is what was wanted.
            if order.status != OrderStatus.CONFIRMED:
                confirm_order(order_id=order.pk, actor=actor)

        return each(rows, confirm)


class ShipManyForm(BulkForm):
    title = _("Ship orders")
    submit = _("Hand over to the carrier")
    intro = _("Each order leaves in one parcel with all that is left of it, by the carrier of its method.")

    def take(self, *, rows: Sequence[Order], actor: User) -> Outcome:
        carriers = dict(ShippingMethod.objects.values_list("code", "carrier"))
        return each(
            rows,
            lambda order: ship_order(order_id=order.pk, actor=actor, carrier=carriers.get(order.shipping_method, "")),
        )


class CancelManyForm(BulkForm):
    title = _("Cancel orders")
    submit = _("Cancel orders")
    intro = CancelForm.intro
    danger = True

    def take(self, *, rows: Sequence[Order], actor: User) -> Outcome:
        return each(rows, lambda order: cancel_order(order_id=order.pk, actor=actor))
