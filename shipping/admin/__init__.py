"""Parcels, and the methods that shoppers choose from."""

from shipping.admin.methods import ShippingMethodAdmin
from shipping.admin.shipments import ShipmentAdmin

__all__ = ["ShipmentAdmin", "ShippingMethodAdmin"]
