"""What the checkout refuses."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError


class CheckoutIncomplete(DomainError):
    """Something is still missing before the order can be placed; `field` says what."""

    code = "checkout_incomplete"
    message = _("Please complete this step first.")
    status = 422


class TotalChanged(DomainError):
    """Another total than the shopper saw would be charged."""

    code = "total_changed"
    message = _("The total has changed in the meantime. Please look at it and order again.")


class CartChanged(DomainError):
    """The cart, or a detail of its checkout, is not what the shopper saw: another tab or device changed it."""

    code = "cart_changed"
    message = _("Your cart was changed in the meantime, perhaps in another tab. Please look at it and order again.")


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
