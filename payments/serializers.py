"""What the API takes and gives of payments."""

from typing import Any

from rest_framework import serializers

from core.api.fields import MoneyField
from core.typed_text import MultilineField
from payments.models import Payment, PaymentTransaction
from payments.providers import PaymentProvider


class CaptureInput(serializers.Serializer[Any]):
    note = MultilineField(max_length=250, allow_blank=True, default="")


class RefundInput(CaptureInput):
    amount = MoneyField(
        help_text="Amount to refund, at most what is left of the capture. A plain number is in the payment's currency."
    )


class PaymentProviderOutput(serializers.Serializer[PaymentProvider]):
    code = serializers.CharField()
    label = serializers.CharField()
    description = serializers.CharField()


class InstructionOutput(serializers.Serializer[Any]):
    """One row of what the shopper has to do to pay."""

    label = serializers.CharField()
    value = serializers.CharField()


class PaymentTransactionOutput(serializers.ModelSerializer[PaymentTransaction]):
    amount = MoneyField(read_only=True)

    class Meta:
        model = PaymentTransaction
        fields = ("id", "kind", "amount", "created_at")
        read_only_fields = fields


class PaymentOutput(serializers.ModelSerializer[Payment]):
    order_id = serializers.UUIDField(read_only=True)
    amount = MoneyField(read_only=True)
    transactions = PaymentTransactionOutput(many=True, read_only=True)

    class Meta:
        model = Payment
        fields = ("id", "order_id", "provider", "status", "amount", "captured_at", "created_at", "transactions")
        read_only_fields = fields
