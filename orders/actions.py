"""What staff does with orders, with the permissions that each action needs (core.actions)."""

from core.actions import Action


class OrderAction(Action):
    """What staff does with orders."""

    VIEW_ORDER = "See all orders", "orders.view_order"
    PLACE_ORDER = "Place an order for a customer", "orders.add_order"
    CONFIRM_ORDER = "Confirm an order", "orders.change_order"
    EDIT_ORDER = "Edit an order", "orders.change_order"
    DISCOUNT_ORDER = "Give a discount on an order", "orders.change_order", "orders.add_orderadjustment"
    CANCEL_ORDER = "Cancel an order", "orders.change_order"
    # It delivers the shipments on their way.
    COMPLETE_ORDER = "Complete an order", "orders.change_order", "shipping.change_shipment"
