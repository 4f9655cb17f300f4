"""What the API takes and gives of the checkout; answers are written from the quote."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from accounts.serializers import AddressInput, PostalAddressOutput
from carts.serializers import CartOutput
from checkout.selectors import Quote
from core.api.aliases import AliasedInput
from core.api.fields import MailAddressField, MoneyField
from core.api.writing import written
from core.i18n.addresses import PostalAddress
from payments.serializers import PaymentProviderOutput
from shipping.serializers import ShippingMethodOutput

_STEPS = ("cart", "address", "delivery", "payment")


@extend_schema_serializer(deprecate_fields=["payment_method"])
class CheckoutInput(AliasedInput):
    """What is left out stays as it is."""

    aliases: ClassVar[Mapping[str, str]] = {"payment_method": "payment_provider"}

    email = MailAddressField(max_length=254, required=False)
    shipping_address = AddressInput(required=False, allow_null=True)
    billing_address = AddressInput(required=False, allow_null=True, help_text="Null to use the delivery address.")
    tax_id = serializers.CharField(
        max_length=40,
        required=False,
        allow_blank=True,
        help_text="Tax number (VAT number) of a company, checked by the rules of the invoice address' country.",
    )
    shipping_method = serializers.CharField(max_length=60, required=False, allow_blank=True)
    payment_provider = serializers.CharField(max_length=60, required=False, allow_blank=True)
    payment_method = serializers.CharField(
        max_length=60, required=False, allow_blank=True, help_text="Same as `payment_provider`."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for name in ("shipping_address", "billing_address"):
            if attrs.get(name):
                attrs[name] = PostalAddress.from_dict(attrs[name], field=name)
        return attrs


class CartChoiceInput(serializers.Serializer[Any]):
    cart_id = serializers.UUIDField(
        required=False, help_text="Cart to order. Makes a repeated request safe even if a new cart has been opened."
    )


class PlaceInput(CartChoiceInput, CheckoutInput):
    """Details that were not given in the checkout before may be given here."""

    expected_total = MoneyField(
        required=False,
        help_text="Total that the shopper has seen; another one is refused. A plain number is in the cart's currency.",
    )


class CheckoutOutput(serializers.Serializer[Quote]):
    cart = CartOutput(source="*")
    email = serializers.CharField(source="details.email")
    shipping_address = PostalAddressOutput(source="details.shipping_address", allow_null=True)
    billing_address = PostalAddressOutput(source="details.billing_address", allow_null=True)
    tax_id = serializers.CharField(source="details.tax_id")
    shipping_method = serializers.CharField(source="method.code", default=None, allow_null=True)
    payment_provider = serializers.CharField(source="provider.code", default=None, allow_null=True)
    held_until = serializers.DateTimeField(
        allow_null=True, help_text="Time until which the items are reserved; null if they are not."
    )
    missing_step = serializers.SerializerMethodField(help_text="First step that is missing; null if none is.")
    shipping_methods = serializers.SerializerMethodField()
    payment_providers = PaymentProviderOutput(source="providers", many=True)

    @extend_schema_field(serializers.ChoiceField(choices=_STEPS, allow_null=True))
    def get_missing_step(self, quote: Quote) -> str | None:
        return quote.missing_step()

    @extend_schema_field(ShippingMethodOutput(many=True))
    def get_shipping_methods(self, quote: Quote) -> Any:
        context = self.context | {"goods": quote.totals.goods}
        return written(ShippingMethodOutput, quote.methods, many=True, context=context)
