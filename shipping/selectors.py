"""Reads of shipping."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, Sum

from core.fast.compiled import Compiled, Param
from inventory.models import Location
from orders.models import Order
from pricing.context import AgreedShipping, RateTable
from shipping.models import ShipmentLine, ShippingMethod
from shipping.states import CAME_BACK

_METHODS = Compiled(
    lambda: (
        ShippingMethod.objects.filter(Q(countries=[]) | Q(countries__contains=[Param("country")]))
        .filter(is_active=True, currency=Param("currency"))
        .select_related("pickup_location")
    )
)


def methods_for(*, country: str, currency: str) -> list[ShippingMethod]:
    """The active methods that serve a country in a cart's currency, in the shop's order. One query."""
    return _METHODS.rows(country=country, currency=currency)


def rate_table(
    methods: Iterable[ShippingMethod], *, chosen: str = "", agreed: AgreedShipping | None = None
) -> RateTable:
    """Return what the offered methods charge, for the calculator, with the code of the chosen one. No query."""
    return RateTable(tuple(method.rate for method in methods), chosen, agreed)


def pickup_place(order: Order) -> Location | None:
    """Where the shopper fetches an order, as it is today; None if it is sent. One query, none without a method."""
    if not order.shipping_method:
        return None
    return Location.objects.filter(pickup_methods__code=order.shipping_method).first()


def packed_quantities(order: Order) -> dict[UUID, int]:
    """Units of each order line (by its id) that are in a parcel; 0 for one whose parcels all came back. One query."""
    with_customer = Sum("quantity", filter=~Q(shipment__status__in=CAME_BACK), default=0)
    lines = ShipmentLine.objects.filter(shipment__order=order).values_list("order_line_id")
    return dict(lines.annotate(total=with_customer).order_by())


def unshipped_quantities(order: Order) -> dict[UUID, int]:
    """Units of each order line (by its id) that are in no parcel yet, lines with none left out. Two queries."""
    packed = packed_quantities(order)
    left = {line.pk: line.quantity - packed.get(line.pk, 0) for line in order.lines.all()}
    return {line_id: quantity for line_id, quantity in left.items() if quantity > 0}
