"""The API's door to an order that its shopper takes back into the cart."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from carts.headers import CART_PARAMETER, caller, cart_token
from carts.refill import LeftOut
from carts.serializers import CartOutput
from checkout.selectors import Quote, quote_cart
from checkout.services.back_to_cart import own_order_id, return_to_cart
from core.api.writing import written
from orders.viewsets import LINK_TOKEN, OrderViewSet


class LeftOutOutput(serializers.Serializer[LeftOut]):
    sku = serializers.CharField()
    name = serializers.CharField()
    reason = serializers.CharField()


class BackToCartOutput(serializers.Serializer[Quote]):
    cart = CartOutput(source="*")
    left_out = serializers.SerializerMethodField(
        help_text="Items that could not be returned to the cart, with the reason."
    )

    @extend_schema_field(LeftOutOutput(many=True))
    def get_left_out(self, quote: Quote) -> Any:
        return written(LeftOutOutput, self.context["left_out"], many=True)


class BackToCartViewSet(OrderViewSet):
    """An order that becomes a cart again."""

    @extend_schema(
        summary="Return an order to the cart",
        parameters=[LINK_TOKEN, CART_PARAMETER],
        request=None,
        responses={
            200: BackToCartOutput,
            409: OpenApiResponse(description="It is paid, sent, cancelled, or in the cart of somebody else."),
        },
    )
    def back_to_cart(self, request: Request, pk: UUID) -> Response:
        """Cancels an order that waits for money and puts its items and choices into the caller's open cart.

        For its customer, and for guests with the token of the cart that it came from. Asked again, the same cart is
        answered; guests find its token there. Who has only the token of the order's link gets the items without the
        details of the checkout, and asks again with the token of that cart.
        """
        customer, token = caller(request), cart_token(request)
        link = request.query_params.get("token", "")
        order_id = own_order_id(customer=customer, order_id=pk, cart_token=token, link_token=link)
        back = return_to_cart(order_id=order_id, customer=customer, token=token)
        return self.answer(BackToCartOutput, quote_cart(back.cart), left_out=back.left_out)
