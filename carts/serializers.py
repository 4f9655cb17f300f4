"""What the API takes and gives of carts; answers are written from the quote."""

from collections.abc import Mapping
from typing import Any, cast

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from carts.item_fields import VARIANT_ALIASES, name_variants
from catalog.representations import image_json, origin_of
from catalog.serializers import ImageOutput
from checkout.reads import CartLineView, CartVariant, CartView, cart_view
from checkout.remarks import Remark, RemarkCode
from checkout.selectors import Quote
from core.api.aliases import AliasedInput
from core.api.fields import MoneyField
from core.api.writing import written
from pricing.serializers import PriceStepOutput, TotalsOutput, price_step_json


@extend_schema_serializer(deprecate_fields=["product_variant_id"])
class ItemInput(AliasedInput):
    """So many units of a variant, named by its id, or by its product's if that has only one."""

    aliases = VARIANT_ALIASES

    variant_id = serializers.UUIDField(required=False, help_text="Required, unless `product_id` is given.")
    product_variant_id = serializers.UUIDField(required=False, help_text="Same as `variant_id`.")
    product_id = serializers.UUIDField(required=False, help_text="A product with one variant on sale.")
    quantity = serializers.IntegerField(default=1)

    default_error_messages = {"one_name": _("Name the item by one of variant_id and product_id.")}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        is_named = not isinstance(data, Mapping) or data.keys() & {"variant_id", "product_id", *self.aliases}
        required = {} if is_named else {"variant_id": [ErrorDetail(self.error_messages["required"], "required")]}
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as wrong:
            raise serializers.ValidationError({**required, **cast("dict[str, Any]", wrong.detail)}) from wrong
        if required:
            raise serializers.ValidationError(required)
        return values

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if {"variant_id", "product_id"} <= attrs.keys():
            self.fail("one_name")
        if wrong := name_variants([attrs]):
            raise serializers.ValidationError(wrong[0])
        return attrs


class QuantityInput(serializers.Serializer[Any]):
    quantity = serializers.IntegerField(help_text="New quantity; 0 removes the line.")


class CartVariantOutput(serializers.Serializer[CartVariant]):
    """The variant of a cart's line."""

    id = serializers.UUIDField()
    sku = serializers.CharField()
    product_id = serializers.UUIDField()
    product_slug = serializers.CharField()
    name = serializers.CharField()
    options = serializers.CharField(help_text="Options, such as Blue / M.")
    image = serializers.SerializerMethodField(help_text="The variant's picture, or else the primary one.")

    @extend_schema_field(ImageOutput(allow_null=True))
    def get_image(self, variant: CartVariant) -> Any:
        return image_json(variant.image, origin_of(self.context["request"])) if variant.image else None


class PriceInput(serializers.Serializer[Any]):
    price = MoneyField(help_text="Price that the shopper has seen and accepts.")


class RemarkOutput(serializers.Serializer[Remark]):
    code = serializers.ChoiceField(choices=[code.value for code in RemarkCode])
    message = serializers.CharField(help_text="For people, in the language of the request.")
    available = serializers.IntegerField(allow_null=True, help_text="Units left, if there are too few; otherwise null.")
    old_price = MoneyField(
        allow_null=True, help_text="Price when the item was added, if the price has changed; otherwise null."
    )
    new_price = MoneyField(allow_null=True, help_text="Present price, if the price has changed; otherwise null.")


class CartLineOutput(serializers.Serializer[CartLineView]):
    id = serializers.UUIDField()
    variant = CartVariantOutput()
    quantity = serializers.IntegerField()
    unit_price = MoneyField()
    price_at_add = MoneyField()
    price_has_changed = serializers.BooleanField()
    total = MoneyField()
    available = serializers.IntegerField(help_text="Units that can be bought now, including backorders.")
    backorder = serializers.IntegerField(help_text="Units of the line that are backordered.")
    problem = serializers.CharField(help_text="Message of the first problem; empty if there is none.")
    problems = RemarkOutput(many=True, help_text="What prevents the line from being bought; empty if nothing does.")
    notices = RemarkOutput(many=True, help_text="Other remarks; none of them prevents the line from being bought.")
    steps = serializers.SerializerMethodField()

    @extend_schema_field(PriceStepOutput(many=True))
    def get_steps(self, line: CartLineView) -> Any:
        return [price_step_json(step) for step in line.steps]


class CartOutput(serializers.Serializer[CartView]):
    id = serializers.UUIDField(read_only=True, allow_null=True, help_text="Null until an item is added.")
    token = serializers.CharField(
        read_only=True, allow_null=True, help_text="A guest's key to the cart, for the header X-Cart-Token."
    )
    currency = serializers.CharField()
    units = serializers.IntegerField()
    has_problems = serializers.BooleanField()
    lines = serializers.SerializerMethodField()
    totals = TotalsOutput()

    def get_attribute(self, instance: Quote) -> CartView:
        """Return the cart of a quote, where it is one field of an answer about the quote."""
        return cart_view(instance)

    @extend_schema_field(CartLineOutput(many=True))
    def get_lines(self, cart: CartView) -> Any:
        return written(CartLineOutput, cart.lines, many=True, context=self.context)
