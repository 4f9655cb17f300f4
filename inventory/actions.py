"""What staff does with stock and its locations, with the permissions that each action needs (core.actions)."""

from core.actions import Action


class InventoryAction(Action):
    """What staff does with stock and its locations."""

    VIEW_STOCK = "See stock", "inventory.view_stockitem"
    VIEW_STOCK_MOVES = "See the ledger of a stock item", "inventory.view_stockitem", "inventory.view_stockmove"
    # Receiving makes the stock item where there is none yet.
    RECEIVE_STOCK = "Receive stock", "inventory.add_stockitem"
    ADJUST_STOCK = "Adjust stock", "inventory.change_stockitem"
    LIMIT_BACKORDERS = "Limit the backorders of a stock item", "inventory.change_stockitem"
    LIMIT_VARIANT_BACKORDERS = (
        "Limit the backorders of a variant without stock",
        "inventory.add_stockitem",
        "inventory.change_stockitem",
    )
    VIEW_LOCATION = "See stock locations", "inventory.view_location"
