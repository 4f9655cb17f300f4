"""What payments refuse."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.money import Money


class RefundBeyondOwed(DomainError):
    """More would be given back than the order owes its customer, which has to be meant as goodwill."""

    code = "refund_beyond_owed"
    status = 422

    def __init__(self, owed: Money) -> None:
        message = _("The customer is owed %(owed)s. Tick “Goodwill” to give back more: it is not owed to you again.")
        super().__init__(message % {"owed": owed}, field="amount", details={"owed": owed.as_dict()})


class OperationInFlight(DomainError):
    """The provider has been asked for the same thing, or one that rules this out, and has not decided yet."""

    code = "operation_in_flight"
    message = _("The payment provider is still working on this payment. Please try again in a moment.")
    retry_after = 5


class PaymentDeclined(DomainError):
    """The provider refused. The details have its own code and message."""

    code = "payment_declined"
    status = 422

    def __init__(self, *, operation_id: UUID, provider_code: str, provider_message: str) -> None:
        message = _("The payment provider declined: %(reason)s") % {"reason": provider_message or provider_code}
        details = {
            "operation": str(operation_id),
            "provider_code": provider_code,
            "provider_message": provider_message,
        }
        super().__init__(message, details=details)


class OutcomeUnknown(DomainError):
    """The provider has not answered, so that nobody knows yet whether it was done. The shop goes on asking."""

    code = "outcome_unknown"
    message = _("The payment provider has not answered yet. The shop asks again by itself; do not repeat this.")


class InvalidProviderEvent(DomainError):
    """A message in a provider's name that is not from it, or cannot be read."""

    code = "invalid_event"
    message = _("This message is not from the payment provider.")
    status = 400


class ExecutionFailed(Exception):
    """Operations that a fault of the shop kept from being carried out; names them."""

    def __init__(self, operation_ids: list[UUID]) -> None:
        super().__init__(f"{', '.join(map(str, operation_ids))}. The log has the cause of each.")


class PaymentsUnsettled(Exception):
    """Payments of which the shop and their providers do not say the same, or that are undecided; names the orders."""

    def __init__(self, numbers: list[str]) -> None:
        super().__init__(f"{', '.join(numbers)}. See manage.py payments reconcile --days 1 --dry-run.")
