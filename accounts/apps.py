from datetime import timedelta

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.utils.translation import gettext_lazy as _

from accounts.actions import AccountAction
from core.registry import (
    ALL,
    VIEW,
    WORK,
    Audited,
    BeatTask,
    MenuEntry,
    MenuSection,
    PersonalRows,
    RowLock,
    SoukAppConfig,
)

_OF_USER = Audited("accounts.user", "user_id")
_WORKS_BY_ITSELF = "the state of what works by itself, which has its own times and counts"


class AccountsConfig(SoukAppConfig):
    name = "accounts"
    verbose_name = _("Accounts")
    api_tags = {
        "auth": "Registration, tokens and passwords.",
        "users": "The account of the person who is logged in: profile, addresses, sessions and personal data.",
        "customers": "Customers, for staff who look them up.",
        "customer-groups": "Groups of customers and their members, for staff.",
    }
    pages = ("account/", "accounts.urls")
    api_routes = "accounts.routes.ROUTES"
    actions = AccountAction
    error_codes = "accounts.error_codes"
    # Last of all: the account names the person whose other rows are erased before.
    personal_data = PersonalRows("accounts.personal_data.AccountOfPerson", locks=RowLock.ACCOUNT)
    integrity_checks = ("accounts.groups.integrity.CUSTOMER_GROUPS",)
    data_imports = (
        "etl.loaders.customer.CUSTOMER_GROUP_LOADER",
        "etl.loaders.customer.CUSTOMER_LOADER",
        "etl.loaders.customer.ADDRESS_LOADER",
    )
    audited = {
        "auth.group": Audited(),
        "auth.group_permissions": Audited("auth.group", "group_id"),
        "user": Audited(),
        "user_groups": _OF_USER,
        "user_user_permissions": _OF_USER,
        "address": _OF_USER,
        "customergroup": Audited(),
        "customergroupmembership": Audited("accounts.customergroup", "group_id"),
        "externalidentity": _OF_USER,
        "account.emailaddress": _OF_USER,
    }
    unaudited = {
        "consent": "only added to, so that it is its own record",
        "securityevent": "only added to, so that it is its own record",
        "loginsession": _WORKS_BY_ITSELF,
        "proofcode": _WORKS_BY_ITSELF,
        "signup": _WORKS_BY_ITSELF,
    }
    roles = {
        "orders": {"user": VIEW, "address": VIEW, "customergroup": VIEW, "customergroupmembership": VIEW},
        "finance": {"user": VIEW, "address": VIEW, "customergroup": ALL, "customergroupmembership": ALL},
        "support": {
            "user": WORK,
            "address": ALL,
            "customergroup": VIEW,
            "customergroupmembership": ALL,
            "securityevent": VIEW,
        },
        "admin": {
            # Unlocking removes a second factor that somebody has lost. Whoever changes an address decides who can reset
            # a password, so support does not.
            "user": (*ALL, "unlock", "readdress"),
            "address": ALL,
            "customergroup": ALL,
            "customergroupmembership": ALL,
            "securityevent": VIEW,
            # Everything but making others staff, which only a superuser may.
            "auth.group": VIEW,
        },
    }
    menu_sections = (MenuSection("customers", _("Customers"), position=40),)
    menu = (
        MenuEntry("customers", _("People"), "group", "accounts.user"),
        MenuEntry("customers", _("Customer groups"), "groups", "accounts.customergroup"),
        MenuEntry("customers", _("Security events"), "shield_person", "accounts.securityevent"),
        MenuEntry("settings", _("Groups"), "lock_person", "auth.group", position=30),
    )
    beat_tasks = {
        "forget-expired-signups": BeatTask("accounts.tasks.forget_expired_signups", timedelta(days=1)),
        "prune-security-events": BeatTask("accounts.tasks.prune_security_events", timedelta(days=1)),
    }

    def ready(self) -> None:
        from allauth.account.signals import password_reset  # noqa: PLC0415 - models are loaded only now

        from accounts.guesses import forgive_guesses_of_owner  # noqa: PLC0415
        from accounts.known_devices import remember_device, remember_device_of_mailbox  # noqa: PLC0415
        from accounts.sessions import browser_came_in, browser_went  # noqa: PLC0415 - models are loaded only now

        user_logged_in.connect(browser_came_in, dispatch_uid="accounts.browser_came_in")
        user_logged_in.connect(remember_device, dispatch_uid="accounts.remember_device")
        password_reset.connect(remember_device_of_mailbox, dispatch_uid="accounts.remember_device")
        password_reset.connect(forgive_guesses_of_owner, dispatch_uid="accounts.forgive_guesses")
        user_logged_out.connect(browser_went, dispatch_uid="accounts.browser_went")
        _listen_for_security_events()


def _listen_for_security_events() -> None:
    from allauth.account import signals as account_signals  # noqa: PLC0415
    from allauth.mfa import signals as mfa_signals  # noqa: PLC0415

    from accounts import security  # noqa: PLC0415

    for signal, receiver in (
        (user_logged_in, security.logged_in),
        (user_logged_out, security.logged_out),
        (account_signals.password_changed, security.password_changed),
        (account_signals.password_set, security.password_changed),
        (account_signals.password_reset, security.password_reset),
        (account_signals.email_changed, security.email_changed),
        (mfa_signals.authenticator_added, security.authenticator_added),
        (mfa_signals.authenticator_removed, security.authenticator_removed),
        (mfa_signals.authenticator_used, security.authenticator_used),
        (mfa_signals.authentication_failed, security.code_failed),
    ):
        signal.connect(receiver, dispatch_uid=f"accounts.security.{receiver.__name__}")
