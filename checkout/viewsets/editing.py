"""The API's door to what staff changes of an order before it is sent."""

from typing import Any, cast
from uuid import UUID

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.serializers import AddressInput
from carts.models import MAX_LINE_QUANTITY
from checkout.services.edit_order import Edit, edit_order
from checkout.services.place_items import Item
from checkout.viewsets.items import MOST_ITEMS, OrderItemsField
from core.api.fields import MoneyField
from core.api.viewsets import said
from core.continuations import Continuation
from core.i18n.addresses import PostalAddress
from core.text.fields import MultilineField
from orders.actions import OrderAction
from orders.serializers import OrderOutput
from orders.viewsets import OrderViewSet, order_answer
from payments.selectors import find_operation, start_in_flight, start_message


class LineUnitsInput(serializers.Serializer[Any]):
    """How many units a line is to have."""

    id = serializers.UUIDField()
    quantity = serializers.IntegerField(
        min_value=0, max_value=MAX_LINE_QUANTITY, help_text="New quantity; 0 removes the line."
    )


class OrderEditInput(serializers.Serializer[Any]):
    """What is left out stays as it is."""

    lines = serializers.ListField(child=LineUnitsInput(), max_length=MOST_ITEMS, required=False)
    items = OrderItemsField(required=False, help_text="Items to add, at the present price.")
    shipping_address = AddressInput(required=False)
    note = MultilineField(max_length=250, allow_blank=True, default="")
    expected_total = MoneyField(
        required=False,
        help_text="Total that you expect. A different total is refused. A plain number is in the shop's currency.",
    )


class EditOrderViewSet(OrderViewSet):
    """One order, and its change by staff."""

    guarded = OrderViewSet.guarded | {"edit"}
    staff_actions = OrderViewSet.staff_actions | {"edit": OrderAction.EDIT_ORDER}

    @extend_schema(
        summary="Edit an order",
        request=OrderEditInput,
        responses={200: OrderOutput, 409: OpenApiResponse(description="The order, its stock or prices refuse that.")},
    )
    def edit(self, request: Request, pk: UUID) -> Response | Continuation:
        """Units, lines and the delivery address, until all is sent; totals, stock and the open payment follow.

        What was agreed keeps its price. Items are added anew by every request: send an Idempotency-Key, or If-Match.
        """
        wanted = self.read(OrderEditInput)
        address = wanted.get("shipping_address")
        edit = Edit(
            quantities={line["id"]: line["quantity"] for line in wanted.get("lines", [])},
            added=[Item(**item) for item in wanted.get("items", [])],
            shipping_address=PostalAddress.from_dict(address) if address else None,
        )
        order = edit_order(
            order_id=pk,
            edit=edit,
            actor=cast(User, request.user),
            note=wanted["note"],
            expected_total=wanted.get("expected_total"),
        )
        if start := start_in_flight(order):
            return Continuation("payments.operation", start)
        return order_answer(self, pk)

    def concluded(self, continuation: Continuation, **kwargs: Any) -> Response:
        operation = find_operation(continuation.id)
        response = order_answer(self, operation.payment.order_id, status=202 if operation.is_in_flight else 200)
        return said(response, start_message(operation))
