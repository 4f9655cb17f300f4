"""What the inventory refuses."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.errors import DomainError


class OutOfStock(DomainError):
    """Less is available than was asked for; `details["lines"]` says what is short and how much there is."""

    code = "out_of_stock"
    message = _("Some items are no longer available in this quantity.")

    def __init__(self, shortages: list[tuple[UUID, int, int]]) -> None:
        lines: list[dict[str, Any]] = [
            {"variant_id": str(variant_id), "requested": requested, "available": available}
            for variant_id, requested, available in shortages
        ]
        super().__init__(shortage_message(shortages), details={"lines": lines})


def shortage_message(shortages: list[tuple[UUID, int, int]]) -> str:
    """One sentence for a person; exact when a single item is short."""
    if len(shortages) != 1:
        return str(OutOfStock.message)
    available = shortages[0][2]
    if available == 0:
        return str(_("This item is sold out."))
    return ngettext("Only %(count)d is left.", "Only %(count)d are left.", available) % {"count": available}


class BackorderLimitChanged(DomainError):
    """Somebody set another limit after the form was opened."""

    code = "backorder_limit_changed"
    message = _("Somebody set another limit meanwhile. Please go back, look at it and open this form again.")


class BackorderLimitTooLow(DomainError):
    """The limit of backorders cannot fall below the units that wait already; `details["backordered"]` says how many."""

    code = "limit_below_backordered"
    message = _("More units than that are backordered already.")


class StockBelowReserved(DomainError):
    """The quantity on hand cannot fall below what is promised to orders."""

    code = "stock_below_reserved"
    message = _("More units are reserved by orders than would be left.")
