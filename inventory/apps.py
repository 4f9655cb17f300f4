from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from core.registry import ALL, VIEW, Audited, BeatTask, MenuEntry, MenuSection, SoukAppConfig
from inventory.actions import InventoryAction


class InventoryConfig(SoukAppConfig):
    name = "inventory"
    verbose_name = _("Inventory")
    api_tags = {
        "stock-items": "How many units of a variant are where, and the ledger of each.",
        "locations": "The places that hold stock.",
    }
    api_routes = "inventory.routes.ROUTES"
    actions = InventoryAction
    shop_settings = "inventory.shop_settings.SETTINGS"
    error_codes = "inventory.error_codes"
    task_kinds = "inventory.staff_tasks"
    consumers = ("inventory.consumers.StockTasks",)
    integrity_checks = ("inventory.integrity.INVENTORY",)
    audited = {"location": Audited(), "stockitem": Audited()}
    unaudited = {
        "stockmove": "only added to, so that it is its own record",
        "reservation": "a shopper's own, changed with every click and read by nobody as a history",
    }
    roles = {
        "catalogue": {"*": VIEW},
        "orders": {
            # Receiving adds stock items, adjusting changes them.
            "stockitem": ("view", "add", "change"),
            "reservation": VIEW,
            "stockmove": VIEW,
            "location": VIEW,
        },
        "support": {"stockitem": VIEW},
        "admin": {"*": ALL},
    }
    menu_sections = (MenuSection("stock", _("Stock"), position=30),)
    menu = (
        MenuEntry("stock", _("Stock"), "inventory_2", "inventory.stockitem"),
        MenuEntry("stock", _("Stock moves"), "swap_vert", "inventory.stockmove"),
        MenuEntry("stock", _("Reservations"), "lock_clock", "inventory.reservation"),
        MenuEntry("stock", _("Locations"), "warehouse", "inventory.location"),
    )
    beat_tasks = {
        # What has expired counts as available at once; the sweep keeps the rows few.
        "release-run-out-holds": BeatTask("inventory.tasks.release_run_out_holds", timedelta(minutes=1)),
    }
