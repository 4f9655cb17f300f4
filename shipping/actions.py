"""What staff does with shipments and shipping methods, with the permissions that each action needs (core.actions)."""

from core.actions import Action


class ShippingAction(Action):
    """What staff does with shipments and shipping methods."""

    SHIP_ORDER = "Ship an order", "shipping.change_shipment"
    DELIVER_SHIPMENT = "Record a delivery", "shipping.change_shipment"
    VIEW_SHIPPING_METHOD = "See all shipping methods", "shipping.view_shippingmethod"
