"""What payments refuse."""

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
