"""Which cart a page request speaks of: the customer's, or the guest's whose token the session keeps."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from carts.headers import NEW_CART_LIMIT
from carts.models import Cart
from carts.selectors import open_cart
from carts.services import get_or_open_cart, merge_at_login
from core.limits import caller_use

CART_IS_GONE = _("This cart is no longer open: it was ordered in another tab, or your session has ended.")
TOKEN_KEY = "cart_token"  # noqa: S105  # where the token is kept, not the token


def customer_of(request: HttpRequest) -> User | None:
    """The logged-in customer, or None for a guest."""
    return request.user if isinstance(request.user, User) else None


def session_cart(request: HttpRequest) -> Cart | None:
    """The open cart of this visitor, or None. After a log-in the guest's cart is merged into the customer's."""
    customer = customer_of(request)
    token = request.session.get(TOKEN_KEY)
    if customer is None:
        return open_cart(token=token)
    if token is None:
        return open_cart(customer=customer)
    merged = merge_at_login(customer=customer, token=token)
    del request.session[TOKEN_KEY]
    return merged


def session_cart_for_writing(request: HttpRequest) -> Cart:
    """The open cart of this visitor, opened if there is none; a guest's session remembers its token."""
    cart = session_cart(request)
    if cart is not None:
        return cart
    customer = customer_of(request)
    guest = None if customer else caller_use(request, NEW_CART_LIMIT)
    cart = get_or_open_cart(customer=customer, guest=guest)
    if cart.customer_id is None:
        request.session[TOKEN_KEY] = cart.token
    return cart
