"""Orders as staff works on them."""

from orders.admin.orders import OrderAdmin

__all__ = ["OrderAdmin"]
