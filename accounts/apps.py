from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from accounts.sessions import browser_came_in, browser_went  # noqa: PLC0415 - models are loaded only now

        user_logged_in.connect(browser_came_in, dispatch_uid="accounts.browser_came_in")
        user_logged_out.connect(browser_went, dispatch_uid="accounts.browser_went")
