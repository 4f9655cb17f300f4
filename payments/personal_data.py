"""Payments of a person. The ledger names nobody, so it is shown and never erased."""

from collections.abc import Iterable

from core.personal_data import Person, PersonalData, Row
from orders.personal_data import orders_about
from payments.models import Payment, PaymentTransaction

_FIELDS = ("id", "order__number", "provider", "status", "amount_minor", "currency", "created_at", "captured_at")
_LEDGER_FIELDS = ("payment_id", "kind", "amount_minor", "provider", "created_at")


class PaymentsOfPerson(PersonalData):
    """What was paid for the person's orders."""

    def sections(self, person: Person) -> Iterable[tuple[str, Iterable[Row]]]:
        payments = Payment.objects.filter(order__in=orders_about(person))
        yield "payments", payments.order_by("id").values(*_FIELDS).iterator()
        ledger = PaymentTransaction.objects.filter(payment__in=payments).order_by("id")
        yield "payment_transactions", ledger.values(*_LEDGER_FIELDS).iterator()
