"""The API's door to the cart. Guests are known by the header X-Cart-Token, customers by their log-in."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from carts.headers import CART_HEADER, CART_PARAMETER, callers_cart, put_in_callers_cart
from carts.limits import CartThrottle, CartUse
from carts.models import Cart
from carts.serializers import CartOutput, ItemInput, PriceInput, QuantityInput
from carts.services import accept_price, set_quantity
from checkout.reads import cart_view
from checkout.selectors import quote_cart, quote_nothing
from core.api.viewsets import ApiViewSet
from core.errors import NotFound

TOKEN_GIVEN = OpenApiParameter(
    CART_HEADER, str, OpenApiParameter.HEADER, response=True, description="A guest's key to this cart."
)


@extend_schema(parameters=[CART_PARAMETER, TOKEN_GIVEN])
class CartViewSet(ApiViewSet):
    """The caller's one open cart, priced for its destination at every answer."""

    permission_classes = (AllowAny,)
    throttle_classes = (CartThrottle,)
    cart_uses = dict.fromkeys(("add", "change", "remove", "accept_price"), CartUse.CHANGE)
    queryset = Cart.objects.none()
    varies_by = (CART_HEADER,)

    @extend_schema(summary="Retrieve the cart", responses=CartOutput)
    def retrieve(self, request: Request) -> Response:
        return self._cart(callers_cart(request))

    @extend_schema(summary="Add an item", request=ItemInput, responses={201: CartOutput})
    def add(self, request: Request) -> Response:
        """Opens a cart if there is none. Units of a variant that is in the cart are added up."""
        line = put_in_callers_cart(request, **self.read(ItemInput))
        return self._cart(line.cart, status=201)

    @extend_schema(summary="Update the quantity of an item", request=QuantityInput, responses=CartOutput)
    def change(self, request: Request, pk: UUID) -> Response:
        return self._set(request, pk, **self.read(QuantityInput))

    @extend_schema(summary="Remove an item", responses={200: CartOutput})
    def remove(self, request: Request, pk: UUID) -> Response:
        return self._set(request, pk, quantity=0)

    @extend_schema(summary="Accept the new price of an item", request=PriceInput, responses=CartOutput)
    def accept_price(self, request: Request, pk: UUID) -> Response:
        """Clears the notice of the change. Refused with the present price if it has changed again."""
        cart = callers_cart(request)
        if cart is None:
            raise NotFound
        accept_price(cart_id=cart.pk, line_id=pk, **self.read(PriceInput, context={"currency": cart.currency}))
        return self._cart(cart)

    def _set(self, request: Request, line_id: UUID, *, quantity: int) -> Response:
        cart = callers_cart(request)
        if cart is None:
            raise NotFound
        set_quantity(cart_id=cart.pk, line_id=line_id, quantity=quantity)
        return self._cart(cart)

    def _cart(self, cart: Cart | None, **options: Any) -> Response:
        response = self.answer(CartOutput, cart_view(quote_cart(cart) if cart else quote_nothing()), **options)
        if token := response.data["token"]:
            response[CART_HEADER] = token
        return response
