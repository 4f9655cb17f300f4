"""The one module that changes stock: it has inventory.changes written.

Every function locks first, by id, and decides on what it read under the lock."""

from inventory.services.backorders import fill_backorders, limit_backorders, set_backorder_limit
from inventory.services.reservations import hold, pass_on_holds, release, release_run_out, reserve, resize_hold
from inventory.services.stock import MOST_UNITS, adjust_stock, create_stocked_product, receive_stock, ship

__all__ = [
    "MOST_UNITS",
    "adjust_stock",
    "create_stocked_product",
    "fill_backorders",
    "hold",
    "limit_backorders",
    "pass_on_holds",
    "receive_stock",
    "release",
    "release_run_out",
    "reserve",
    "resize_hold",
    "set_backorder_limit",
    "ship",
]
