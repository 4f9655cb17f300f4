"""What the API takes and gives of stock."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from catalog.models import Variant
from inventory.models import Location, StockItem, StockMove
from inventory.services import MOST_UNITS


class AdjustmentInput(serializers.Serializer[Any]):
    quantity = serializers.IntegerField(help_text="Units to add; negative to take away.")
    reason = serializers.CharField(max_length=250, help_text="Reason, kept in the ledger.")


class BackorderLimitInput(serializers.Serializer[Any]):
    limit = serializers.IntegerField(help_text="Units that may be sold beyond the stock; 0 for none.")


class PlaceInput(serializers.Serializer[Any]):
    """A variant at a location, which may have no stock item yet."""

    sku: serializers.SlugRelatedField[Variant] = serializers.SlugRelatedField(
        "sku", queryset=Variant.objects.all(), error_messages={"does_not_exist": _("There is no such variant.")}
    )
    location: serializers.SlugRelatedField[Location] = serializers.SlugRelatedField(
        "code",
        queryset=Location.objects.all(),
        help_text="The location's code.",
        error_messages={"does_not_exist": _("There is no such location.")},
    )


class ReceiptInput(PlaceInput):
    """New units of a variant; the stock item is made on the first receipt."""

    quantity = serializers.IntegerField(min_value=1, max_value=MOST_UNITS)


class VariantBackorderLimitInput(PlaceInput, BackorderLimitInput):
    """A limit for a variant; where it was never received its stock item is made, with no units."""


class LocationOutput(serializers.ModelSerializer[Location]):
    class Meta:
        model = Location
        fields = (
            "id", "code", "name", "priority", "countries", "serves_parts", "is_active", "updated_at",
            "line1", "line2", "postal_code", "city", "region", "country", "phone", "opening_hours",
        )  # fmt: skip
        read_only_fields = fields


class StockItemOutput(serializers.ModelSerializer[StockItem]):
    sku = serializers.CharField(source="variant.sku", read_only=True)
    variant_id = serializers.UUIDField(read_only=True)
    location = serializers.CharField(source="location.code", read_only=True)
    available = serializers.IntegerField(read_only=True, help_text="Units on hand that are not reserved.")
    backordered = serializers.IntegerField(read_only=True, help_text="Units sold that are not in stock yet.")
    backorder_limit = serializers.IntegerField(read_only=True, help_text="Highest number of backordered units.")

    class Meta:
        model = StockItem
        fields = (
            "id", "sku", "variant_id", "location", "on_hand", "reserved", "available", "backordered", "backorder_limit",
            "updated_at",
        )  # fmt: skip
        read_only_fields = fields


class StockMoveOutput(serializers.ModelSerializer[StockMove]):
    class Meta:
        model = StockMove
        fields = ("id", "kind", "quantity", "reason", "reference", "door", "created_at")
        read_only_fields = fields
