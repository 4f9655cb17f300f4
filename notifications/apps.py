from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from core.registry import VIEW, WORK, BeatTask, MenuEntry, PersonalRows, SoukAppConfig
from notifications.actions import NotificationAction


class NotificationsConfig(SoukAppConfig):
    name = "notifications"
    verbose_name = _("Notifications")
    api_tags = {
        "stock-notices": "Notices to customers when a sold-out variant is back.",
    }
    pages = ("notices/", "notifications.urls")
    api_routes = "notifications.routes.ROUTES"
    actions = NotificationAction
    shop_settings = "notifications.shop_settings.SETTINGS"
    error_codes = "notifications.error_codes"
    task_kinds = "notifications.staff_tasks"
    consumers = (
        "notifications.consumers.OrderMails",
        "notifications.consumers.BackInStockMails",
        "notifications.consumers.StockAlerts",
    )
    personal_data = PersonalRows("notifications.personal_data.MessagesOfPerson")
    unaudited = {
        "backinstocknotice": "a shopper's own, read by nobody as a history",
        "message": "the state of what works by itself, which has its own times and counts",
    }
    roles = {
        # A customer who got no mail calls them.
        "support": {"backinstocknotice": VIEW, "message": WORK},
        "admin": {"backinstocknotice": VIEW, "message": WORK},
    }
    menu = (
        MenuEntry("customers", _("Messages"), "mail", "notifications.message"),
        MenuEntry("customers", _("Back-in-stock notices"), "notifications_active", "notifications.backinstocknotice"),
    )
    beat_tasks = {
        # Sends what lost tasks did not, and tries again what failed.
        "send-due-messages": BeatTask("notifications.tasks.send_due_messages", timedelta(minutes=1)),
        # Writes to those who wait for a variant and whom no event reached.
        "notify-back-in-stock": BeatTask("notifications.tasks.notify_all_back_in_stock", timedelta(minutes=5)),
        "prune-notices": BeatTask("notifications.tasks.prune_notices", timedelta(days=1)),
    }
