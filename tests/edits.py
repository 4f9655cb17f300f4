"""Orders that staff changes, and what tests look at afterwards."""

from typing import Any

from carts.services import add_item
from catalog.models import Variant
from checkout.services.edit_order import Edit, edit_order
from checkout.services.place_items import Item
from checkout.services.place_order import place_order
from core.i18n.addresses import PostalAddress
from inventory.models import StockItem
from orders.models import Order
from tests.factories.checkout import cart_ready_to_order


def change(order: Order, *items: Item, to: PostalAddress | None = None, **options: Any) -> Order:
    """Edit with the units of lines given as `units`, a mapping."""
    edit = Edit(quantities=options.pop("units", {}), added=items, shipping_address=to)
    return edit_order(order_id=order.pk, edit=edit, actor=options.pop("actor", None), **options)


def order_of(*variants: Variant, quantity: int = 2, provider: str = "cash_on_delivery") -> Order:
    """An order with a line for each variant."""
    cart = cart_ready_to_order(variants[0], quantity=quantity, provider=provider)
    for variant in variants[1:]:
        add_item(cart_id=cart.pk, variant_id=variant.pk, quantity=quantity)
    return place_order(cart_id=cart.pk, actor=None).order


def lines_of(order: Order) -> list[tuple[str, int, int]]:
    """SKU, units and unit price of each line."""
    return list(order.lines.values_list("sku", "quantity", "unit_price_minor"))


def reserved(variant: Variant) -> int:
    return StockItem.objects.get(variant=variant).reserved
