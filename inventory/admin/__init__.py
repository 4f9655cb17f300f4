"""Stock as staff counts, receives and corrects it."""

from inventory.admin.reservations import ReservationAdmin
from inventory.admin.stock import LocationAdmin, StockItemAdmin, StockMoveAdmin

__all__ = ["LocationAdmin", "ReservationAdmin", "StockItemAdmin", "StockMoveAdmin"]
