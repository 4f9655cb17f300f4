"""The states of a shipment as data."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ShipmentState(models.TextChoices):
    PREPARING = "preparing", _("Preparing")
    SHIPPED = "shipped", _("Shipped")
    IN_TRANSIT = "in_transit", _("On its way")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Delivery failed")
    RETURNED = "returned", _("Returned")


TRANSITIONS: dict[str, frozenset[str]] = {
    ShipmentState.PREPARING: frozenset(
        {
            ShipmentState.SHIPPED,  # handed to the carrier: the stock leaves the house here
            ShipmentState.FAILED,  # the order was cancelled while the parcel was packed
        }
    ),
    ShipmentState.SHIPPED: frozenset(
        {
            ShipmentState.IN_TRANSIT,  # the carrier scanned it
            ShipmentState.DELIVERED,  # many carriers report nothing in between
            ShipmentState.FAILED,  # nobody there, wrong address
        }
    ),
    ShipmentState.IN_TRANSIT: frozenset(
        {
            ShipmentState.DELIVERED,  # handed over
            ShipmentState.FAILED,  # nobody there, wrong address
        }
    ),
    ShipmentState.FAILED: frozenset(
        {
            ShipmentState.IN_TRANSIT,  # the carrier tries again
            ShipmentState.RETURNED,  # it came back to us
        }
    ),
    ShipmentState.DELIVERED: frozenset({ShipmentState.RETURNED}),  # the customer sent it back
    ShipmentState.RETURNED: frozenset(),  # the end
}

# What was in such a shipment is with the customer.
ARRIVED = frozenset({ShipmentState.DELIVERED})

# What was in such a parcel is not with the customer: it is to be sent again or paid back.
CAME_BACK = frozenset({ShipmentState.FAILED, ShipmentState.RETURNED})

# What was in such a shipment has left the stock and did not come back.
GONE = frozenset({ShipmentState.SHIPPED, ShipmentState.IN_TRANSIT, ShipmentState.DELIVERED})
# Packed or on its way.
NOT_YET_ARRIVED = frozenset({ShipmentState.PREPARING, ShipmentState.SHIPPED, ShipmentState.IN_TRANSIT})

COLOURS: dict[str, str] = {
    ShipmentState.PREPARING: "warning",
    ShipmentState.SHIPPED: "info",
    ShipmentState.IN_TRANSIT: "info",
    ShipmentState.DELIVERED: "success",
    ShipmentState.FAILED: "danger",
    ShipmentState.RETURNED: "danger",
}
BADGES: dict[str, str] = {
    ShipmentState.DELIVERED: "badge--success",
    ShipmentState.FAILED: "badge--error",
}
