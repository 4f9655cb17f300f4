"""What is told of orders. Their parcels and payments are told of as theirs too, so that all of it is heard in order."""

from enum import StrEnum

from orders.states import OrderStatus


class OrderEvent(StrEnum):
    """Event types whose aggregate is the order; the payload names the shipment or payment."""

    PLACED = "order.placed"
    CONFIRMED = "order.confirmed"
    COMPLETED = "order.completed"
    CANCELLED = "order.cancelled"
    CHANGED = "order.changed"  # its lines or its delivery address, by staff
    EXPIRED = "order.expired"  # cancelled, as it was not paid in time
    SHIPPED = "shipment.shipped"
    DELIVERED = "shipment.delivered"
    PAID = "payment.captured"
    REFUNDED = "payment.refunded"


# Which statuses are told of when an order reaches them; the parcel tells that one is being processed.
OF_STATUS: dict[str, OrderEvent] = {
    OrderStatus.CONFIRMED: OrderEvent.CONFIRMED,
    OrderStatus.COMPLETED: OrderEvent.COMPLETED,
    OrderStatus.CANCELLED: OrderEvent.CANCELLED,
}
