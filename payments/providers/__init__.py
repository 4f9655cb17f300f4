"""The ways to pay, registered by dotted path in settings.PAYMENT_PROVIDERS."""

from payments.providers.base import PaymentProvider
from payments.providers.registry import available_providers, find_provider, get_provider

__all__ = ["PaymentProvider", "available_providers", "find_provider", "get_provider"]
