"""What the API takes and gives of notices."""

from typing import Any

from rest_framework import serializers

from core.api.fields import MailAddressField
from notifications.models import BackInStockNotice


class NoticeInput(serializers.Serializer[Any]):
    variant_id = serializers.UUIDField()
    email = MailAddressField(
        max_length=254, required=False, help_text="A guest's; who is logged in is written to at the account's address."
    )


class NoticeOutput(serializers.ModelSerializer[BackInStockNotice]):
    variant_id = serializers.UUIDField(read_only=True)
    sku = serializers.CharField(source="variant.sku", read_only=True)
    confirmed_at = serializers.DateTimeField(
        read_only=True, help_text="When the address was confirmed; none until then, and nobody is told before."
    )

    class Meta:
        model = BackInStockNotice
        fields = ("variant_id", "sku", "email", "language", "asked_at", "confirmed_at")
        read_only_fields = fields
