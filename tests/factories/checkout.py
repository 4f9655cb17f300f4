"""Points in the life of a cart and an order, reached through the services as in the shop."""

from accounts.models import User
from carts.models import Cart
from carts.services import add_item, get_or_open_cart, set_checkout_details
from catalog.models import Variant
from checkout.services.fulfil_order import deliver_shipment, ship_order
from checkout.services.place_order import place_order
from orders.models import Order
from shipping.models import Shipment
from tests.factories.accounts import details_of, postal
from tests.factories.inventory import stocked_variant
from tests.factories.shipping import ShippingMethodFactory


def cart_with(variant: Variant | None = None, *, quantity: int = 1, customer: User | None = None) -> Cart:
    """An open cart with one line."""
    cart = get_or_open_cart(customer=customer)
    add_item(cart_id=cart.pk, variant_id=(variant or stocked_variant()).pk, quantity=quantity)
    cart.refresh_from_db()
    return cart


def cart_ready_to_order(
    variant: Variant | None = None,
    *,
    quantity: int = 1,
    customer: User | None = None,
    provider: str = "cash_on_delivery",
) -> Cart:
    """A cart with everything said that place_order needs."""
    cart = cart_with(variant, quantity=quantity, customer=customer)
    details = details_of(
        email=(customer.email if customer and customer.email else "guest@souk.example"),
        shipping_address=postal(),
        shipping_method=ShippingMethodFactory().code,
        payment_provider=provider,
    )
    return set_checkout_details(cart_id=cart.pk, details=details)


def confirmed_order(**cart: object) -> Order:
    """Cash on delivery: confirmed at once."""
    return place_order(cart_id=cart_ready_to_order(**cart).pk, actor=None).order


def order_awaiting_transfer(**cart: object) -> Order:
    """Bank transfer: pending until the money is there."""
    return place_order(cart_id=cart_ready_to_order(provider="bank_transfer", **cart).pk, actor=None).order


def shipped_order(**cart: object) -> tuple[Order, Shipment]:
    """Everything in one parcel, handed to the carrier."""
    order = confirmed_order(**cart)
    shipment = ship_order(order_id=order.pk, actor=None, tracking_number="1Z999")
    order.refresh_from_db()
    return order, shipment


def completed_order(**cart: object) -> Order:
    """Delivered, and the cash collected."""
    order, shipment = shipped_order(**cart)
    deliver_shipment(shipment_id=shipment.pk, actor=None)
    order.refresh_from_db()
    return order
