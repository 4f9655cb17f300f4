"""The first page of the admin: what is to be done today. Each panel is for those who may see its rows."""

from datetime import datetime
from typing import Any

from django.db.models import Count, F, QuerySet, Sum
from django.http import HttpRequest
from django.utils import timezone

from core.admin import badge
from core.models import FailedTask
from core.money import Money
from desk.admin import panel
from inventory.models import StockItem
from inventory.shop_settings import LOW_STOCK_UNITS
from orders.admin.orders import TO_SHIP
from orders.models import TO_REFUND, Order
from orders.states import OrderStatus

_SHOWN = 8
# Counting stops here: "99+" says as much as a number of five digits, and costs nothing.
_MOST_COUNTED = 100


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """unfold's DASHBOARD_CALLBACK. At most twelve queries."""
    if _may_view(request, "orders", "order"):
        context |= _orders()
    if _may_view(request, "core", "failedtask"):
        failed = open_failures()
        context |= {"failed_tasks": list(failed[:_SHOWN]), "failed_count": _count(failed)}
    if _may_view(request, "inventory", "stockitem"):
        context["low_stock"] = list(low_stock()[:_SHOWN])
    return context | panel(request)


def _may_view(request: HttpRequest, app: str, model: str) -> bool:
    return any(request.user.has_perm(f"{app}.{do}_{model}") for do in ("view", "change"))


def orders_to_ship() -> QuerySet[Order]:
    """Confirmed orders with something left to ship, the oldest first."""
    return Order.objects.filter(TO_SHIP).order_by("placed_at")


def orders_awaiting_payment() -> QuerySet[Order]:
    """Pending orders, those that will be given up first."""
    return Order.objects.filter(status=OrderStatus.PENDING).order_by("expires_at", "placed_at")


def orders_to_refund() -> QuerySet[Order]:
    """Orders of which money is to be given back, the oldest first."""
    return Order.objects.filter(TO_REFUND).order_by("placed_at")


def low_stock() -> QuerySet[StockItem]:
    """Stock of what is on sale that is gone or nearly so, the least first."""
    return (
        StockItem.objects.filter(
            on_hand__lte=F("reserved") + LOW_STOCK_UNITS.value,
            location__is_active=True,
            variant__is_active=True,
            variant__product__is_active=True,
        )
        .select_related("variant__product", "location")
        .order_by(F("on_hand") - F("reserved"), "id")
    )


def open_failures() -> QuerySet[FailedTask]:
    """Tasks that failed and have not succeeded since, the latest first."""
    return FailedTask.objects.filter(resolved_at=None).defer("traceback")


def _orders() -> dict[str, Any]:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    to_ship, awaiting, to_refund = orders_to_ship(), orders_awaiting_payment(), orders_to_refund()
    return {
        "today": _takings_since(midnight),
        "to_ship": _rows(to_ship, "fulfilment_status"),
        "to_ship_count": _count(to_ship),
        "awaiting": _rows(awaiting, "payment_status"),
        "awaiting_count": _count(awaiting),
        "to_refund": [row | {"amount": row["order"].to_refund} for row in _rows(to_refund, "payment_status")],
        "to_refund_count": _count(to_refund),
    }


def _takings_since(moment: datetime) -> dict[str, Any]:
    placed = Order.objects.filter(placed_at__gte=moment).exclude(status=OrderStatus.CANCELLED)
    sums = placed.order_by().values("currency").annotate(count=Count("pk"), minor=Sum("total_minor"))
    rows = list(sums.order_by("currency"))
    return {
        "count": sum(row["count"] for row in rows),
        "totals": [Money(int(row["minor"]), row["currency"]) for row in rows],
    }


def _rows(orders: QuerySet[Order], field: str) -> list[dict[str, Any]]:
    return [
        {"order": order, "badge": badge(getattr(order, field), getattr(order, f"get_{field}_display")())}
        for order in orders.select_related("customer")[:_SHOWN]
    ]


def _count(rows: QuerySet[Any]) -> str:
    count = rows.order_by()[:_MOST_COUNTED].count()
    return f"{_MOST_COUNTED - 1}+" if count == _MOST_COUNTED else str(count)
