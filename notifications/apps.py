from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from core.registry import ALL, VIEW, WORK, Audited, BeatTask, MenuEntry, PersonalRows, SoukAppConfig
from notifications.actions import NotificationAction


class NotificationsConfig(SoukAppConfig):
    name = "notifications"
    verbose_name = _("Notifications")
    api_tags = {
        "message-texts": "The words of the shop's mails, for staff.",
        "stock-notices": "Notices to customers when a sold-out variant is back.",
    }
    pages = ("notices/", "notifications.urls")
    api_routes = "notifications.routes.ROUTES"
    actions = NotificationAction
    shop_settings = "notifications.shop_settings.SETTINGS"
    error_codes = "notifications.error_codes"
    message_kinds = "notifications.message_kinds"
    state_colours = ("notifications.models.COLOURS",)
    integrity_checks = ("notifications.texts.integrity.TEXTS",)
    audited = {"messagetext": Audited()}
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
        "support": {"backinstocknotice": VIEW, "message": WORK, "messagetext": VIEW},
        "admin": {"backinstocknotice": VIEW, "message": WORK, "messagetext": ALL},
    }
    menu = (
        MenuEntry("customers", _("Messages"), "mail", "notifications.message"),
        MenuEntry("customers", _("Back-in-stock notices"), "notifications_active", "notifications.backinstocknotice"),
        MenuEntry("settings", _("Texts of messages"), "edit_note", "notifications.messagetext", position=40),
    )
    beat_tasks = {
        # Sends what lost tasks did not, and tries again what failed.
        "send-due-messages": BeatTask("notifications.tasks.send_due_messages", timedelta(minutes=1)),
        # Writes to those who wait for a variant and whom no event reached.
        "notify-back-in-stock": BeatTask("notifications.tasks.notify_all_back_in_stock", timedelta(minutes=5)),
        "prune-notices": BeatTask("notifications.tasks.prune_notices", timedelta(days=1)),
    }
