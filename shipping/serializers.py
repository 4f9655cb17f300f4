"""What the API takes and gives of shipping."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.serializers import PostalAddressOutput
from core.api.fields import MoneyField
from core.money import Money
from inventory.models import Location
from shipping.models import Shipment, ShipmentLine, ShippingMethod

# More lines than an order has.
_MAX_LINES = 1_000


class PickupOutput(serializers.Serializer[Location]):
    """Where shoppers fetch what they ordered."""

    name = serializers.CharField()
    address = PostalAddressOutput(source="address.as_dict", allow_null=True)
    opening_hours = serializers.CharField(allow_blank=True)


class ShippingMethodOutput(serializers.ModelSerializer[ShippingMethod]):
    """A method as it is offered to a cart."""

    # The context gives the value of the `goods` in the cart.
    price = serializers.SerializerMethodField(help_text="Price for this cart.")
    pickup = PickupOutput(
        source="pickup_location", allow_null=True, read_only=True, help_text="Empty for what is sent."
    )

    class Meta:
        model = ShippingMethod
        fields = ("code", "name", "description", "carrier", "price", "min_days", "max_days", "pickup")
        read_only_fields = fields

    @extend_schema_field(MoneyField())
    def get_price(self, method: ShippingMethod) -> dict[str, str]:
        goods: Money = self.context["goods"]
        return method.rate.charge_for(goods).as_dict()


class ShippingMethodDetailOutput(serializers.ModelSerializer[ShippingMethod]):
    """A method as the shop offers it, whatever the cart."""

    price = MoneyField(read_only=True)
    free_from = MoneyField(read_only=True, allow_null=True, help_text="The subtotal from which it costs nothing.")
    countries = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="ISO 3166-1 alpha-2; empty for everywhere."
    )

    pickup = PickupOutput(source="pickup_location", allow_null=True, read_only=True, help_text="None for what is sent.")

    class Meta:
        model = ShippingMethod
        fields = (
            "id",
            "code",
            "name",
            "description",
            "carrier",
            "price",
            "free_from",
            "countries",
            "min_days",
            "max_days",
            "pickup",
            "is_active",
            "updated_at",
        )
        read_only_fields = fields


class ShipmentLineInput(serializers.Serializer[Any]):
    order_line_id = serializers.UUIDField()
    quantity = serializers.IntegerField(min_value=1)


class ShipmentInput(serializers.Serializer[Any]):
    tracking_number = serializers.CharField(max_length=120, allow_blank=True, default="")
    carrier = serializers.CharField(
        max_length=120, allow_blank=True, default="", help_text="If left out, the carrier of the shipping method."
    )
    lines = ShipmentLineInput(
        many=True, max_length=_MAX_LINES, required=False, help_text="If left out, all units that are not shipped yet."
    )

    def validate_lines(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len({line["order_line_id"] for line in lines}) != len(lines):
            raise serializers.ValidationError(_("Name each line once."), code="line_named_twice")
        return lines


class ShipmentLineOutput(serializers.ModelSerializer[ShipmentLine]):
    order_line_id = serializers.UUIDField(read_only=True)

    class Meta:
        model = ShipmentLine
        fields = ("order_line_id", "quantity")
        read_only_fields = fields


class ShipmentOutput(serializers.ModelSerializer[Shipment]):
    order_id = serializers.UUIDField(read_only=True)
    lines = ShipmentLineOutput(many=True, read_only=True)

    class Meta:
        model = Shipment
        fields = (
            "id",
            "order_id",
            "status",
            "carrier",
            "tracking_number",
            "estimated_delivery",
            "shipped_at",
            "delivered_at",
            "lines",
        )
        read_only_fields = fields
