"""The API's entry point for discounts that staff gives on an order before it is shipped."""

from typing import Any, cast
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from checkout.services.edit_order import Edit, edit_order
from checkout.viewsets.editing import EditOrderViewSet
from core.api.fields import MoneyField
from core.continuations import Continuation
from core.errors import NotFound
from core.money import Money
from core.text.fields import MultilineField
from orders.actions import OrderAction
from orders.models import Order
from orders.serializers import OrderOutput
from orders.viewsets import order_answer
from payments.selectors import start_in_flight
from pricing.discounts import Discount, DiscountTarget

_REFUSED = OpenApiResponse(description="The order has ended, was sent, or came by an import; or its total is another.")


class DiscountInput(serializers.Serializer[Any]):
    """A percentage or an amount, and what it is taken off."""

    target = serializers.ChoiceField(
        choices=DiscountTarget.choices, default=DiscountTarget.GOODS.value, help_text="What the discount is taken off."
    )
    line_id = serializers.UUIDField(required=False, help_text="Line of the order; required for the target `line`.")
    percent = serializers.DecimalField(
        max_digits=5,
        decimal_places=2,
        coerce_to_string=False,  # the document calls it a number then, which is what is read
        required=False,
        help_text="Percentage, such as 10; or give `amount`.",
    )
    amount = MoneyField(
        required=False, help_text="Amount to take off; a plain number is in the order's currency. Or give `percent`."
    )
    reason = MultilineField(max_length=250, help_text="Kept in the order's history; the customer does not see it.")
    expected_total = MoneyField(required=False, help_text="Total that you expect. A different total is refused.")

    default_error_messages = {
        "one_size": _("Give either a percentage or an amount."),
        "no_line": _("Name the line that the discount is for, and only for the target line."),
    }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs.keys() & {"percent", "amount"}) != 1:
            self.fail("one_size")
        if ("line_id" in attrs) != (attrs["target"] == DiscountTarget.LINE):
            self.fail("no_line")
        return attrs


class DiscountViewSet(EditOrderViewSet):
    """The discounts that staff gave on one order."""

    guarded = EditOrderViewSet.guarded | {"give_discount", "remove_discount"}
    staff_actions = EditOrderViewSet.staff_actions | {
        "give_discount": OrderAction.DISCOUNT_ORDER,
        "remove_discount": OrderAction.DISCOUNT_ORDER,
    }

    def locked_version(self, **kwargs: Any) -> str:
        return super().locked_version(pk=kwargs["pk"])

    @extend_schema(
        summary="Add a discount to an order", request=DiscountInput, responses={201: OrderOutput, 409: _REFUSED}
    )
    def give_discount(self, request: Request, pk: UUID) -> Response | Continuation:
        """Takes a percentage or an amount off all items, one line or the delivery, until the order is shipped.

        Tax, total and the open payment follow; what was paid too much shows as a negative `due`. Every request is
        another discount: send an Idempotency-Key, or If-Match.
        """
        currency = Order.objects.filter(pk=pk).values_list("currency", flat=True).first()
        if currency is None:
            raise NotFound
        values = self.read(DiscountInput, context={"currency": currency})
        line_id = values.get("line_id")
        discount = Discount(
            target=DiscountTarget(values["target"]),
            reason=values["reason"],
            percent=values.get("percent"),
            amount=values.get("amount"),
            line=str(line_id) if line_id else None,
        )
        edit, expected = Edit(discount=discount), values.get("expected_total")
        return self._edited(pk, edit, note=discount.reason, expected_total=expected, status=201)

    @extend_schema(summary="Remove a discount from an order", responses={200: OrderOutput, 409: _REFUSED})
    def remove_discount(self, request: Request, pk: UUID, code: str) -> Response | Continuation:
        """Takes back a discount that staff gave, by its `code`, until the order is shipped."""
        return self._edited(pk, Edit(removed_discount=code), note=code)

    def _edited(
        self, pk: UUID, edit: Edit, *, note: str, expected_total: Money | None = None, status: int = 200
    ) -> Response | Continuation:
        """Edit the order, and answer it once the provider has begun what is to be paid now, if it asks one."""
        actor = cast(User, self.request.user)
        order = edit_order(order_id=pk, edit=edit, actor=actor, note=note, expected_total=expected_total)
        if start := start_in_flight(order):
            return Continuation("payments.operation", start)
        return order_answer(self, pk, status=status)
