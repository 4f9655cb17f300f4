"""Finds providers by their code."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from core.errors import InvalidInput
from core.money import Money
from payments.providers.base import OnlineProvider, PaymentProvider


@cache
def _providers(paths: tuple[str, ...]) -> dict[str, PaymentProvider]:
    loaded: list[PaymentProvider] = [import_string(path)() for path in paths]
    return {provider.code: provider for provider in loaded}


def available_providers(total: Money) -> list[PaymentProvider]:
    """The ways in which an order of this total can be paid, in the order of the settings."""
    return [one for one in _providers(tuple(settings.PAYMENT_PROVIDERS)).values() if one.accepts(total)]


def find_provider(code: str) -> PaymentProvider | None:
    """The provider of this code, or None: imported orders were paid in ways that this shop may not have."""
    return _providers(tuple(settings.PAYMENT_PROVIDERS)).get(code)


def find_online(code: str) -> OnlineProvider | None:
    """The provider of this code as one that can be asked; None if the shop has none such or it settles by hand."""
    provider = find_provider(code)
    return provider.online if provider else None


def online_codes() -> list[str]:
    """The codes of the providers that can be asked."""
    return [code for code, one in _providers(tuple(settings.PAYMENT_PROVIDERS)).items() if one.online]


def get_provider(code: str) -> PaymentProvider:
    """The provider of this code. Raises InvalidInput if the shop has none such."""
    provider = find_provider(code)
    if provider is None:
        message = _("Not one of the ways to pay that this cart can have.")
        raise InvalidInput(message, code="unknown_payment_provider", field="payment_provider")
    return provider
