"""The ways to pay, registered by dotted path in settings.PAYMENT_PROVIDERS."""

from payments.providers.base import (
    InvalidEvent,
    KeyOutcome,
    NextAction,
    OnlineProvider,
    PaymentProvider,
    PaymentQuestion,
    ProviderDeclined,
    ProviderEvent,
    ProviderPayment,
    ProviderRequest,
    ProviderResult,
    ProviderState,
    ProviderUnavailable,
    Started,
    StartRequest,
)
from payments.providers.registry import available_providers, find_online, find_provider, get_provider, online_codes

__all__ = [
    "InvalidEvent",
    "KeyOutcome",
    "NextAction",
    "OnlineProvider",
    "PaymentProvider",
    "PaymentQuestion",
    "ProviderDeclined",
    "ProviderEvent",
    "ProviderPayment",
    "ProviderRequest",
    "ProviderResult",
    "ProviderState",
    "ProviderUnavailable",
    "StartRequest",
    "Started",
    "available_providers",
    "find_online",
    "find_provider",
    "get_provider",
    "online_codes",
]
