from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    error_codes = "accounts.error_codes"
    verbose_name = _("Accounts")

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
