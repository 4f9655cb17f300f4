"""What the checkout refuses."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError


class CheckoutIncomplete(DomainError):
    """Something is still missing before the order can be placed; `field` says what."""

    code = "checkout_incomplete"
    message = _("Please complete this step first.")
    status = 422


class TotalChanged(DomainError):
    """Prices moved between what the shopper saw and what would be charged."""

    code = "total_changed"
    message = _("Prices have changed. Please look at the new total and order again.")


class NotCancellable(DomainError):
    """The order has ended or left the house."""

    code = "not_cancellable"
    message = _("This order can no longer be cancelled.")
