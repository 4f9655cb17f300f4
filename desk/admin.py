"""Staff tasks: the list with its steps, the panel of the first page and the number in the menu."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSplitDateTimeWidget

from accounts.models import User
from core.admin import ChoicesDropdownFilter, DropdownFilter, ReadOnlyAdmin, StepForm, StepsMixin, coloured
from core.admin.bulk import BulkForm, BulkMixin, Outcome, each
from core.errors import DomainError
from core.staff import is_trusted_staff, may
from desk.kinds import all_kinds
from desk.models import Priority, StaffTask
from desk.selectors import count_for, open_tasks, unassigned, visible_kinds, visible_tasks
from desk.services import close_task, reopen_task, update_task
from desk.states import COLOURS, TaskState

_SHOWN = 10
_PRIORITY_COLOURS = {Priority.LOW: "default", Priority.NORMAL: "info", Priority.HIGH: "danger"}
_MINE, _NOBODY = "mine", "nobody"


def may_see_tasks(request: HttpRequest) -> bool:
    """Whether there is a kind of task that the reader may work on."""
    return is_trusted_staff(request.user) and bool(visible_kinds(request.user))


def count_in_menu(request: HttpRequest) -> str:
    """The number beside the menu's entry: open tasks of the reader and of nobody."""
    count = count_for(request.user)
    return str(count) if count else ""


def panel(request: HttpRequest) -> dict[str, Any]:
    """What the first page shows of tasks: the reader's, nobody's, or all that are open. Two queries."""
    if not visible_kinds(request.user):
        return {}
    shown = request.GET.get("tasks", "")
    tasks = open_tasks(request.user)
    if shown == _MINE:
        tasks = tasks.filter(assignee=request.user)
    elif shown == _NOBODY:
        tasks = tasks.filter(unassigned())
    rows = [
        {"task": task, "address": object_address(task), "is_urgent": task.priority == Priority.HIGH}
        for task in tasks[:_SHOWN]
    ]
    choices = [("", _("All")), (_MINE, _("Mine")), (_NOBODY, _("Unassigned"))]
    return {"staff_tasks": rows, "task_choices": choices, "tasks_shown": shown if shown in {_MINE, _NOBODY} else ""}


def object_address(task: StaffTask) -> str:
    """The admin's page of what a task is about; empty where there is none."""
    if not task.object_type:
        return ""
    try:
        return reverse(f"admin:{task.object_type.replace('.', '_')}_change", args=[task.object_id])
    except NoReverseMatch:
        return ""


class AssigneeFilter(DropdownFilter):
    title = _("assignee")
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [(_MINE, _("Mine")), (_NOBODY, _("Unassigned"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[StaffTask]) -> QuerySet[StaffTask]:
        match self.value():
            case "mine":
                return queryset.filter(assignee=request.user)
            case "nobody":
                return queryset.filter(unassigned())
        return queryset


class KindFilter(DropdownFilter):
    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [(code, all_kinds()[code].label) for code in visible_kinds(request.user)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[StaffTask]) -> QuerySet[StaffTask]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


def colleagues_for(task: StaffTask) -> QuerySet[User]:
    """The staff who may work on a task."""
    staff = get_user_model().objects.filter(is_staff=True, is_active=True).order_by("first_name", "last_name", "id")
    able = [one.pk for one in staff if task.declared is not None and may(one, task.declared.action)]
    return staff.filter(pk__in=able)


class TaskStep(StepForm):
    """A step that asks nothing."""


class TakeForm(TaskStep):
    title = _("Assign to me")
    submit = _("Assign to me")

    def take(self, *, actor: User) -> Any:
        update_task(task_id=self.target.pk, assignee_id=actor.pk)
        return _now("The task is yours.")


class DoneForm(TaskStep):
    title = _("Done")
    submit = _("Done")

    def take(self, *, actor: User) -> Any:
        close_task(task_id=self.target.pk, to=TaskState.DONE, actor=actor)
        return _now("The task is done.")


class DismissForm(TaskStep):
    title = _("Dismiss")
    submit = _("Dismiss")
    intro = _("Nothing is to be done about it. It does not come back while its cause lasts.")

    def take(self, *, actor: User) -> Any:
        close_task(task_id=self.target.pk, to=TaskState.DISMISSED, actor=actor)
        return _now("The task is dismissed.")


class ReopenForm(TaskStep):
    title = _("Open again")
    submit = _("Open again")

    def take(self, *, actor: User) -> Any:
        reopen_task(task_id=self.target.pk)
        return _now("The task is open again.")


class PlanForm(StepForm):
    title = _("Assign")
    submit = _("Save")

    assignee = forms.ModelChoiceField(
        label=_("Assignee"), queryset=User.objects.none(), required=False, widget=UnfoldAdminSelectWidget()
    )
    priority = forms.TypedChoiceField(
        label=_("Priority"), choices=Priority.choices, coerce=int, widget=UnfoldAdminSelectWidget()
    )
    due_at = forms.SplitDateTimeField(label=_("Due"), required=False, widget=UnfoldAdminSplitDateTimeWidget())

    def __init__(self, *args: Any, target: StaffTask, **kwargs: Any) -> None:
        super().__init__(*args, target=target, **kwargs)
        self.fields["assignee"].queryset = colleagues_for(target)
        self.initial = {"assignee": target.assignee_id, "priority": target.priority, "due_at": target.due_at}

    def take(self, *, actor: User) -> Any:
        chosen = self.cleaned_data["assignee"]
        update_task(
            task_id=self.target.pk,
            assignee_id=chosen.pk if chosen else None,
            priority=self.cleaned_data["priority"],
            due_at=self.cleaned_data["due_at"],
        )
        return _now("The task is changed.")


class TakeManyForm(BulkForm):
    title = _("Assign to me")
    submit = _("Assign to me")

    def take(self, *, rows: Sequence[StaffTask], actor: User) -> Outcome:
        return each(rows, lambda row: update_task(task_id=row.pk, assignee_id=actor.pk))


class DoneManyForm(BulkForm):
    title = _("Done")
    submit = _("Done")

    def take(self, *, rows: Sequence[StaffTask], actor: User) -> Outcome:
        return each(rows, lambda row: close_task(task_id=row.pk, to=TaskState.DONE, actor=actor))


_QUICK: dict[str, type[StepForm]] = {"take": TakeForm, "done": DoneForm}


@admin.register(StaffTask)
class StaffTaskAdmin(StepsMixin, BulkMixin, ReadOnlyAdmin):
    """Everybody of the staff sees the tasks of the kinds whose action they may take."""

    list_display = ("title_shown", "kind_shown", "priority_shown", "state_shown", "assignee", "due_at", "created_at")
    list_display_links = ("title_shown",)
    list_select_related = ("assignee",)
    list_filter = (
        ("state", ChoicesDropdownFilter),
        AssigneeFilter,
        KindFilter,
        ("priority", ChoicesDropdownFilter),
    )
    search_fields = ("object_id__exact",)
    search_help_text = _("Id of what the task is about")
    fields = (
        ("title_shown", "kind_shown"),
        ("object_link", "priority_shown"),
        ("state_shown", "assignee"),
        ("due_at", "created_at"),
        ("closed_at", "closed_by", "cause_gone_at"),
    )
    actions = ("take_many", "done_many")
    actions_detail = ("take", "done", "dismiss", "reopen", "plan")

    def get_queryset(self, request: HttpRequest) -> QuerySet[StaffTask]:
        return visible_tasks(request.user).select_related("assignee", "closed_by")

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may_see_tasks(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_work_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self.has_view_permission(request)

    def possible_steps(self, obj: StaffTask) -> set[str]:
        if obj.state == TaskState.OPEN:
            return {"take", "done", "dismiss", "plan"}
        return set() if obj.cause_gone_at else {"reopen"}

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.quick)
        return [path("<uuid:pk>/quick/<slug:step>/", view, name="desk_stafftask_quick"), *super().get_urls()]

    def quick(self, request: HttpRequest, pk: Any, step: str) -> HttpResponse:
        """A step by one click on the first page, which then is shown again."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        task = self.get_object(request, str(pk))
        if task is None or step not in _QUICK:
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(pk))
        try:
            messages.success(request, str(_QUICK[step](target=task).take(actor=request.user)))
        except DomainError as error:
            messages.error(request, str(error))
        shown = request.POST.get("tasks", "")
        known = {"tasks": shown} if shown in {_MINE, _NOBODY} else None
        return HttpResponseRedirect(reverse("admin:index", query=known))

    @admin.action(description=_("Assign to me"), permissions=["work"])
    def take_many(self, request: HttpRequest, queryset: QuerySet[StaffTask]) -> HttpResponse | None:
        return self.bulk_page(request, queryset, TakeManyForm)

    @admin.action(description=_("Done"), permissions=["work"])
    def done_many(self, request: HttpRequest, queryset: QuerySet[StaffTask]) -> HttpResponse | None:
        return self.bulk_page(request, queryset, DoneManyForm)

    @action(description=_("Assign to me"), permissions=["work"], icon="person_add", variant=ActionVariant.PRIMARY)
    def take(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.step_page(request, object_id, "take", TakeForm)

    @action(description=_("Done"), permissions=["work"], icon="check", variant=ActionVariant.PRIMARY)
    def done(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.step_page(request, object_id, "done", DoneForm)

    @action(description=_("Dismiss"), permissions=["work"], icon="block")
    def dismiss(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.step_page(request, object_id, "dismiss", DismissForm)

    @action(description=_("Open again"), permissions=["work"], icon="undo")
    def reopen(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.step_page(request, object_id, "reopen", ReopenForm)

    @action(description=_("Assign"), permissions=["work"], icon="assignment_ind")
    def plan(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.step_page(request, object_id, "plan", PlanForm)

    @display(description=_("Task"))
    def title_shown(self, obj: StaffTask) -> str:
        return obj.title

    @display(description=_("Kind"), ordering="kind")
    def kind_shown(self, obj: StaffTask) -> str:
        return obj.kind_label

    @display(description=_("State"), ordering="state")
    def state_shown(self, obj: StaffTask) -> SafeString:
        return coloured(obj.get_state_display(), COLOURS[obj.state])

    @display(description=_("Priority"), ordering="priority")
    def priority_shown(self, obj: StaffTask) -> SafeString:
        return coloured(obj.get_priority_display(), _PRIORITY_COLOURS[Priority(obj.priority)])

    @display(description=_("About"))
    def object_link(self, obj: StaffTask) -> SafeString | str:
        address = object_address(obj)
        if not address:
            return obj.object_id
        return format_html('<a href="{}" class="text-link">{}</a>', address, _("Show"))
