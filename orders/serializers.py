"""What the API takes and gives of orders. The context says whether the reader is `staff`, who see who did what."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.serializers import PostalAddressOutput
from catalog.representations import image_json, origin_of
from catalog.serializers import ImageOutput
from core.api.fields import MailAddressField, MoneyField
from core.text.fields import MultilineField
from orders.models import Order, OrderAdjustment, OrderLine, OrderTransition
from orders.selectors import order_link_token
from orders.states import OrderStatus
from payments.selectors import payment_instructions
from payments.serializers import InstructionOutput, PaymentOutput
from pricing.serializers import PriceStepOutput, TotalsOutput
from shipping.serializers import ShipmentOutput


class TrackInput(serializers.Serializer[Any]):
    number = serializers.CharField(max_length=64)
    email = MailAddressField(max_length=254)


class StatusInput(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=OrderStatus.choices)
    note = MultilineField(max_length=250, allow_blank=True, default="")


class OrderSummaryOutput(serializers.ModelSerializer[Order]):
    customer_id = serializers.UUIDField(read_only=True, allow_null=True)
    total = MoneyField(read_only=True)

    class Meta:
        model = Order
        fields = (
            "id",
            "number",
            "status",
            "payment_status",
            "fulfilment_status",
            "customer_id",
            "email",
            "total",
            "placed_at",
            "updated_at",
        )
        read_only_fields = fields


class OrderLineOutput(serializers.ModelSerializer[OrderLine]):
    """What was bought as it was then; `variant_id` is empty when the catalogue has it no more."""

    variant_id = serializers.UUIDField(read_only=True, allow_null=True)
    unit_price = MoneyField(read_only=True)
    discount = MoneyField(read_only=True)
    tax = MoneyField(read_only=True)
    total = MoneyField(read_only=True)
    backorder = serializers.IntegerField(read_only=True, help_text="Units of the line that are backordered.")
    image = serializers.SerializerMethodField(
        help_text="The variant's picture as it is today; empty when the catalogue has the variant no more."
    )
    steps = PriceStepOutput(source="price_steps", many=True, read_only=True)

    @extend_schema_field(ImageOutput(allow_null=True))
    def get_image(self, line: OrderLine) -> Any:
        return image_json(line.picture, origin_of(self.context["request"])) if line.picture else None

    class Meta:
        model = OrderLine
        fields = (
            "id",
            "variant_id",
            "sku",
            "name",
            "variant_name",
            "image",
            "quantity",
            "backorder",
            "unit_price",
            "discount",
            "tax_rate",
            "tax",
            "total",
            "steps",
        )
        read_only_fields = fields


class AdjustmentOutput(serializers.ModelSerializer[OrderAdjustment]):
    """What was taken off a line or the delivery; a discount on several lines has one for each, with the same code."""

    line_id = serializers.UUIDField(read_only=True, allow_null=True, help_text="Null for the delivery.")
    units = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="Units of the line that the amount is for; null for the delivery."
    )
    amount = MoneyField(read_only=True, help_text="Amount that was taken off.")
    reason = serializers.SerializerMethodField(help_text="For staff only.")

    class Meta:
        model = OrderAdjustment
        fields = ("kind", "source", "code", "line_id", "units", "amount", "reason")
        read_only_fields = fields

    def get_reason(self, adjustment: OrderAdjustment) -> str | None:
        return adjustment.reason if self.context.get("staff") else None


class HistoryOutput(serializers.ModelSerializer[OrderTransition]):
    label = serializers.CharField(source="to_label", read_only=True)
    note = serializers.SerializerMethodField(help_text="For staff only.")
    actor = serializers.SerializerMethodField(help_text="For staff only.")

    class Meta:
        model = OrderTransition
        fields = ("kind", "from_state", "to_state", "label", "created_at", "note", "actor")
        read_only_fields = fields

    def get_note(self, step: OrderTransition) -> str | None:
        return step.note if self.context.get("staff") else None

    def get_actor(self, step: OrderTransition) -> str | None:
        return str(step.actor) if step.actor and self.context.get("staff") else None


class OrderTotalsOutput(TotalsOutput):
    """The totals as agreed, and what was paid of them."""

    tax_zone = serializers.CharField()  # type: ignore[assignment]
    steps = PriceStepOutput(source="price_steps", many=True)  # type: ignore[assignment]
    paid = MoneyField()
    refunded = MoneyField()
    due = MoneyField(help_text="Amount still to be paid; negative if it is to be refunded.")


class TrackedLineOutput(serializers.ModelSerializer[OrderLine]):
    """What travels, without what it cost."""

    class Meta:
        model = OrderLine
        fields = ("sku", "name", "variant_name", "quantity")
        read_only_fields = fields


class TrackingOutput(serializers.ModelSerializer[Order]):
    """Where an order is, without who it is for and what was paid: number and address open no more than this."""

    items = TrackedLineOutput(source="lines", many=True, read_only=True)
    shipments = ShipmentOutput(many=True, read_only=True)
    history = HistoryOutput(source="transitions", many=True, read_only=True)

    class Meta:
        model = Order
        fields = (
            "id",
            "number",
            "status",
            "payment_status",
            "fulfilment_status",
            "placed_at",
            "shipping_method_name",
            "items",
            "shipments",
            "history",
        )
        read_only_fields = fields


class OrderOutput(serializers.ModelSerializer[Order]):
    """An order as it was agreed, and what became of it."""

    shipments = ShipmentOutput(many=True, read_only=True)
    history = HistoryOutput(source="transitions", many=True, read_only=True)
    link_token = serializers.SerializerMethodField(
        help_text="Token that gives access to the order, as the parameter `token`."
    )
    customer_id = serializers.UUIDField(read_only=True, allow_null=True)
    lines = OrderLineOutput(many=True, read_only=True)
    adjustments = AdjustmentOutput(many=True, read_only=True)
    totals = OrderTotalsOutput(source="*", read_only=True)
    total = MoneyField(read_only=True)
    shipping_address = PostalAddressOutput(read_only=True)
    billing_address = PostalAddressOutput(read_only=True)
    company = serializers.CharField(read_only=True, help_text="Company of the invoice address; empty for a person.")
    tax_id = serializers.CharField(read_only=True, help_text="Tax number (VAT number) of the buyer; empty for none.")
    payments = PaymentOutput(many=True, read_only=True)
    payment_instructions = serializers.SerializerMethodField(
        help_text="How to pay, as labels with values; empty if nothing is to be done."
    )
    is_cancellable = serializers.BooleanField(source="is_cancellable_by_customer", read_only=True)

    class Meta:
        model = Order
        fields = (
            "id",
            "number",
            "status",
            "payment_status",
            "fulfilment_status",
            "placed_at",
            "updated_at",
            "shipping_method_name",
            "shipments",
            "history",
            "link_token",
            "customer_id",
            "email",
            "language",
            "currency",
            "lines",
            "adjustments",
            "total",
            "totals",
            "shipping_address",
            "billing_address",
            "company",
            "tax_id",
            "shipping_method",
            "payment_provider",
            "payments",
            "payment_instructions",
            "expires_at",
            "is_cancellable",
        )
        read_only_fields = fields

    def get_link_token(self, order: Order) -> str:
        return order_link_token(order.pk)

    @extend_schema_field(InstructionOutput(many=True))
    def get_payment_instructions(self, order: Order) -> Any:
        return [{"label": label, "value": str(value)} for label, value in payment_instructions(order)]
