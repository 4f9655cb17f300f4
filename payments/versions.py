"""What people change of a payment, as a version for the API's If-Match."""

from uuid import UUID

from core.versions import columns_of, version_of
from payments.ledger import lock_payment
from payments.models import Payment


def payment_version(payment: Payment) -> str:
    """The version of a payment: its own row and its ledger."""
    return version_of(columns_of(payment), sorted(str(one.pk) for one in payment.transactions.all()))


def lock_payment_version(payment_id: UUID) -> str:
    """The version of a payment that is locked with its order. Needs a transaction; raises NotFound."""
    _order, payment = lock_payment(payment_id)
    return payment_version(payment)
