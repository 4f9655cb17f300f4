"""What a cart refuses."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError


class CartClosed(DomainError):
    """The cart was ordered or merged meanwhile."""

    code = "cart_closed"
    message = _("This cart has already been ordered.")


class NotForSale(DomainError):
    """The variant is withdrawn or unknown."""

    code = "not_for_sale"
    message = _("This item is not for sale.")


class CurrencyMismatch(DomainError):
    """One currency an order; nothing is converted silently."""

    code = "currency_mismatch"
    message = _("This item is sold in another currency than the rest of your cart.")


class PriceMoved(DomainError):
    """The price that was agreed to is not the present one; `details` has that."""

    code = "price_changed"
    message = _("The price has changed again. Please look at it once more.")


class QuantityOutOfRange(DomainError):
    """Not a quantity that a line can have."""

    code = "quantity_out_of_range"
    message = _("Please choose a quantity between 1 and 10,000.")
    status = 422
