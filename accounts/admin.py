"""People: customers and staff, with their address books; groups of permissions."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin as BaseGroupAdmin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import ManyToManyField, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from unfold.admin import StackedInline
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.forms import AdminPasswordChangeForm, UserChangeForm
from unfold.widgets import UnfoldAdminSelect2MultipleWidget, UnfoldAdminSelectWidget

from accounts.actions import AccountAction
from accounts.erasure import erase_person
from accounts.groups.admin import (
    CustomerGroupAdmin,
    CustomerGroupFilter,
    CustomerGroupMembershipAdmin,
    GroupActionsMixin,
    MembershipInline,
)
from accounts.models import Address, Consent, ExternalIdentity, SecurityEvent, User
from accounts.selectors import name_of, people_matching
from accounts.services import (
    follow_email_change,
    remove_second_factor,
    send_reset_link,
    tell_password_set_by_staff,
)
from accounts.usernames import normalise_username
from core.admin import (
    ChoicesDropdownFilter,
    DayRangeFilter,
    OneChosenForm,
    OneChosenFormSet,
    ReadOnly,
    ReadOnlyAdmin,
    SoukAdmin,
    StepForm,
    StepsMixin,
    TabularInline,
    coloured,
    needs,
)
from core.admin.bulk import BulkMixin
from core.i18n import countries
from core.i18n.currencies import sold_choices
from core.staff import holds
from core.templatetags.shop import money
from core.text.emails import normalise_email
from core.web.form_fields import MailAddressField
from orders.models import Order

__all__ = ["CustomerGroupAdmin", "CustomerGroupMembershipAdmin", "UserAdmin"]
_SHOWN_ORDERS = 5

# Tokens and the secrets of authenticator apps are as good as passwords: nobody needs to read them.
admin.site.unregister(Authenticator)
admin.site.unregister(OutstandingToken)
admin.site.unregister(BlacklistedToken)
admin.site.unregister(EmailAddress)
admin.site.unregister(Group)


class OptionalUsernameField(UsernameField):
    """Django's field, which cannot read that there is no username."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(value) if forms.CharField.to_python(self, value) else self.empty_value


_LOGIN_FIELDS: dict[str, type[forms.Field]] = {"email": MailAddressField, "username": OptionalUsernameField}


class SoldCurrencyForm(forms.ModelForm):
    """Offers the currencies that the shop sells in, and the one that a person has already."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "preferred_currency" in self.fields:
            self.fields["preferred_currency"] = forms.ChoiceField(
                label=User._meta.get_field("preferred_currency").verbose_name,
                choices=_with(sold_choices(), self.instance.preferred_currency),
                required=False,
                widget=UnfoldAdminSelectWidget,
            )


def _with(choices: list[tuple[str, str]], held: str) -> list[tuple[str, str]]:
    return choices if held in dict(choices) else [*choices, (held, held)]


class LoginNames(SoldCurrencyForm):
    """E-mail and username may be missing: such a customer has no log-in. What is there is unique."""

    def clean_email(self) -> str | None:
        return self.cleaned_data["email"] or None

    def clean_username(self) -> str | None:
        """A username that was the account's address goes on being it."""
        username = normalise_username(self.cleaned_data["username"] or "") or None
        email = self.cleaned_data.get("email", self.instance.email)
        was_address = "username" not in self.changed_data and username == self.initial.get("email")
        return email if username and (was_address or normalise_email(username) == email) else username


class PersonForm(LoginNames, UserChangeForm):
    class Meta:
        model = User
        fields = (
            "first_name",
            "last_name",
            "email",
            "username",
            "company",
            "phone",
            "preferred_language",
            "preferred_currency",
            "date_of_birth",
            "password",
            "is_active",
            "is_staff",
            "is_superuser",
            "groups",
            "user_permissions",
        )
        field_classes = _LOGIN_FIELDS


class NewPersonForm(LoginNames):
    """Somebody new, without a password: staff sends a link with which the person sets one."""

    def save(self, commit: bool = True) -> User:
        self.instance.set_unusable_password()
        user: User = super().save(commit)
        return user

    class Meta:
        model = User
        fields = ("email", "username", "first_name", "last_name", "company", "phone", "preferred_language")
        field_classes = _LOGIN_FIELDS


class AddressForm(OneChosenForm):
    flags = frozenset({"is_default_shipping", "is_default_billing"})

    country = forms.ChoiceField(label=_("Country"), choices=countries.choices, widget=UnfoldAdminSelectWidget())

    class Meta:
        model = Address
        fields = (
            "full_name",
            "company",
            "line1",
            "line2",
            "postal_code",
            "city",
            "region",
            "country",
            "phone",
            "is_default_shipping",
            "is_default_billing",
        )


class AddressFormSet(OneChosenFormSet):
    one_of = {
        "is_default_shipping": _("Choose one address as the default for delivery."),
        "is_default_billing": _("Choose one address as the default for invoices."),
    }


class AddressInline(StackedInline):
    model = Address
    form = AddressForm
    formset = AddressFormSet
    extra = 0
    tab = True
    fields = (
        ("full_name", "company"),
        ("line1", "line2"),
        ("postal_code", "city"),
        ("region", "country"),
        "phone",
        ("is_default_shipping", "is_default_billing"),
    )


class ConsentInline(ReadOnly, TabularInline):
    """What somebody agreed to, when, and where; only they themselves answer."""

    model = Consent
    fields = ("purpose", "granted", "created_at", "door", "text_version")
    readonly_fields = fields
    ordering = ("-created_at", "-id")


class ColleaguesPasswordForm(AdminPasswordChangeForm):
    """A password that a superuser sets for a colleague, who is told by mail."""

    def save(self, commit: bool = True) -> User:
        user: User = super().save(commit)
        tell_password_set_by_staff(user=user)
        return user


class EraseForm(StepForm):
    title = _("Erase personal data")
    submit = _("Erase everything")
    intro = _("Names, addresses, log-ins and carts go for good; orders keep their lines and amounts, without the name.")
    danger = True

    def take(self, *, actor: User) -> Any:
        erase_person(user_id=self.target.pk)
        return _("The personal data are erased.")


class ResetLinkForm(StepForm):
    title = _("Send a link for a new password")
    submit = _("Send the link")
    intro = _("A mail in the customer's language has a link with which they choose a password that only they know.")

    def take(self, *, actor: User) -> Any:
        send_reset_link(user_id=self.target.pk)
        return _("The link is on its way to the customer's e-mail address.")


class SecondFactorForm(StepForm):
    title = _("Remove the two-step log-in")
    submit = _("Remove it")
    intro = _("The password alone opens the account until they set it up again. Make sure first who asks for it.")
    danger = True

    def take(self, *, actor: User) -> Any:
        remove_second_factor(user_id=self.target.pk)
        return _("The two-step log-in is removed. A mail tells the owner.")


@admin.register(User)
class UserAdmin(StepsMixin, GroupActionsMixin, BulkMixin, BaseUserAdmin, SoukAdmin):
    form = PersonForm
    actions = ("add_to_group", "remove_from_group")
    actions_detail = ("send_reset_link", "remove_second_factor", "erase")
    has_erase_permission = needs(AccountAction.ERASE_CUSTOMER)
    add_form = NewPersonForm
    change_password_form = ColleaguesPasswordForm
    inlines = (AddressInline, MembershipInline, ConsentInline)
    list_display = ("person", "company", "phone", "preferred_language", "role", "is_active", "date_joined")
    list_display_links = ("person",)
    list_filter = ("is_staff", "is_active", "groups", CustomerGroupFilter)
    # Shows the box; get_search_results() searches.
    search_fields = ("email",)
    search_help_text = _("E-mail, username, name or company")
    ordering = ("-date_joined", "-id")
    readonly_fields = ("last_login", "date_joined", "reset_link_sent_at", "recent_orders")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("first_name", "last_name"),
                    ("email", "username"),
                    ("company", "phone"),
                    ("preferred_language", "preferred_currency"),
                    "date_of_birth",
                    "password",
                )
            },
        ),
        (_("Orders"), {"fields": ("recent_orders",)}),
        (
            _("Permissions"),
            {"fields": (("is_active", "is_staff"), "is_superuser", "groups", "user_permissions")},
        ),
        (_("Important dates"), {"fields": (("last_login", "date_joined"), "reset_link_sent_at")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    ("email", "username"),
                    ("first_name", "last_name"),
                    ("company", "phone"),
                    "preferred_language",
                )
            },
        ),
    )

    filter_horizontal = ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        return (people_matching(queryset, search_term) if search_term.strip() else queryset), False

    def formfield_for_manytomany(self, db_field: ManyToManyField, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        field.widget = UnfoldAdminSelect2MultipleWidget(choices=field.choices)
        return field

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Who may change people may not thereby give permissions to anybody, nor come into a customer's account."""
        fields = tuple(super().get_readonly_fields(request, obj))
        if request.user.is_superuser:
            return fields
        if obj is not None and not holds(request.user, AccountAction.CHANGE_CUSTOMER_EMAIL):
            fields = (*fields, "email")
        return (*fields, "is_staff", "is_superuser", "groups", "user_permissions")

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if _may_set_password(request, obj):
            return fieldsets
        return [
            (name, {**options, "fields": tuple(field for field in options["fields"] if field != "password")})
            for name, options in fieldsets
        ]

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        """A colleague's only, by a superuser: whoever knows a customer's password can order in their name."""
        if not _may_set_password(request, self.get_object(request, unquote(id))):
            raise PermissionDenied
        return super().user_change_password(request, id, form_url)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        old_email = User.objects.values_list("email", flat=True).get(pk=obj.pk) if change else None
        super().save_model(request, obj, form, change)
        if obj.email != old_email:
            follow_email_change(user=obj, old_email=old_email)

    def possible_steps(self, obj: User) -> set[str]:
        steps = set() if obj.is_staff or obj.erased_at else {"erase"}
        if obj.email and obj.is_active:
            steps.add("send_reset_link")
        return steps | {"remove_second_factor"} if is_mfa_enabled(obj) else steps

    def has_send_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Who may change the person: customers, and colleagues only for superusers."""
        return self.has_change_permission(request, self.get_object(request, str(object_id)) if object_id else None)

    @action(description=_("Send a link for a new password"), permissions=["send"], icon="lock_reset")
    def send_reset_link(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.step_page(request, object_id, "send_reset_link", ResetLinkForm)

    def has_unlock_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Nobody unlocks their own account, and only superusers another superuser's."""
        if not holds(request.user, AccountAction.REMOVE_SECOND_FACTOR) or str(request.user.pk) == str(object_id):
            return False
        person = self.get_object(request, str(object_id)) if object_id else None
        return request.user.is_superuser or not (person and person.is_superuser)

    @action(
        description=_("Remove the two-step log-in"),
        permissions=["unlock"],
        icon="phonelink_erase",
        variant=ActionVariant.WARNING,
    )
    def remove_second_factor(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.step_page(request, object_id, "remove_second_factor", SecondFactorForm)

    @action(
        description=_("Erase personal data"), permissions=["erase"], icon="person_off", variant=ActionVariant.DANGER
    )
    def erase(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.step_page(request, object_id, "erase", EraseForm)

    @display(description=_("Person"), header=True, ordering="last_name")
    def person(self, obj: User) -> list[str]:
        name, login = str(obj), obj.email or obj.username or ""
        return [name, login if login != name else "", name[:1]]

    @display(description=_("Role"))
    def role(self, obj: User) -> SafeString | str:
        return coloured(_("Staff"), "primary") if obj.is_staff else "–"

    @display(description=_("Latest orders"))
    def recent_orders(self, obj: User) -> SafeString | str:
        orders = list(Order.objects.filter(customer=obj).order_by("-placed_at")[: _SHOWN_ORDERS + 1])
        if not orders:
            return "–"
        rows = (
            (reverse("admin:orders_order_change", args=[order.pk]), order.number, money(order.total), str(label))
            for order in orders[:_SHOWN_ORDERS]
            if (label := order.get_status_display())
        )
        listed = format_html_join("", '<li><a href="{}" class="text-link">{}</a> · {} · {}</li>', rows)
        if len(orders) > _SHOWN_ORDERS:
            every = reverse("admin:orders_order_changelist", query={"customer__id__exact": obj.pk})
            listed += format_html('<li><a href="{}" class="text-link">{}</a></li>', every, _("All orders"))
        return format_html('<ul class="souk-list">{}</ul>', listed)


def _may_touch(request: HttpRequest, person: User | None) -> bool:
    """Only superusers change staff: whoever sets a colleague's password has the colleague's permissions."""
    return person is None or request.user.is_superuser or not (person.is_staff or person.is_superuser)


def _may_set_password(request: HttpRequest, person: User | None) -> bool:
    return bool(request.user.is_superuser and person and person.is_staff)


class SuperusersWrite:
    """For rows by which permissions or whole accounts are given: nobody else gives them, whatever they may do."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)


@admin.register(Group)
class GroupAdmin(SuperusersWrite, BaseGroupAdmin, SoukAdmin):
    """The roles of staff, and groups of the shop's own."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        return super().get_queryset(request).order_by("name")


@admin.register(EmailAddress)
class EmailAddressAdmin(ReadOnlyAdmin):
    """Which addresses are verified; reached by its address. An address is changed on its customer's page."""

    list_display = ("email", "user", "primary", "verified")
    list_filter = ("primary", "verified")
    list_select_related = ("user",)
    search_fields = ("email__istartswith",)
    ordering = ("email",)
    fields = ("user", "email", ("primary", "verified"))


@admin.register(SecurityEvent)
class SecurityEventAdmin(ReadOnlyAdmin):
    """What happened to the ways into the shop, of everybody and of nobody that is known."""

    list_display = ("created_at", "kind", "user", "by", "door", "address", "device")
    list_display_links = ("created_at",)
    list_select_related = ("user",)
    list_filter = (
        ("kind", ChoicesDropdownFilter),
        ("door", ChoicesDropdownFilter),
        ("created_at", DayRangeFilter),
    )
    search_fields = (
        "user__email__istartswith",
        "user__username__istartswith",
        "address__startswith",
        "request_id__exact",
    )
    search_help_text = _("E-mail, username, network address or request")
    ordering = ("-created_at", "-id")
    fields = (("created_at", "kind"), ("user", "by"), ("door", "request_id"), ("address", "device"))
    readonly_fields = ("by",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SecurityEvent]:
        return super().get_queryset(request).annotate(actor_name=name_of("actor_id"))

    @display(description=_("by"))
    def by(self, obj: SecurityEvent) -> str:
        """The member of the staff who did it, if it was not the owner."""
        return obj.actor_name or "–"


@admin.register(ExternalIdentity)
class ExternalIdentityAdmin(SoukAdmin):
    """Links people to their names at the token issuer; such a link opens an account, so only superusers make it."""

    list_display = ("subject", "issuer", "user", "created_at")
    list_select_related = ("user",)
    search_fields = ("subject", "user__email__istartswith")
    autocomplete_fields = ("user",)
    ordering = ("-created_at", "-id")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: ExternalIdentity | None = None) -> bool:
        return bool(request.user.is_superuser)

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission
