"""What a way to pay has to say of itself, and what one that is asked over the network can do.

Of the database providers know the shop's settings only; payments.services and payments.operations write. A provider
that collects online is asked outside of any transaction, each time with a key of the operation, so that asking again
has no second effect.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from django.utils.functional import Promise

from core.money import Money


class ProviderDeclined(Exception):
    """The provider refused for good: asking again with the same key gives the same answer.

    `code` is the provider's own, for machines; the message may be shown to staff and shoppers.
    """

    def __init__(self, code: str, message: str = "") -> None:
        self.code, self.message = code, message
        super().__init__(f"{code} {message}".strip())


class ProviderUnavailable(Exception):
    """No answer, a time-out, a fault at the provider's: the outcome is not known, so it is asked again later."""


class InvalidEvent(Exception):
    """A message that claims to come from the provider and does not prove it, or cannot be read."""


class ProviderState(StrEnum):
    """How far a payment is at its provider."""

    WAITING = "waiting"  # for the shopper
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRequest:
    """One thing to do. `key` makes it happen once; `reference` is the provider's own name of the payment."""

    payment_id: UUID
    reference: str
    amount: Money
    key: str
    timeout_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRequest(ProviderRequest):
    """A payment to begin; it has no reference yet. The shopper comes back to `return_url`."""

    order_number: str
    email: str
    language: str
    return_url: str


@dataclass(frozen=True, slots=True)
class NextAction:
    """Where the shopper goes on to pay: a whole https address."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A payment as it is after its start, with what the shopper has to do, if anything."""

    reference: str
    state: ProviderState
    next_action: NextAction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderResult:
    """Something that was done; `reference` is the provider's own name of it."""

    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyOutcome:
    """What became of the request with a key; a decline has the provider's code and message."""

    is_done: bool
    reference: str = ""
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentQuestion:
    """Which payment is asked about. Without a reference the provider finds it by our id, sent with its start."""

    payment_id: UUID
    reference: str
    timeout_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderPayment:
    """A payment as its provider has it: minor units of its currency, and what became of each key it has seen."""

    reference: str
    state: ProviderState
    captured_minor: int = 0
    refunded_minor: int = 0
    next_action: NextAction | None = None
    outcomes: Mapping[str, KeyOutcome] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderEvent:
    """News of a payment, by the provider's reference. What it is now is asked, so late and double news do no harm."""

    event_id: str
    reference: str


class PaymentProvider(ABC):
    """One way to pay. What is not an OnlineProvider settles by hand: staff records what happened.

    `code` is stored with payments; `confirms_order` says whether the shop starts to work before the money is
    there; `captured_at_delivery` whether it is collected at the door.
    """

    code: ClassVar[str]
    label: ClassVar[str | Promise]
    description: ClassVar[str | Promise]
    confirms_order: ClassVar[bool] = False
    captured_at_delivery: ClassVar[bool] = False

    @property
    def online(self) -> "OnlineProvider | None":
        """The provider as one that can be asked over the network; None for one that settles by hand."""
        return None

    def accepts(self, total: Money) -> bool:
        """Whether an order of this total may be paid this way."""
        return True

    @abstractmethod
    def payable_until(self, placed_at: datetime) -> datetime | None:
        """When an unpaid order is given up and its stock released, the end of a day that is told; None for never."""

    def instructions(self, *, number: str, amount: Money) -> list[tuple[str | Promise, str | Money]]:
        """What the shopper has to do, as (label, value) rows, amounts not yet written out; empty for nothing."""
        return []


class OnlineProvider(PaymentProvider):
    """A provider that moves the money itself when it is asked.

    Each method gives up after the request's `timeout_seconds` and raises ProviderUnavailable then, and whenever the
    outcome is not known; ProviderDeclined for a refusal that is final. The same key again has no second effect and
    the first one's outcome. Amounts are captured, refunded and cancelled as the request says.
    """

    @property
    def online(self) -> "OnlineProvider":
        return self

    @abstractmethod
    def start(self, request: StartRequest) -> Started:
        """Begin a payment: authorise or capture it at once, or say where the shopper goes on."""

    @abstractmethod
    def capture(self, request: ProviderRequest) -> ProviderResult:
        """Take what is authorised."""

    @abstractmethod
    def refund(self, request: ProviderRequest) -> ProviderResult:
        """Give back a part of what was captured, or all."""

    @abstractmethod
    def cancel(self, request: ProviderRequest) -> ProviderResult:
        """Let go of what is authorised, or end a payment that waits for its shopper."""

    @abstractmethod
    def fetch(self, question: PaymentQuestion) -> ProviderPayment | None:
        """Return the payment as it is now, or None if the provider has never heard of it. Changes nothing."""

    @abstractmethod
    def parse_event(self, *, body: bytes, headers: Mapping[str, str]) -> ProviderEvent | None:
        """Return which payment a message is about, None if it is about none. Raises InvalidEvent."""
