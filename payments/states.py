"""The states of a payment as data."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PaymentState(models.TextChoices):
    PENDING = "pending", _("Pending")
    AUTHORIZED = "authorized", _("Authorized")
    CAPTURED = "captured", _("Captured")
    FAILED = "failed", _("Failed")
    VOIDED = "voided", _("Voided")


TRANSITIONS: dict[str, frozenset[str]] = {
    PaymentState.PENDING: frozenset(
        {
            PaymentState.AUTHORIZED,  # the provider holds the money for us
            PaymentState.CAPTURED,  # the money is here: cash at the door, a transfer on the account
            PaymentState.FAILED,  # the provider said no
            PaymentState.VOIDED,  # the order was cancelled before any money moved
        }
    ),
    PaymentState.AUTHORIZED: frozenset(
        {
            PaymentState.CAPTURED,  # we took what was held
            PaymentState.VOIDED,  # we let go of what was held
            PaymentState.FAILED,  # the hold ran out at the provider
        }
    ),
    PaymentState.CAPTURED: frozenset(),  # the end; giving back is a refund transaction
    PaymentState.FAILED: frozenset(),  # the end; another try is another payment
    PaymentState.VOIDED: frozenset(),  # the end
}
