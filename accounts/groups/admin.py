"""Customer groups, their members, and what is done with members on the list of people."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from accounts.actions import AccountAction
from accounts.groups.models import CustomerGroup, CustomerGroupMembership
from accounts.groups.selectors import groups_with_counts, memberships_of
from accounts.groups.services import add_members, remove_members
from accounts.models import User
from accounts.selectors import people_called
from core.admin.bases import ReadOnlyAdmin, TabularInline, TranslatedAdmin, language_tabs
from core.admin.bulk import BulkForm, Outcome
from core.admin.display import link_to
from core.admin.filters import DayRangeFilter, DropdownFilter, RelatedDropdownFilter
from core.admin.steps import StepForm, StepsMixin, needs
from core.errors import InvalidInput
from core.staff import holds

_SHOWN_MEMBERS = 10
_MOST_TYPED = 1_000
_NAMED = 5


class CustomerGroupFilter(DropdownFilter):
    """People of one group, or of none."""

    title = _("customer group")
    parameter_name = "customer_group"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        if not holds(request.user, AccountAction.VIEW_GROUP_MEMBERS):
            return []
        groups = [(group.code, group.name) for group in CustomerGroup.objects.order_by("code")]
        return [*groups, ("-", _("In no group"))] if groups else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        chosen = self.value()
        if not chosen or chosen not in {code for code, _label in self.lookup_choices}:
            return queryset
        if chosen == "-":
            return queryset.filter(customer_group_memberships=None)
        return queryset.filter(pk__in=CustomerGroupMembership.objects.filter(group__code=chosen).values("customer"))


class GroupField(forms.ModelChoiceField):
    """One of the customer groups."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Customer group"),
            queryset=CustomerGroup.objects.order_by("code"),
            empty_label=None,
            widget=UnfoldAdminSelectWidget(),
        )


class AddToGroupForm(BulkForm):
    title = _("Add to a customer group")
    submit = _("Add to the group")
    intro = _("Who is in the group already stays as they are.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"] = GroupField()

    def take(self, *, rows: Sequence[User], actor: User) -> Outcome:
        outcome = Outcome()
        alive = [row for row in rows if row.erased_at is None]
        for row in rows:
            if row.erased_at is not None:
                outcome.refuse(_("The personal data of this customer were erased."), row)
        if alive:
            outcome.done = add_members(group_id=self.cleaned_data["group"].pk, customer_ids=[row.pk for row in alive])
        return outcome


class RemoveFromGroupForm(BulkForm):
    title = _("Remove from a customer group")
    submit = _("Remove from the group")
    danger = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"] = GroupField()

    def take(self, *, rows: Sequence[User], actor: User) -> Outcome:
        removed = remove_members(group_id=self.cleaned_data["group"].pk, customer_ids=[row.pk for row in rows])
        return Outcome(done=removed)


class GroupActionsMixin:
    """The actions on the list of people; they need BulkMixin beside."""

    has_add_members_permission = needs(AccountAction.ADD_GROUP_MEMBERS)
    has_remove_members_permission = needs(AccountAction.REMOVE_GROUP_MEMBERS)

    @admin.action(description=_("Add to a customer group"), permissions=["add_members"])
    def add_to_group(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        return self.bulk_page(request, queryset, AddToGroupForm)

    @admin.action(description=_("Remove from a customer group"), permissions=["remove_members"])
    def remove_from_group(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        return self.bulk_page(request, queryset, RemoveFromGroupForm)


class MembershipInline(TabularInline):
    """The groups of a customer, on their page."""

    model = CustomerGroupMembership
    fields = ("group", "since", "source")
    readonly_fields = ("since", "source")
    ordering = ("-since", "-id")
    verbose_name_plural = _("customer groups")


class AddMembersForm(StepForm):
    title = _("Add members")
    submit = _("Add to the group")
    intro = _("To choose from a search instead, mark people on the list of people and take the action there.")

    people = forms.CharField(
        label=_("Customers"),
        help_text=_("E-mail addresses or usernames, one a line."),
        widget=UnfoldAdminTextareaWidget({"rows": 8, "dir": "ltr", "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_people(self) -> list[User]:
        """Whom the lines name; every line has to name somebody."""
        typed = list(dict.fromkeys(filter(None, (line.strip() for line in self.cleaned_data["people"].splitlines()))))
        if len(typed) > _MOST_TYPED:
            message = _("Give %(count)d lines at most.") % {"count": _MOST_TYPED}
            raise forms.ValidationError(message)
        found = people_called(typed)
        if unknown := [login for login in typed if login not in found]:
            named = ", ".join(unknown[:_NAMED]) + ("…" if len(unknown) > _NAMED else "")
            raise forms.ValidationError(_("There is no such customer: %(named)s") % {"named": named})
        return list({person.pk: person for person in found.values()}.values())

    def take(self, *, actor: User) -> Any:
        people = self.cleaned_data["people"]
        added = add_members(group_id=self.target.pk, customer_ids=[person.pk for person in people])
        return ngettext("%(count)d customer was added.", "%(count)d customers were added.", added) % {"count": added}

    def show(self, error: Any) -> bool:
        if isinstance(error, InvalidInput) or error.field == "customer_ids":
            self.add_error("people", str(error))
            return True
        return super().show(error)


@admin.register(CustomerGroup)
class CustomerGroupAdmin(StepsMixin, TranslatedAdmin):
    list_display = ("name", "code", "members_shown")
    search_fields = ("name_en", "name_fr", "name_ar", "code")
    search_help_text = _("Name in any language, or code")
    prepopulated_fields = {"code": ("name_en",)}
    readonly_fields = ("latest_members",)
    ordering = ("code",)
    fieldsets = [(None, {"fields": ["code", "latest_members"]}), *language_tabs("name", "description")]
    actions_detail = ("add_members",)
    has_add_members_permission = needs(AccountAction.ADD_GROUP_MEMBERS)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CustomerGroup]:
        return groups_with_counts()

    def get_fieldsets(self, request: HttpRequest, obj: CustomerGroup | None = None) -> Any:
        shown = obj is not None and holds(request.user, AccountAction.VIEW_GROUP_MEMBERS)
        return [(None, {"fields": ["code", "latest_members"] if shown else ["code"]}), *self.fieldsets[1:]]

    def possible_steps(self, obj: CustomerGroup) -> set[str]:
        return {"add_members"}

    @action(description=_("Add members"), permissions=["add_members"], icon="group_add", variant=ActionVariant.PRIMARY)
    def add_members(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.step_page(request, object_id, "add_members", AddMembersForm)

    @display(description=_("Members"), ordering="member_count")
    def members_shown(self, obj: CustomerGroup) -> SafeString | str:
        address = reverse("admin:accounts_user_changelist", query={CustomerGroupFilter.parameter_name: obj.code})
        return format_html('<a href="{}" class="text-link">{}</a>', address, obj.member_count)

    @display(description=_("Latest members"))
    def latest_members(self, obj: CustomerGroup) -> SafeString | str:
        latest = memberships_of(obj.pk)[:_SHOWN_MEMBERS]
        listed = format_html_join("", "<li>{}</li>", ((link_to(one.customer),) for one in latest))
        if not listed:
            return "–"
        every = reverse("admin:accounts_user_changelist", query={CustomerGroupFilter.parameter_name: obj.code})
        link = format_html(
            '<li><a href="{}" class="text-link">{} ({})</a></li>', every, _("All members"), obj.member_count
        )
        return format_html('<ul class="souk-list">{}{}</ul>', listed, link)


@admin.register(CustomerGroupMembership)
class CustomerGroupMembershipAdmin(ReadOnlyAdmin):
    """Who is in which group since when; reached from a group. Members are added and removed elsewhere."""

    list_display = ("customer", "group", "since", "source")
    list_display_links = ("customer",)
    list_select_related = ("customer", "group")
    list_filter = (("group", RelatedDropdownFilter), ("since", DayRangeFilter))
    search_fields = ("customer__email__istartswith", "customer__username__istartswith")
    search_help_text = _("E-mail or username")
    ordering = ("-since", "-id")
    fields = (("customer", "group"), ("since", "source"))
