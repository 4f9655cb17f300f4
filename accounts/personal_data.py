"""The account of a person, and all that opens it."""

from collections.abc import Iterable
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext_lazy as _
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts.consents import consents_of, record_consents
from accounts.models import (
    Address,
    Consent,
    CustomerGroupMembership,
    ExternalIdentity,
    LoginSession,
    ProofCode,
    SecurityEvent,
    Signup,
    User,
)
from accounts.security import record_erasure
from accounts.sessions import end_other_sessions
from audit.services import redact_changes
from core import clock
from core.db.locking import lock_rows
from core.errors import DomainError
from core.models import IdempotentRequest
from core.personal_data import Person, PersonalData, Row

_PROFILE = (
    "id",
    "email",
    "username",
    "first_name",
    "last_name",
    "company",
    "phone",
    "date_of_birth",
    "preferred_language",
    "preferred_currency",
    "date_joined",
    "last_login",
)
_PERSONAL = ("email", "username", "first_name", "last_name", "company", "phone", "date_of_birth")
_ADDRESS = (
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
# What the audit has of rows that belong to a person, by their kind.
_RECORDED_PARTS = {
    "accounts.address": tuple(name for name in _ADDRESS if not name.startswith("is_default")),
    "accounts.externalidentity": ("subject",),
    "account.emailaddress": ("email",),
}


class StaffStay(DomainError):
    """The books name colleagues as who did what, so they leave the staff first."""

    code = "staff_account"
    message = _("This account belongs to staff. It can be erased when it no longer does.")


class AccountOfPerson(PersonalData):
    """The row stays without a name, closed, because orders point to it; everything else of the account goes.

    The answers to what may be sent stay as proof, and say no from now on.
    """

    def sections(self, person: Person) -> Iterable[tuple[str, Iterable[Row]]]:
        mine = {"user": person.id}
        yield "profile", User.objects.filter(pk=person.id).values(*_PROFILE)
        yield "email_addresses", EmailAddress.objects.filter(**mine).values("email", "verified", "primary")
        yield "addresses", Address.objects.filter(**mine).order_by("id").values(*_ADDRESS).iterator()
        groups = CustomerGroupMembership.objects.filter(customer=person.id).order_by("since", "id")
        yield "customer_groups", groups.values("group__code", "group__name", "since", "source").iterator()
        answers = Consent.objects.filter(**mine).order_by("created_at", "id")
        yield "consents", answers.values("purpose", "granted", "created_at", "door", "text_version").iterator()
        sessions = LoginSession.objects.filter(**mine).order_by("created_at", "id")
        yield "sessions", sessions.values("kind", "user_agent", "address", "created_at", "last_seen_at").iterator()
        happened = SecurityEvent.objects.filter(**mine).order_by("created_at", "id")
        yield "security_events", happened.values("kind", "door", "address", "device", "created_at").iterator()
        yield "external_log_ins", ExternalIdentity.objects.filter(**mine).values("issuer", "subject", "created_at")

    def lock_for_erasure(self, person: Person) -> None:
        if any(user.is_staff for user in lock_rows(User.objects.filter(pk=person.id), no_key=True)):
            raise StaffStay

    def erase(self, person: Person) -> None:
        user = User.objects.get(pk=person.id)
        agreed = consents_of(user)
        record_consents(user=user, answers=dict.fromkeys(agreed, False))
        end_other_sessions(user=user, current=None)
        for model in (Address, Authenticator, EmailAddress, ExternalIdentity, OutstandingToken, ProofCode):
            _rows(model, user).delete()
        CustomerGroupMembership.objects.filter(customer=user).delete()
        Signup.objects.filter(email=user.email).delete()
        IdempotentRequest.objects.filter(caller=f"user:{user.pk}").delete()
        # Django's log of the admin names what was changed as it was called then.
        people = ContentType.objects.get_for_model(User)
        LogEntry.objects.filter(content_type=people, object_id=str(user.pk)).update(object_repr="", change_message="")
        _anonymise(user)
        record_erasure(user)
        redact_changes(model="accounts.user", object_ids=[user.pk], columns=_PERSONAL)
        for model, columns in _RECORDED_PARTS.items():
            redact_changes(model=model, parent_ids=[user.pk], columns=columns)


def _rows(model: Any, user: User) -> Any:
    return model.objects.filter(user=user)


def _anonymise(user: User) -> None:
    user.email = user.username = user.date_of_birth = user.last_login = None
    user.first_name = user.last_name = user.company = user.phone = user.preferred_currency = ""
    user.is_active = user.is_superuser = False
    user.erased_at = clock.now()
    user.set_unusable_password()
    user.save()
    user.groups.clear()
    user.user_permissions.clear()
