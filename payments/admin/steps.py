"""The steps of a payment: which its state allows, and what staff is asked."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from accounts.models import User
from core.admin import MoneyField, StepForm
from core.continuations import Continuation
from core.money import Money
from orders.states import OrderStatus
from payments.actions import PaymentAction
from payments.errors import OutcomeUnknown
from payments.models import Payment, PaymentOperation, PaymentTransaction
from payments.parts import split_payment
from payments.providers import available_providers, find_provider
from payments.selectors import find_operation, settles_online
from payments.services import PaymentChange, capture_payment, refund_payment
from payments.states import OPEN_PAYMENTS, OperationKind, PaymentState

# Label, icon and action of each step's button.
PAYMENT_STEPS = {
    "capture": (_("Record payment received"), "payments", PaymentAction.CAPTURE_PAYMENT),
    "refund": (_("Record refund"), "undo", PaymentAction.REFUND_PAYMENT),
    "split": (_("Split payment"), "call_split", PaymentAction.SPLIT_PAYMENT),
    "collect": (_("Capture payment"), "payments", PaymentAction.CAPTURE_PAYMENT),
    "give_back": (_("Refund payment"), "undo", PaymentAction.REFUND_PAYMENT),
    "ask": (_("Ask the provider"), "help", PaymentAction.EXECUTE_OPERATION),
}


def payment_steps(payment: Payment) -> set[str]:
    """The steps that the states of the payment and its order allow."""
    if settles_online(payment):
        return _online_steps(payment)
    steps = set()
    if payment.status in OPEN_PAYMENTS and payment.order.status != OrderStatus.CANCELLED:
        steps.add("capture")
        if payment.status == PaymentState.PENDING:
            steps.add("split")
    if refundable(payment).minor > 0:
        steps.add("refund")
    return steps


def _online_steps(payment: Payment) -> set[str]:
    in_flight = {one.kind for one in payment.operations.all() if one.is_in_flight}
    is_held = payment.status == PaymentState.AUTHORIZED and payment.order.status != OrderStatus.CANCELLED
    steps = set()
    if is_held and not in_flight & {OperationKind.CAPTURE, OperationKind.CANCEL}:
        steps.add("collect")
    if OperationKind.REFUND not in in_flight and refundable(payment).minor > 0:
        steps.add("give_back")
    if in_flight or payment.status in OPEN_PAYMENTS:
        steps.add("ask")
    return steps


def refundable(payment: Payment) -> Money:
    """What was captured, not given back yet and not being given back."""
    signs = {PaymentTransaction.Kind.CAPTURE: 1, PaymentTransaction.Kind.REFUND: -1}
    moves = payment.transactions.all()
    left = sum(signs.get(move.kind, 0) * move.amount_minor for move in moves)
    if settles_online(payment):
        asked = [one for one in payment.operations.all() if one.is_in_flight and one.kind == OperationKind.REFUND]
        left -= sum(one.amount_minor for one in asked)
    return Money(left, payment.currency)


def provider_label(code: str) -> Any:
    """How a way to pay is called; imported orders may name one that the shop does not have."""
    provider = find_provider(code)
    return provider.label if provider else code or "–"


def decided(continuation: Continuation) -> PaymentOperation:
    """The operation that was carried on with. Raises PaymentDeclined, or OutcomeUnknown while it is undecided."""
    operation = find_operation(continuation.id)
    if operation.is_in_flight:
        raise OutcomeUnknown
    operation.require_not_declined()
    return operation


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


class SplitForm(StepForm):
    title = _("Split payment")
    submit = _("Split payment")
    intro = _("A part of this payment is asked for in another way: a deposit by transfer, the rest at the door.")
    template = "admin/payments/payment/step.html"

    amount = MoneyField(label=_("Amount of the part"))
    provider = forms.ChoiceField(label=_("Payment"), widget=UnfoldAdminSelectWidget())
    note = forms.CharField(label=_("Note"), max_length=250, required=False, widget=UnfoldAdminTextInputWidget())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = available_providers(self.target.order.total)
        self.fields["provider"].choices = [(one.code, one.label) for one in offered if one.online is None]

    def take(self, *, actor: User) -> Any:
        part = split_payment(payment_id=self.target.pk, actor=actor, **self.cleaned_data)
        return _now("%(amount)s are asked for by %(provider)s.") % {
            "amount": part.amount,
            "provider": provider_label(part.provider),
        }


class CollectForm(StepForm):
    title = _("Capture payment")
    submit = _("Capture payment")
    intro = _("The payment provider transfers the authorised amount to you.")
    template = "admin/payments/payment/step.html"

    note = forms.CharField(
        label=_("Note"), max_length=250, required=False, widget=UnfoldAdminTextInputWidget({"autofocus": True})
    )

    def take(self, *, actor: User) -> Any:
        change = capture_payment(payment_id=self.target.pk, actor=actor, note=self.cleaned_data["note"])
        return change.continuation or _captured(change.amount)

    def conclude(self, continuation: Continuation) -> Any:
        return _captured(decided(continuation).amount)


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
        return _now("A refund of %(amount)s is recorded.") % {"amount": self.refund(actor).amount}

    def refund(self, actor: User) -> PaymentChange:
        """Call the service with what was typed."""
        return refund_payment(
            payment_id=self.target.pk,
            amount=self.cleaned_data["amount"],
            actor=actor,
            note=self.cleaned_data["note"],
            beyond_owed=self.cleaned_data["goodwill"],
        )


class GiveBackForm(RefundForm):
    title = _("Refund payment")
    submit = _("Refund payment")
    intro = _("The payment provider gives the money back to the customer.")

    def take(self, *, actor: User) -> Any:
        change = self.refund(actor)
        return change.continuation or _refunded(change.amount)

    def conclude(self, continuation: Continuation) -> Any:
        return _refunded(decided(continuation).amount)


class AskForm(StepForm):
    title = _("Ask the provider")
    submit = _("Ask the provider")
    intro = _("The shop asks the payment provider what became of this payment and records the answer.")
    template = "admin/payments/payment/step.html"

    def take(self, *, actor: User) -> Any:
        return Continuation("payments.question", self.target.pk)

    def conclude(self, continuation: Continuation) -> Any:
        payment = Payment.objects.prefetch_related("operations").get(pk=continuation.id)
        if any(one.is_in_flight for one in payment.operations.all()):
            raise OutcomeUnknown
        return _now("The payment is up to date: %(state)s.") % {"state": payment.get_status_display()}


class TryAgainForm(StepForm):
    title = _("Try again")
    submit = _("Try again")
    intro = _("The payment provider is asked again with the same key, so that it happens once.")

    def take(self, *, actor: User) -> Any:
        return Continuation("payments.operation", self.target.pk)

    def conclude(self, continuation: Continuation) -> Any:
        operation = decided(continuation)
        return _now("%(operation)s: %(state)s.") % {"operation": operation, "state": operation.get_state_display()}


def _captured(amount: Money) -> str:
    return _now("%(amount)s has been captured.") % {"amount": amount}


def _refunded(amount: Money) -> str:
    return _now("%(amount)s has been refunded.") % {"amount": amount}
