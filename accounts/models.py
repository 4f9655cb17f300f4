"""People: shoppers, staff, and customers who came with imported orders and have no log-in."""

from datetime import date
from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.devices import device_name
from accounts.errors import UsernameIsAddress
from accounts.groups.models import CustomerGroup, CustomerGroupMembership
from accounts.passwords import normalise_password, spellings_of_password
from accounts.person_words import PersonWords
from accounts.usernames import Nfkc, UsernameKey, normalise_username, validate_username
from core import clock
from core.context import Door
from core.db.ids import UUID7Field
from core.db.updated_at import moved_by_changes
from core.i18n.addresses import PostalAddress
from core.i18n.currencies import DECIMALS
from core.models import BaseModel, OriginModel
from core.text.emails import normalise_email
from core.text.names import validate_person_name

__all__ = [
    "Address", "Consent", "CustomerGroup", "CustomerGroupMembership", "ExternalIdentity", "LoginSession", "ProofCode",
    "SecurityEvent", "Signup", "User", "UserManager", "validate_currency", "validate_date_of_birth",
]  # fmt: skip
_OLDEST = 130

_NAME = [validate_person_name]


def validate_date_of_birth(born: date) -> None:
    """Raises ValidationError for the future, and for an age that nobody reaches."""
    today = timezone.localdate(clock.now())
    if not today.replace(year=today.year - _OLDEST, day=1) <= born <= today:
        raise ValidationError(_("Please enter a date of birth in the past."), code="impossible_date_of_birth")


def validate_currency(code: str) -> None:
    """Raises ValidationError for what ISO 4217 does not know."""
    if code not in DECIMALS:
        raise ValidationError(_("Please choose a currency."), code="unknown_currency")


class UserManager(BaseUserManager["User"]):
    """Makes users whose e-mail is lower case, so that one person has one account."""

    def create_user(self, *, email: str, username: str, password: str | None = None, **extra: Any) -> "User":
        user = self.model(email=email, username=username, **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, *, email: str, username: str, password: str | None = None, **extra: Any) -> "User":
        """Raises ValidationError for names that no account may have; the command `createsuperuser` tells it."""
        user = self.model(email=email, username=username, **extra | {"is_staff": True, "is_superuser": True})
        user.set_password(password)
        user.normalise_login_names()
        user.full_clean(exclude={"password"})
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username=username)


class User(BaseModel, OriginModel, AbstractBaseUser, PermissionsMixin):
    """A person. Without e-mail and username there is no way to log in (imported customers)."""

    username = models.CharField(
        _("username"),
        max_length=150,
        unique=True,
        null=True,
        blank=True,
        validators=[validate_username],
        error_messages={"unique": _("A user with that username already exists.")},
    )
    email = models.EmailField(_("e-mail address"), null=True, blank=True)
    first_name = models.CharField(_("first name"), max_length=150, blank=True, db_default="", validators=_NAME)
    last_name = models.CharField(_("last name"), max_length=150, blank=True, db_default="", validators=_NAME)
    company = models.CharField(_("company"), max_length=200, blank=True, db_default="")
    phone = models.CharField(_("phone"), max_length=40, blank=True, db_default="")
    preferred_language = models.CharField(
        _("preferred language"), max_length=2, choices=settings.LANGUAGES, default="en", db_default="en"
    )
    preferred_currency = models.CharField(
        _("preferred currency"), max_length=3, blank=True, default="", db_default="", validators=[validate_currency]
    )
    date_of_birth = models.DateField(_("date of birth"), null=True, blank=True, validators=[validate_date_of_birth])
    is_staff = models.BooleanField(_("staff"), default=False, db_default=False)
    is_active = models.BooleanField(_("active"), default=True, db_default=True)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)
    # Kept in the row so that the audit shows which member of the staff sent it.
    reset_link_sent_at = models.DateTimeField(
        _("link for a new password sent by staff"), null=True, blank=True, editable=False
    )
    erased_at = models.DateTimeField(_("personal data erased"), null=True, blank=True, editable=False)

    objects = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    class Meta(OriginModel.Meta):
        verbose_name = _("user")
        verbose_name_plural = _("users")
        permissions: ClassVar[list[tuple[str, Any]]] = [
            ("unlock_user", "Can remove a second factor that was lost"),
            # Whoever has the mailbox can set a new password, so this is more than a change of a name.
            ("readdress_user", "Can change a customer's e-mail address"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *OriginModel.Meta.constraints,
            # A plain index, which log-in can use: the CHECK below leaves one way to write an address.
            models.UniqueConstraint(
                fields=["email"],
                name="accounts_user_email_unique",
                violation_error_message=_("A user with that e-mail address already exists."),
            ),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="accounts_user_email_lower"),
            models.UniqueConstraint(
                UsernameKey("username"),
                name="accounts_user_username_spelling",
                violation_error_message=_("A user with that username already exists."),
            ),
            models.CheckConstraint(condition=Q(username=Nfkc("username")), name="accounts_user_username_nfkc"),
            # So no username is ever another account's address, nor one that somebody may sign up with later.
            models.CheckConstraint(
                condition=~Q(username__contains="@") | Q(email__isnull=False, username=F("email")),
                name="accounts_user_username_own_address",
                violation_error_message=UsernameIsAddress.message,
            ),
            models.CheckConstraint(condition=~Q(email="") & ~Q(username=""), name="accounts_user_login_null_not_empty"),
            models.CheckConstraint(
                condition=Q(preferred_currency="") | Q(preferred_currency__regex="^[A-Z]{3}$"),
                name="accounts_user_preferred_currency_iso",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            GinIndex(PersonWords(), name="accounts_user_folded_words"),
            models.Index(fields=["updated_at", "id"], name="accounts_user_changed"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            # A username that is the account's address stays it.
            pgtrigger.Trigger(
                name="username_follows_email",
                operation=pgtrigger.UpdateOf("email"),  # type: ignore[no-untyped-call]
                when=pgtrigger.Before,
                condition=pgtrigger.Condition(
                    "OLD.username = OLD.email AND NEW.username = OLD.email AND NEW.email IS DISTINCT FROM OLD.email"
                ),
                func="NEW.username = NEW.email; RETURN NEW;",
            ),
            moved_by_changes(unless_only=("last_login", "password", "reset_link_sent_at")),
            # Whoever closes an account, by whatever way: opened again, it does not open its old log-ins.
            pgtrigger.Trigger(
                name="closed_logs_out",
                operation=pgtrigger.UpdateOf("is_active"),  # type: ignore[no-untyped-call]
                when=pgtrigger.After,
                condition=pgtrigger.Q(old__is_active=True, new__is_active=False),
                func="DELETE FROM accounts_loginsession WHERE user_id = NEW.id; RETURN NULL;",
            ),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.company or self.email or self.username or str(self.pk)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.normalise_login_names()
        super().save(*args, **kwargs)

    def normalise_login_names(self) -> None:
        """Write e-mail address and username in their one spelling; neither is empty, but None."""
        self.email = normalise_email(self.email or "") or None
        self.username = normalise_username(self.username or "") or None
        if self.username and "@" in self.username and normalise_email(self.username) == self.email:
            self.username = self.email

    def set_password(self, raw_password: str | None) -> None:
        """Keep the hash of a password in NFKC, so that it is the same from every keyboard."""
        super().set_password(raw_password if raw_password is None else normalise_password(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        """Whether it is theirs, however its letters and marks are composed.

        A password from before passwords were normalised is looked for as it was typed then: as now, composed or not.
        """
        if raw_password is None:
            return False
        return any(super(User, self).check_password(spelling) for spelling in spellings_of_password(raw_password))

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        return self.first_name or self.get_full_name()


class Signup(models.Model):
    """What somebody asked an account with: no account yet, until they follow the link that went to the address.

    It is kept whether or not the address has an account, so that neither answer, time nor later attempts tell.
    """

    id = UUID7Field()
    # Of the link's key a hash: whoever reads the table opens nothing.
    key_digest = models.CharField(max_length=64, unique=True)
    email = models.EmailField()
    username = models.CharField(max_length=150)
    password = models.CharField(max_length=128)
    preferred_language = models.CharField(max_length=2, choices=settings.LANGUAGES)
    details = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="accounts_signup_email_lower"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["email"], name="accounts_signup_email"),
            models.Index(fields=["expires_at"], name="accounts_signup_expires"),
        ]

    def __str__(self) -> str:
        return self.email


class ProofCode(models.Model):
    """A code that was mailed to somebody without a password, to confirm that it is them. One a person, the latest."""

    id = UUID7Field()
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="+")
    # Keyed with the shop's secret: whoever reads the table does not have the code.
    digest = models.CharField(max_length=64)
    failed = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.user_id)


class Address(BaseModel, OriginModel):
    """An entry of a person's address book."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="addresses", verbose_name=_("user"))
    full_name = models.CharField(_("full name"), max_length=200, validators=_NAME)
    company = models.CharField(_("company"), max_length=200, blank=True, db_default="")
    line1 = models.CharField(_("address"), max_length=200)
    line2 = models.CharField(_("address, second line"), max_length=200, blank=True, db_default="")
    city = models.CharField(_("city"), max_length=120)
    region = models.CharField(_("region or state"), max_length=120, blank=True, db_default="")
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True, db_default="")
    country = models.CharField(_("country"), max_length=2)
    phone = models.CharField(_("phone"), max_length=40, blank=True, db_default="")
    is_default_shipping = models.BooleanField(_("default for delivery"), default=False, db_default=False)
    is_default_billing = models.BooleanField(_("default for invoices"), default=False, db_default=False)

    class Meta(OriginModel.Meta):
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        ordering: ClassVar[list[str]] = ["-is_default_shipping", "created_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *OriginModel.Meta.constraints,
            models.CheckConstraint(condition=Q(country__regex="^[A-Z]{2}$"), name="accounts_address_country_iso"),
            models.UniqueConstraint(
                fields=["user"], condition=Q(is_default_shipping=True), name="accounts_address_one_default_shipping"
            ),
            models.UniqueConstraint(
                fields=["user"], condition=Q(is_default_billing=True), name="accounts_address_one_default_billing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.full_name}, {self.city} {self.country}"

    def as_postal(self) -> PostalAddress:
        """This entry as the value that carts and orders keep."""
        return PostalAddress.from_dict(vars(self))


class LoginSession(BaseModel):
    """A log-in that lasts: a browser, or a device that holds a refresh token. Whoever ends it deletes the row."""

    class Kind(models.TextChoices):
        BROWSER = "browser", _("Browser")
        API = "api", _("App")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="login_sessions", verbose_name=_("user"))
    kind = models.CharField(max_length=10, choices=Kind)
    # Of a browser its session's key, of a device the id of the refresh token that is good now.
    key = models.CharField(max_length=64, unique=True)
    # Differs as soon as the password does, which ends the log-ins made before.
    password_mark = models.CharField(max_length=64)
    user_agent = models.CharField(max_length=300, blank=True)
    address = models.GenericIPAddressField(null=True)
    last_seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["user", "-last_seen_at"], name="accounts_session_of_user"),
        ]

    def __str__(self) -> str:
        return self.device or str(self.pk)

    @property
    def device(self) -> str:
        """Browser and system by name, for people."""
        return device_name(self.user_agent)


class Consent(models.Model):
    """One answer to whether we may write to somebody for a purpose; the latest one counts, none is ever changed."""

    class Purpose(models.TextChoices):
        NEWSLETTER = "newsletter", _("Newsletter")
        MARKETING = "marketing", _("Personal offers")

    id = UUID7Field()
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="consents", verbose_name=_("user"))
    purpose = models.CharField(_("purpose"), max_length=16, choices=Purpose.choices)
    granted = models.BooleanField(_("agreed"))
    door = models.CharField(_("door"), max_length=16, choices=Door.choices)
    text_version = models.CharField(_("wording"), max_length=20)
    created_at = models.DateTimeField(_("when"), default=clock.now, db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(purpose__in=["newsletter", "marketing"]), name="accounts_consent_purpose_known"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["user", "purpose", "-created_at"], name="accounts_consent_latest"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update),
        ]

    def __str__(self) -> str:
        return self.get_purpose_display()


class SecurityEvent(models.Model):
    """Something that happened to the ways into an account. Rows are added and never changed.

    They go with their account, when the person is erased, and when accounts.security finds them old enough.
    """

    class Kind(models.TextChoices):
        LOGGED_IN = "logged_in", _("Logged in")
        LOG_IN_FAILED = "log_in_failed", _("Wrong password or code")
        LOCKED = "locked", _("Locked after too many attempts")
        LOGGED_OUT = "logged_out", _("Logged out")
        PASSWORD_CHANGED = "password_changed", _("Password changed")
        RESET_ASKED = "reset_asked", _("Asked for a new password")
        RESET_SENT = "reset_sent", _("Link for a new password sent by staff")
        PASSWORD_RESET = "password_reset", _("New password set by the mailed link")
        EMAIL_CHANGED = "email_changed", _("E-mail address changed")
        SECOND_FACTOR_ON = "second_factor_on", _("Two-step log-in switched on")
        SECOND_FACTOR_OFF = "second_factor_off", _("Two-step log-in switched off")
        SECOND_FACTOR_RESET = "second_factor_reset", _("Two-step log-in removed by staff")
        RECOVERY_CODE_USED = "recovery_code_used", _("Recovery code used")
        CODE_ASKED = "code_asked", _("Asked for a confirmation code")
        SESSION_ENDED = "session_ended", _("Device logged out from elsewhere")
        TOKEN_REUSED = "token_reused", _("Used-up refresh token presented")
        EXPORTED = "exported", _("Personal data taken")
        ERASED = "erased", _("Personal data erased")

    id = UUID7Field()
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, related_name="security_events", verbose_name=_("user")
    )
    kind = models.CharField(_("what"), max_length=24, choices=Kind.choices)
    # Somebody else than the owner: the member of the staff who did it. No foreign key, as rows are never changed.
    actor_id = models.UUIDField(_("by"), null=True, editable=False)
    door = models.CharField(_("door"), max_length=16, choices=Door.choices)
    request_id = models.CharField(_("request"), max_length=64, blank=True)
    address = models.GenericIPAddressField(_("network address"), null=True)
    device = models.CharField(_("device"), max_length=60, blank=True)
    created_at = models.DateTimeField(_("when"), default=clock.now, db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("security event")
        verbose_name_plural = _("security events")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["user", "-created_at"], name="accounts_security_of_user"),
            models.Index(fields=["-created_at"], name="accounts_security_latest"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update),
            # Looks when the transaction ends: only then is an account gone whose events went with it.
            pgtrigger.Trigger(
                name="kept",
                operation=pgtrigger.Delete,
                when=pgtrigger.After,
                timing=pgtrigger.Deferred,
                func="""
                    IF OLD.user_id IS NULL OR EXISTS (SELECT FROM accounts_user WHERE id = OLD.user_id) THEN
                        RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class ExternalIdentity(BaseModel):
    """Somebody's name at another issuer of tokens, which opens their account here."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="external_identities", verbose_name=_("user"))
    issuer = models.CharField(_("issuer"), max_length=255)
    subject = models.CharField(_("subject"), max_length=255)

    class Meta:
        verbose_name = _("external log-in")
        verbose_name_plural = _("external log-ins")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="accounts_externalidentity_one_person"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} @ {self.issuer}"
