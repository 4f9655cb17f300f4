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


class NotEditable(DomainError):
    """The order has ended, left the house, or belongs to an import."""

    code = "not_editable"
    message = _("This order can no longer be changed.")


class OrderChanged(DomainError):
    """The order is not what staff has looked at any more."""

    code = "order_changed"
    message = _("The order has changed in the meantime. Please look at it again.")
