from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from core.registry import Audited, BeatTask, MenuEntry, MenuSection, PersonalRows, SoukAppConfig


class DeskConfig(SoukAppConfig):
    name = "desk"
    verbose_name = _("Staff tasks")
    api_tags = {
        "staff-tasks": "What staff has to do, raised by the shop.",
    }
    api_routes = "desk.routes.ROUTES"
    error_codes = "desk.error_codes"
    task_kinds = "desk.integrity_tasks"
    integrity_checks = ("desk.integrity.DESK",)
    personal_data = PersonalRows("desk.personal_data.TasksOfPerson")
    audited = {"stafftask": Audited()}
    menu_sections = (MenuSection("desk", _("To do"), position=5),)
    menu = (
        MenuEntry(
            "desk",
            _("Staff tasks"),
            "task_alt",
            "desk.stafftask",
            shown_to="desk.admin.may_see_tasks",
            badge="desk.admin.count_in_menu",
        ),
    )
    beat_tasks = {
        # Settles the tasks whose cause is gone and which no event reached.
        "settle-staff-tasks": BeatTask("desk.tasks.settle_staff_tasks", timedelta(minutes=15)),
    }

    def ready(self) -> None:
        from core.integrity import integrity_checked  # noqa: PLC0415 - models are loaded only now
        from desk.integrity_tasks import follow_report  # noqa: PLC0415

        integrity_checked.connect(follow_report, dispatch_uid="desk.follow_report")
