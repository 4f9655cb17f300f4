"""The API's door to orders that are placed without a cart."""

from typing import Any, cast
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from carts.details import CheckoutDetails
from carts.item_fields import VARIANT_ALIASES, name_variants
from carts.limits import CartThrottle, CartUse
from carts.models import MAX_LINE_QUANTITY
from checkout.serializers import CheckoutInput
from checkout.services.place_items import Item, place_items
from checkout.viewsets.checkout import placed_answer, placed_order_answer
from core.api.aliases import AliasedInput
from core.api.fields import MoneyField
from core.continuations import Continuation
from core.errors import InvalidInput
from core.staff import may
from orders.actions import OrderAction
from orders.serializers import OrderOutput
from orders.viewsets import OrderViewSet

MOST_ITEMS = 200


@extend_schema_serializer(deprecate_fields=["product_variant_id"])
class OrderItemInput(AliasedInput):
    """So many units of a variant, named by its SKU or its id, or by its product's id if that has only one."""

    aliases = VARIANT_ALIASES

    sku = serializers.CharField(max_length=100, required=False)
    variant_id = serializers.UUIDField(required=False)
    product_variant_id = serializers.UUIDField(required=False, help_text="Same as `variant_id`.")
    product_id = serializers.UUIDField(required=False, help_text="A product with one variant on sale.")
    quantity = serializers.IntegerField(min_value=1, max_value=MAX_LINE_QUANTITY, default=1)

    default_error_messages = {"one_name": _("Name the item by one of sku, variant_id and product_id.")}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs.keys() & {"sku", "variant_id", "product_id"}) != 1:
            self.fail("one_name")
        return attrs


class OrderItemsField(serializers.ListField):
    """Items, all of whose products are looked up at once."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=OrderItemInput(), max_length=MOST_ITEMS, **kwargs)

    def to_internal_value(self, data: Any) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = super().to_internal_value(data)
        if wrong := name_variants(items):
            raise serializers.ValidationError(wrong)
        return items


@extend_schema_serializer(deprecate_fields=["user_id"])
class ItemsOrderInput(CheckoutInput):
    """Everything that an order needs, in one body."""

    aliases = {**CheckoutInput.aliases, "user_id": "customer"}

    items = OrderItemsField(min_length=1)
    customer = serializers.UUIDField(
        required=False,
        help_text="Customer of the order. Staff who may place orders name any customer; others only themselves.",
    )
    user_id = serializers.UUIDField(required=False, help_text="Same as `customer`.")
    expected_total = MoneyField(
        required=False,
        help_text="Total that you expect. A different total is refused. A plain number is in the shop's currency.",
    )


class ItemsOrderViewSet(OrderViewSet):
    """The orders, and new ones straight from a list of items."""

    throttle_classes = (CartThrottle,)
    cart_uses = {"place": CartUse.ORDER}

    def get_permissions(self) -> list[Any]:
        return [IsAuthenticated()] if self.action == "place" else super().get_permissions()

    @extend_schema(summary="Place an order from items", request=ItemsOrderInput, responses={201: OrderOutput})
    def place(self, request: Request) -> Response | Continuation:
        """In one step, without a cart; what is refused is refused as in the checkout.

        Send an Idempotency-Key: nothing else tells a repeated request from a second order.
        """
        values = self.read(ItemsOrderInput)
        items = [Item(**item) for item in values.pop("items")]
        expected = values.pop("expected_total", None)
        actor = cast(User, request.user)
        customer = _customer(actor, values.pop("customer", None))
        details = CheckoutDetails.only(**values)
        placed = place_items(items=items, customer=customer, actor=actor, details=details, expected_total=expected)
        return placed_order_answer(self, placed)

    def concluded(self, continuation: Continuation, **kwargs: Any) -> Response:
        return placed_answer(self, continuation)


def _customer(caller: User, customer_id: UUID | None) -> User:
    if customer_id in {None, caller.pk}:
        return caller
    if not may(caller, OrderAction.PLACE_ORDER):
        raise PermissionDenied
    customer = User.objects.filter(pk=customer_id, is_active=True).first()
    if customer is None:
        raise InvalidInput(_("There is no such customer."), code="unknown_customer", field="customer")
    return customer
