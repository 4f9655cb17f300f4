"""The API's door to the checkout of the caller's cart."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from carts.details import CheckoutDetails
from carts.headers import CART_HEADER, CART_PARAMETER, caller, callers_cart, cart_token
from carts.limits import CartThrottle, CartUse
from carts.models import Cart
from carts.selectors import cart_to_order
from checkout.placed_orders import PlacedOrder
from checkout.selectors import Quote, quote_cart, quote_nothing
from checkout.serializers import CartChoiceInput, CheckoutInput, CheckoutOutput, PlaceInput
from checkout.services.place_order import place_order
from checkout.services.update_checkout import update_checkout
from core.api.viewsets import ApiViewSet, said
from core.continuations import Continuation
from core.errors import NotFound
from core.web.callers import guest_key
from orders.serializers import OrderOutput
from orders.viewsets import order_answer, whole_order_answer
from payments.selectors import find_operation, start_in_flight, start_message


@extend_schema(parameters=[CART_PARAMETER])
class CheckoutViewSet(ApiViewSet):
    """The open cart stores the details that were given so far."""

    permission_classes = (AllowAny,)
    throttle_classes = (CartThrottle,)
    cart_uses = {"partial_update": CartUse.RESERVE, "place": CartUse.ORDER}
    queryset = Cart.objects.none()
    varies_by = (CART_HEADER,)

    @extend_schema(summary="Retrieve the checkout", responses=CheckoutOutput)
    def retrieve(self, request: Request) -> Response:
        """Return the totals, the available choices and the missing step. Changes nothing."""
        return self.answer(CheckoutOutput, _callers_quote(request))

    @extend_schema(summary="Update checkout details", request=CheckoutInput, responses=CheckoutOutput)
    def partial_update(self, request: Request) -> Response:
        """Set e-mail, addresses, shipping method or payment provider; an empty body starts the checkout.

        Each call keeps the cart's units for its shopper until `held_until`, if all of them can be bought. Of an item a
        guest has a share of the stock kept at most: a line with more says so by the notice `partly_reserved`, and
        `held_until` is null. Placing the order takes all that is available.
        """
        customer, token = caller(request), cart_token(request)
        details, guest = CheckoutDetails.only(**self.read(CheckoutInput)), "" if customer else guest_key(request)
        quote = update_checkout(customer=customer, token=token, guest=guest, details=details)
        return self.answer(CheckoutOutput, quote)

    @extend_schema(
        summary="Place the order of the cart",
        request=PlaceInput,
        responses={201: OrderOutput, 200: OpenApiResponse(OrderOutput, "This cart was ordered before; its order.")},
    )
    def place(self, request: Request) -> Response | Continuation:
        """One cart makes at most one order, whatever is repeated.

        Where a payment provider collects online, `payments[].next_action` says where the shopper goes on to pay. The
        status 202 says that the order is placed and the provider has not answered yet.
        """
        return place_callers_cart(self, request)

    def concluded(self, continuation: Continuation, **kwargs: Any) -> Response:
        return placed_answer(self, continuation)


def placed_answer(view: ApiViewSet, continuation: Continuation) -> Response:
    """Answer an order whose payment was begun at its provider; a refused payment is told of, the order stays."""
    operation = find_operation(continuation.id)
    response = order_answer(view, operation.payment.order_id, status=202 if operation.is_in_flight else 201)
    return said(response, start_message(operation))


def place_callers_cart(view: ApiViewSet, request: Request) -> Response | Continuation:
    """Place the caller's cart by what the body says, and answer the order: 200 if it was placed before."""
    customer = caller(request)
    # The rest of the body is read in the currency of the cart that this part of it names.
    body = request.data if isinstance(request.data, Mapping) else {}
    named = {"cart_id": body["cart_id"]} if "cart_id" in body else {}
    cart = cart_to_order(customer=customer, token=cart_token(request), **view.read(CartChoiceInput, data=named))
    if cart is None:
        view.read(PlaceInput)  # a misspelled name is told of before the cart that is not there
        raise NotFound
    values = view.read(PlaceInput, context={"currency": cart.currency})
    values.pop("cart_id", None)
    expected = values.pop("expected_total", None)
    placed = place_order(
        cart_id=cart.pk, actor=customer, details=CheckoutDetails.only(**values), expected_total=expected
    )
    return placed_order_answer(view, placed)


def placed_order_answer(view: ApiViewSet, placed: PlacedOrder) -> Response | Continuation:
    """Answer an order that was placed: 201, or 200 if an earlier request placed it.

    If its payment is still to be begun at the provider, that comes first, and placed_answer() answers.
    """
    if start := start_in_flight(placed.order):
        return Continuation("payments.operation", start)
    status = 201 if placed.is_new else 200
    if placed.created is None:
        return order_answer(view, placed.order.pk, status=status)
    return whole_order_answer(view, placed.with_known_details(), status=status)


def _callers_quote(request: Request) -> Quote:
    cart = callers_cart(request)
    return quote_cart(cart) if cart else quote_nothing()
