"""The steps of a payment: which its state allows, and what staff is asked."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from accounts.models import User
from core.admin import MoneyField, StepForm
from core.money import Money
from orders.states import OrderStatus
from payments.actions import PaymentAction
from payments.models import Payment, PaymentTransaction
from payments.providers import find_provider
from payments.services import capture_payment, refund_payment
from payments.states import PaymentState

# Label, icon and action of each step's button.
PAYMENT_STEPS = {
    "capture": (_("Record payment received"), "payments", PaymentAction.CAPTURE_PAYMENT),
    "refund": (_("Record refund"), "undo", PaymentAction.REFUND_PAYMENT),
}


def payment_steps(payment: Payment) -> set[str]:
    """The steps that the states of the payment and its order allow."""
    steps = set()
    waiting = payment.status in {PaymentState.PENDING, PaymentState.AUTHORIZED}
    if waiting and payment.order.status != OrderStatus.CANCELLED:
        steps.add("capture")
    if refundable(payment).minor > 0:
        steps.add("refund")
    return steps


def refundable(payment: Payment) -> Money:
    """What was captured and not given back yet."""
    signs = {PaymentTransaction.Kind.CAPTURE: 1, PaymentTransaction.Kind.REFUND: -1}
    moves = payment.transactions.all()
    return Money(sum(signs.get(move.kind, 0) * move.amount_minor for move in moves), payment.currency)


def provider_label(code: str) -> Any:
    """How a way to pay is called; imported orders may name one that the shop does not have."""
    provider = find_provider(code)
    return provider.label if provider else code or "–"


class CaptureForm(StepForm):
    title = _("Record payment received")
    submit = _("Record payment")
    intro = _("The whole amount has arrived. A pending order is confirmed by it.")
    template = "admin/payments/payment/step.html"

    note = forms.CharField(
        label=_("Reference or note"),
        max_length=250,
        required=False,
        help_text=_("The reference of the transfer, for example."),
        widget=UnfoldAdminTextInputWidget({"autofocus": True}),
    )

    def take(self, *, actor: User) -> Any:
        change = capture_payment(payment_id=self.target.pk, actor=actor, note=self.cleaned_data["note"])
        return _now("A payment of %(amount)s is recorded.") % {"amount": change.amount}


class RefundForm(StepForm):
    title = _("Record refund")
    submit = _("Record refund")
    intro = _("Money that you gave back: in cash or by a transfer. Nothing is sent to a payment provider.")
    danger = True
    template = "admin/payments/payment/step.html"

    amount = MoneyField(label=_("Amount"))
    goodwill = forms.BooleanField(
        label=_("Goodwill"),
        required=False,
        help_text=_("Give back more than the customer is owed. It is not owed to you again."),
        widget=UnfoldBooleanSwitchWidget(),
    )
    note = forms.CharField(
        label=_("Reference or note"), max_length=250, required=False, widget=UnfoldAdminTextInputWidget()
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owed, captured = self.target.order.to_refund, refundable(self.target)
        if owed.minor:
            self.fields["amount"].initial = min(owed, captured, key=lambda amount: amount.minor)
        self.fields["amount"].help_text = _now(
            "The customer is owed %(owed)s. At most %(captured)s of this payment can be given back."
        ) % {"owed": owed, "captured": captured}

    def take(self, *, actor: User) -> Any:
        refund = refund_payment(
            payment_id=self.target.pk,
            amount=self.cleaned_data["amount"],
            actor=actor,
            note=self.cleaned_data["note"],
            beyond_owed=self.cleaned_data["goodwill"],
        )
        return _now("A refund of %(amount)s is recorded.") % {"amount": refund.amount}
