"""What people change of an order, as a version for the API's If-Match."""

from uuid import UUID

from core.versions import columns_of, version_of
from orders.models import Order
from orders.services import lock_order


def order_version(order: Order) -> str:
    """The version of an order: its own row and its history, with every step of order, payment and parcels."""
    return version_of(columns_of(order), sorted(str(step.pk) for step in order.transitions.all()))


def lock_order_version(order_id: UUID) -> str:
    """The version of an order that is locked. Needs a transaction; raises NotFound."""
    return order_version(lock_order(order_id))
