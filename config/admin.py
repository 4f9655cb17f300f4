"""Registers the admin of the core's rows; `core.admin` is imported by others, before the admin's site is there."""

from core.admin.failures import FailedTaskAdmin

__all__ = ["FailedTaskAdmin"]
