"""What the API takes and gives of payments."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.fields import MoneyField
from core.api.writing import written
from core.staff import may
from core.text.fields import MultilineField
from payments.actions import PaymentAction
from payments.models import Payment, PaymentOperation, PaymentTransaction
from payments.providers import PaymentProvider
from payments.selectors import payment_page


class CaptureInput(serializers.Serializer[Any]):
    note = MultilineField(max_length=250, allow_blank=True, default="")


class RefundInput(CaptureInput):
    amount = MoneyField(
        help_text="Amount to refund, at most what is left of the capture. A plain number is in the payment's currency."
    )


class SplitInput(CaptureInput):
    amount = MoneyField(help_text="Part to ask for, less than the payment. A plain number is in its currency.")
    provider = serializers.CharField(max_length=60, help_text="Provider of the part: one that is recorded by hand.")


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


class NextActionOutput(serializers.Serializer[Any]):
    """What the shopper has to do to pay."""

    type = serializers.ChoiceField(choices=["redirect"])
    url = serializers.URLField(help_text="Page of the payment provider.")


class PaymentOutput(serializers.ModelSerializer[Payment]):
    order_id = serializers.UUIDField(read_only=True)
    amount = MoneyField(read_only=True)
    transactions = PaymentTransactionOutput(many=True, read_only=True)
    next_action = serializers.SerializerMethodField(
        help_text="Where the shopper goes on to pay; null if there is nothing to do."
    )

    class Meta:
        model = Payment
        fields = (
            "id",
            "order_id",
            "provider",
            "status",
            "amount",
            "captured_at",
            "created_at",
            "transactions",
            "next_action",
        )
        read_only_fields: tuple[str, ...] = fields

    @extend_schema_field(NextActionOutput(allow_null=True))
    def get_next_action(self, payment: Payment) -> Any:
        url = payment_page(payment)
        return {"type": "redirect", "url": url} if url else None


class PaymentOperationOutput(serializers.ModelSerializer[PaymentOperation]):
    """Something that the payment provider was asked to do."""

    amount = MoneyField(read_only=True)

    class Meta:
        model = PaymentOperation
        fields = (
            "id",
            "kind",
            "state",
            "amount",
            "attempts",
            "next_attempt_at",
            "decided_at",
            "error_code",
            "error_message",
            "provider_reference",
            "note",
            "created_at",
        )
        read_only_fields = fields


class PaymentDetailOutput(PaymentOutput):
    """A payment, for staff with what its provider was asked to do."""

    operations = serializers.SerializerMethodField(
        help_text="Requests to the payment provider, oldest first. For staff only, null for others."
    )

    class Meta(PaymentOutput.Meta):
        fields = (*PaymentOutput.Meta.fields, "operations")
        read_only_fields = fields

    @extend_schema_field(PaymentOperationOutput(many=True, allow_null=True))
    def get_operations(self, payment: Payment) -> Any:
        if not may(self.context["request"].user, PaymentAction.VIEW_PAYMENT):
            return None
        return written(PaymentOperationOutput, payment.operations.all(), many=True)


class ProviderEventOutput(serializers.Serializer[Any]):
    """Whether the message told of a payment of this shop."""

    is_known = serializers.BooleanField()
