"""The states of an order as data: the services, the admin's buttons and the database's triggers read this."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrderStatus(models.TextChoices):
    PENDING = "pending", _("Pending")
    CONFIRMED = "confirmed", _("Confirmed")
    PROCESSING = "processing", _("Processing")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")


class PaymentStatus(models.TextChoices):
    """Derived from the payments' transactions."""

    UNPAID = "unpaid", _("Unpaid")
    AUTHORIZED = "authorized", _("Authorized")
    PARTIALLY_PAID = "partially_paid", _("Partially paid")
    PAID = "paid", _("Paid")
    PARTIALLY_REFUNDED = "partially_refunded", _("Partially refunded")
    REFUNDED = "refunded", _("Refunded")


class FulfilmentStatus(models.TextChoices):
    """Derived from the shipments."""

    UNFULFILLED = "unfulfilled", _("Not shipped")
    PARTIALLY_SHIPPED = "partially_shipped", _("Partially shipped")
    SHIPPED = "shipped", _("Shipped")
    DELIVERED = "delivered", _("Delivered")
    RETURNED = "returned", _("Returned")


class OrderEdit(models.TextChoices):
    """What staff changed of an agreed order, as its history tells it."""

    LINES = "lines", _("Items")
    ADDRESS = "address", _("Delivery address")
    DISCOUNT = "discount", _("Discount")


TRANSITIONS: dict[str, frozenset[str]] = {
    OrderStatus.PENDING: frozenset(
        {
            OrderStatus.CONFIRMED,  # the money is there, or the provider asks for none before delivery
            OrderStatus.CANCELLED,  # the shopper changed their mind, or the money never came
        }
    ),
    OrderStatus.CONFIRMED: frozenset(
        {
            OrderStatus.PROCESSING,  # the warehouse packs the first parcel
            OrderStatus.CANCELLED,  # nothing has left the house yet
        }
    ),
    OrderStatus.PROCESSING: frozenset(
        {
            OrderStatus.COMPLETED,  # everything is delivered and paid
            OrderStatus.CANCELLED,  # packed but not handed over: the service refuses once something shipped
        }
    ),
    OrderStatus.COMPLETED: frozenset(),  # the end; what comes back is a return and a refund, not a state
    OrderStatus.CANCELLED: frozenset(),  # the end; the shopper orders again
}

# Under way: its stock is reserved or gone, and its money due or here.
OPEN = frozenset({OrderStatus.PENDING, OrderStatus.CONFIRMED, OrderStatus.PROCESSING})
# Agreed and not over, so that its shipments may leave.
SHIPPABLE = frozenset({OrderStatus.CONFIRMED, OrderStatus.PROCESSING})
# What has units left that no shipment has.
TO_BE_SHIPPED = frozenset({FulfilmentStatus.UNFULFILLED, FulfilmentStatus.PARTIALLY_SHIPPED})
# With these a pending order is confirmed: its money is here, or held by the provider.
SECURED = frozenset({PaymentStatus.PAID, PaymentStatus.AUTHORIZED})

# One colour a state: orange waits for somebody, blue is on its way, green is done.
COLOURS: dict[str, str] = {
    OrderStatus.PENDING: "warning",
    OrderStatus.CONFIRMED: "info",
    OrderStatus.PROCESSING: "info",
    OrderStatus.COMPLETED: "success",
    OrderStatus.CANCELLED: "danger",
    PaymentStatus.UNPAID: "warning",
    PaymentStatus.AUTHORIZED: "info",
    PaymentStatus.PARTIALLY_PAID: "warning",
    PaymentStatus.PAID: "success",
    PaymentStatus.PARTIALLY_REFUNDED: "info",
    PaymentStatus.REFUNDED: "info",
    FulfilmentStatus.UNFULFILLED: "warning",
    FulfilmentStatus.PARTIALLY_SHIPPED: "info",
    FulfilmentStatus.SHIPPED: "info",
    FulfilmentStatus.DELIVERED: "success",
    FulfilmentStatus.RETURNED: "danger",
}
PLAIN_BADGE = "badge--info"
# How the shop's pages mark them: nothing stands out while all goes as it should.
BADGES: dict[str, str] = {
    OrderStatus.PENDING: "badge--warning",
    OrderStatus.COMPLETED: "badge--success",
    OrderStatus.CANCELLED: "badge--error",
    PaymentStatus.UNPAID: "badge--warning",
    PaymentStatus.PAID: "badge--success",
    FulfilmentStatus.UNFULFILLED: "",
    FulfilmentStatus.DELIVERED: "badge--success",
}
