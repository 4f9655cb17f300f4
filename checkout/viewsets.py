"""The API's door to the checkout of the caller's cart."""

from collections.abc import Mapping

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from carts.headers import CART_HEADER, CART_PARAMETER, caller, callers_cart, cart_token
from carts.limits import CartThrottle, CartUse
from carts.models import Cart
from carts.selectors import cart_to_order
from carts.viewsets import empty_cart
from checkout.selectors import quote_cart
from checkout.serializers import CartChoiceInput, CheckoutInput, CheckoutOutput, PlaceInput
from checkout.services import place_order, update_checkout
from core.api.viewsets import ApiViewSet
from core.callers import guest_key
from core.errors import NotFound
from orders.selectors import as_written
from orders.serializers import OrderOutput
from orders.viewsets import order_answer, whole_order_answer


@extend_schema(parameters=[CART_PARAMETER])
class CheckoutViewSet(ApiViewSet):
    """What was said so far is kept by the open cart."""

    permission_classes = (AllowAny,)
    throttle_classes = (CartThrottle,)
    cart_uses = {"partial_update": CartUse.RESERVE, "place": CartUse.ORDER}
    queryset = Cart.objects.none()
    varies_by = (CART_HEADER,)

    @extend_schema(summary="Retrieve the checkout", responses=CheckoutOutput)
    def retrieve(self, request: Request) -> Response:
        """Return the totals, the available choices and the missing step. Changes nothing."""
        return self.answer(CheckoutOutput, quote_cart(callers_cart(request) or empty_cart()))

    @extend_schema(summary="Update checkout details", request=CheckoutInput, responses=CheckoutOutput)
    def partial_update(self, request: Request) -> Response:
        """Set e-mail, addresses, shipping method or payment provider; an empty body starts the checkout.

        Each call keeps the cart's units for its shopper until `held_until`, if all of them can be bought. Of an item a
        guest has a share of the stock kept at most: a line with more says so by the notice `partly_reserved`, and
        `held_until` is null. Placing the order takes all that is available.
        """
        customer, token = caller(request), cart_token(request)
        said, guest = self.read(CheckoutInput), "" if customer else guest_key(request)
        quote = update_checkout(customer=customer, token=token, guest=guest, **said)
        return self.answer(CheckoutOutput, quote)

    @extend_schema(
        summary="Place the order of the cart",
        request=PlaceInput,
        responses={201: OrderOutput, 200: OpenApiResponse(OrderOutput, "This cart was ordered before; its order.")},
    )
    def place(self, request: Request) -> Response:
        """One cart makes at most one order, whatever is repeated."""
        return place_callers_cart(self, request)


def place_callers_cart(view: ApiViewSet, request: Request) -> Response:
    """Place the caller's cart by what the body says, and answer the order: 200 if it was placed before."""
    customer = caller(request)
    # The rest of the body is read in the currency of the cart that this part of it names.
    body = request.data if isinstance(request.data, Mapping) else {}
    named = {"cart_id": body["cart_id"]} if "cart_id" in body else {}
    cart = cart_to_order(customer=customer, token=cart_token(request), **view.read(CartChoiceInput, data=named))
    if cart is None:
        view.read(PlaceInput)  # a misspelled name is told of before the cart that is not there
        raise NotFound
    said = view.read(PlaceInput, context={"currency": cart.currency})
    said.pop("cart_id", None)
    expected = said.pop("expected_total", None)
    order = place_order(cart_id=cart.pk, actor=customer, said=said, expected_total=expected)
    # A repeated request finds the order that the first one wrote.
    if order.written is None:
        return order_answer(view, order.pk)
    return whole_order_answer(view, as_written(order), status=201)
