from datetime import timedelta

from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _

from core.actions import CoreAction
from core.registry import VIEW, WORK, Audited, BeatTask, MenuEntry, MenuSection, SoukAppConfig

_WORKS_BY_ITSELF = "the state of what works by itself, which has its own times and counts"


class CoreConfig(SoukAppConfig):
    name = "core"
    verbose_name = "Core"
    actions = CoreAction
    api_routes = "core.routes.ROUTES"
    api_tags = {
        "shop": "The shop itself: its name, how to reach it, its currency and languages.",
        "shop-settings": "What staff decides about the shop.",
    }
    shop_settings = "core.shop.SETTINGS"
    state_colours = ("core.outbox.models.COLOURS",)
    error_codes = "core.api.error_codes"
    integrity_checks = (
        "core.db.guards.GUARDS",
        "core.outbox.integrity.OUTBOX",
        "core.shop_settings.integrity.SETTINGS",
    )
    unaudited = dict.fromkeys(
        ("failedtask", "idempotentrequest", "outboxcursor", "outboxdelivery", "outboxevent", "ratebucket"),
        _WORKS_BY_ITSELF,
    )
    audited = {"shopsetting": Audited()}
    roles = {"admin": {"failedtask": WORK, "outboxevent": VIEW, "outboxdelivery": WORK, "shopsetting": WORK}}
    menu_sections = (MenuSection("settings", _("Settings"), position=90),)
    menu = (
        MenuEntry("settings", _("Shop settings"), "storefront", "core.shopsetting", position=5),
        MenuEntry("settings", _("Events"), "rss_feed", "core.outboxevent", position=50),
        MenuEntry("settings", _("Undelivered events"), "report", "core.outboxdelivery", position=51),
        MenuEntry("settings", _("Failed tasks"), "error", "core.failedtask", position=52),
    )
    beat_tasks = {
        "check-integrity": BeatTask("core.tasks.check_integrity", crontab(hour=3, minute=30)),
        "prune-outbox": BeatTask("core.tasks.prune_outbox", timedelta(days=1)),
        "prune-rate-buckets": BeatTask("core.tasks.prune_rate_buckets", timedelta(hours=1)),
        "sweep-idempotent-requests": BeatTask("core.tasks.sweep_idempotent_requests", timedelta(hours=1)),
    }

    def ready(self) -> None:
        # The bases in core.admin are imported before the admin's site is there, so what is registered comes after.
        from core import logs  # noqa: PLC0415
        from core.admin import outbox, shop_settings  # noqa: F401, PLC0415
        from core.failures import listening  # noqa: PLC0415 - models are loaded only now
        from core.text import fields as typed_text  # noqa: PLC0415

        typed_text.install()
        listening.listen()
        logs.listen()
