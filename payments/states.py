"""The states of a payment and of what a provider is asked to do about it, as data."""

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

# Payments that have not come to an end yet: no money is here, but it may still come.
OPEN_PAYMENTS = frozenset({PaymentState.PENDING, PaymentState.AUTHORIZED})


class OperationKind(models.TextChoices):
    """What a provider is asked to do."""

    START = "start", _("Start")
    CAPTURE = "capture", _("Capture")
    REFUND = "refund", _("Refund")
    CANCEL = "cancel", _("Cancellation")


class OperationState(models.TextChoices):
    REQUESTED = "requested", _("Requested")
    UNDECIDED = "undecided", _("Undecided")
    SUCCEEDED = "succeeded", _("Succeeded")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Not needed")


OPERATION_TRANSITIONS: dict[str, frozenset[str]] = {
    OperationState.REQUESTED: frozenset(
        {
            OperationState.SUCCEEDED,  # the provider did it
            OperationState.DECLINED,  # the provider said no
            OperationState.UNDECIDED,  # no answer: it may have been done or not
            OperationState.WITHDRAWN,  # the payment came to an end before the provider was asked
        }
    ),
    OperationState.UNDECIDED: frozenset(
        {
            OperationState.SUCCEEDED,  # asked again with the same key, it was done
            OperationState.DECLINED,  # asked again with the same key, it was refused
            OperationState.WITHDRAWN,  # the payment came to its end by another way
        }
    ),
    OperationState.SUCCEEDED: frozenset(),  # the end
    OperationState.DECLINED: frozenset(),  # the end; another try is another operation
    OperationState.WITHDRAWN: frozenset(),  # the end
}

IN_FLIGHT = frozenset({OperationState.REQUESTED, OperationState.UNDECIDED})
FINAL = frozenset(OperationState) - IN_FLIGHT

# The states in which a payment can take an operation; in others it is not needed any more.
TAKES: dict[str, frozenset[PaymentState]] = {
    OperationKind.START: frozenset({PaymentState.PENDING}),
    OperationKind.CAPTURE: frozenset({PaymentState.AUTHORIZED}),
    OperationKind.REFUND: frozenset({PaymentState.CAPTURED}),
    OperationKind.CANCEL: OPEN_PAYMENTS,
}

COLOURS: dict[str, str] = {
    PaymentState.PENDING: "warning",
    PaymentState.AUTHORIZED: "info",
    PaymentState.CAPTURED: "success",
    PaymentState.FAILED: "danger",
    PaymentState.VOIDED: "default",
    OperationState.REQUESTED: "info",
    OperationState.UNDECIDED: "warning",
    OperationState.SUCCEEDED: "success",
    OperationState.DECLINED: "danger",
    OperationState.WITHDRAWN: "default",
}
