"""What is killed: requests of a shopper and of staff, and the shop's own processes, all about one order."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.test.utils import override_settings

from carts.models import CartLine
from checkout.services.cancel_order import expire_unpaid_orders
from core import clock
from core.db.ids import new_id
from core.outbox import relay
from core.outbox.models import RELAY, OutboxCursor, OutboxDelivery, OutboxEvent
from inventory.models import Reservation, StockItem, StockMove
from inventory.services import receive_stock, release_run_out
from notifications.models import BackInStockNotice, Message
from notifications.services import send_due_messages
from orders.models import Order, OrderTransition
from payments.models import PaymentTransaction
from shipping.models import Shipment
from tests.api import V1, client_of
from tests.factories.accounts import StaffFactory, UserFactory, postal
from tests.factories.inventory import LocationFactory, stocked_variant
from tests.factories.shipping import ShippingMethodFactory

# All of them, from two locations.
UNITS = 6
_LONG_AFTER = timedelta(days=30)
_MESSAGE_ID = re.compile(r"^Message-ID: <([0-9a-f-]{36})@", re.MULTILINE)

Outcome = dict[str, Any]


class Refused(Exception):
    """A request was not answered as it should have been."""


@contextmanager
def mails_into(folder: Path) -> Iterator[None]:
    """Mails go into files of this folder, where they are found after the process that sent them was killed."""
    backend = "django.core.mail.backends.filebased.EmailBackend"
    with override_settings(EMAIL_BACKEND=backend, EMAIL_FILE_PATH=folder, STOCK_ALERT_EMAILS=["stock@souk.example"]):
        yield


class Visit:
    """A shopper of a variant of which there are six units, and what they and staff ask for, each with a key."""

    def __init__(self, provider: str = "cash_on_delivery") -> None:
        for file in Path(settings.EMAIL_FILE_PATH).iterdir():
            file.unlink()
        ShippingMethodFactory()
        self.variant = stocked_variant(UNITS // 2)
        second = LocationFactory(code="second", name="Second warehouse", priority=1)
        receive_stock(variant_id=self.variant.pk, location=second, quantity=UNITS - UNITS // 2)
        self.customer = UserFactory(username=f"user-{new_id()}", email=f"{new_id()}@souk.example")
        self.shopper = client_of(self.customer)
        self.staff = client_of(StaffFactory(username=f"staff-{new_id()}", email=f"{new_id()}@souk.example"))
        self.provider = provider
        self.doubtful: set[UUID] = set()
        self._order: str | None = None
        self._shipment: str | None = None

    def add(self) -> None:
        item = {"variant_id": str(self.variant.pk), "quantity": UNITS}
        self._ask(self.shopper.post, "cart/items", item, key="add")

    def start(self) -> None:
        said = {"shipping_address": postal(), "shipping_method": "standard", "payment_provider": self.provider}
        self._ask(self.shopper.patch, "checkout", said, key="start")

    def place(self) -> None:
        self._order = self._ask(self.shopper.post, "checkout/place", {}, key="place")["id"]

    def place_without_a_key(self) -> None:
        self._order = self._ask(self.shopper.post, "checkout/place", {})["id"]

    def cancel(self) -> None:
        self._ask(self.shopper.post, f"orders/{self._order}/cancel", {}, key="cancel")

    def wait_for_return(self) -> None:
        # As if its mailbox had confirmed it.
        email = f"waiting-{self.variant.pk}@souk.example"
        BackInStockNotice.objects.create(
            variant_id=self.variant.pk, email=email, language="en", confirmed_at=clock.now()
        )

    def ship_some(self) -> None:
        line = str(Order.objects.get(pk=self._order).lines.get().pk)
        lines = [{"order_line_id": line, "quantity": 2}]
        self._ask(self.staff.post, f"orders/{self._order}/shipments", {"lines": lines}, key="some")

    def ship_the_rest(self) -> None:
        self._shipment = self._ask(self.staff.post, f"orders/{self._order}/shipments", {}, key="rest")["id"]

    def deliver(self) -> None:
        self._ask(self.staff.post, f"shipments/{self._shipment}/deliver", {}, key="deliver")

    def relay(self) -> None:
        relay.run_once()

    def send(self) -> None:
        send_due_messages()

    def expire(self) -> None:
        expire_unpaid_orders(now=clock.now() + _LONG_AFTER)

    def sweep(self) -> None:
        release_run_out(now=clock.now() + timedelta(hours=1))

    def _ask(self, method: Callable[..., Any], path: str, body: Any, *, key: str = "") -> Any:
        headers = {"Idempotency-Key": f"{self.variant.pk}-{key}"} if key else {}
        response = method(f"{V1}/{path}", body, format="json", headers=headers)
        if response.status_code >= 300:
            raise Refused(f"{path}: {response.status_code} {response.content[:300]!r}")
        return response.json()["data"]


@dataclass(frozen=True)
class Journey:
    """Steps that are killed somewhere, after others that led there. Clients may repeat theirs or stay away."""

    name: str
    before: Sequence[Callable[[Visit], None]]
    steps: Sequence[Callable[[Visit], None]]
    provider: str = "cash_on_delivery"
    has_client: bool = True

    def prepared(self) -> Visit:
        """A new visit, come as far as where this journey starts."""
        visit = Visit(self.provider)
        for step in self.before:
            step(visit)
        return visit

    def travel(self, visit: Visit, *, steps: int | None = None) -> None:
        """Take the first of the steps, all of them without a number."""
        for step in self.steps[:steps]:
            step(visit)


_CHOSEN = (Visit.add, Visit.start)
_ORDERED = (*_CHOSEN, Visit.place)
_SHIPPED = (*_ORDERED, Visit.ship_some)

JOURNEYS = (
    Journey("order", (), _ORDERED),
    Journey("place without a key", _CHOSEN, (Visit.place_without_a_key,)),
    Journey("cancel", (*_ORDERED, Visit.wait_for_return), (Visit.cancel,), provider="bank_transfer"),
    Journey("ship", _ORDERED, (Visit.ship_some, Visit.ship_the_rest, Visit.deliver)),
    Journey("relay", _SHIPPED, (Visit.relay,), has_client=False),
    Journey("mails", (*_SHIPPED, Visit.relay), (Visit.send,), has_client=False),
    Journey("expire", _ORDERED, (Visit.expire,), provider="bank_transfer", has_client=False),
    Journey("sweep", _CHOSEN, (Visit.sweep,), has_client=False),
)


def look_at_mails(visit: Visit) -> None:
    """Note which mails are out and not known to be: nobody can tell whether these went, so they go once more."""
    waiting = _messages(visit).filter(status=Message.Status.PENDING)
    visit.doubtful = set(waiting.values_list("pk", flat=True)) & set(_mails())


def come_back(journey: Journey, visit: Visit) -> None:
    """Have the client repeat its requests as soon as the lease of the one that was cut off is over."""
    with clock.at(clock.now() + timedelta(seconds=settings.IDEMPOTENCY_LEASE_SECONDS + 1)):
        journey.travel(visit)


def recover() -> None:
    """What runs in a shop all day, long after: unpaid orders and holds run out, the relay and the mails go on."""
    with clock.at(clock.now() + _LONG_AFTER):
        expire_unpaid_orders()
        release_run_out()
        relay.run_once()
        send_due_messages()


def outcome(visit: Visit) -> Outcome:
    """Everything that came of a visit, in a form in which two can be compared."""
    orders = Order.objects.filter(customer=visit.customer)
    of_visit = Q(aggregate_id__in=orders.values("pk")) | Q(aggregate_id=visit.variant.pk)
    events = OutboxEvent.objects.filter(of_visit).order_by("position")
    messages = _messages(visit).order_by("template")
    mails = _mails()
    return {
        "orders": _rows(orders, "status", "payment_status", "fulfilment_status", "lines__quantity"),
        "carts": _rows(CartLine.objects.filter(cart__customer=visit.customer), "cart__status", "quantity"),
        "history": _rows(OrderTransition.objects.filter(order__in=orders), "kind", "from_state", "to_state"),
        "events": [*events.filter(position__isnull=False).values_list("event_type", flat=True)],
        "events not told": OutboxEvent.objects.filter(position=None).count()
        + OutboxDelivery.objects.count()
        + OutboxCursor.objects.exclude(position=OutboxCursor.objects.get(pk=RELAY).position).count(),
        "messages": _rows(messages, "template", "status"),
        "mails": [mails[message.pk] - (message.pk in visit.doubtful) for message in messages],
        "stock": _rows(StockItem.objects.filter(variant=visit.variant), "location__code", "on_hand", "reserved"),
        "reserved": _rows(Reservation.objects.filter(stock_item__variant=visit.variant), "quantity", "expires_at"),
        "moves": _rows(StockMove.objects.filter(stock_item__variant=visit.variant), "kind", "quantity"),
        "parcels": _rows(Shipment.objects.filter(order__in=orders), "status", "lines__quantity"),
        "money": _rows(PaymentTransaction.objects.filter(payment__order__in=orders), "kind", "amount_minor"),
    }


def _rows(found: Any, *columns: str) -> list[tuple[Any, ...]]:
    return sorted(found.values_list(*columns), key=str)


def _messages(visit: Visit) -> Any:
    return Message.objects.filter(Q(order__customer=visit.customer) | Q(variant=visit.variant))


def _mails() -> Counter[UUID]:
    """How often each message went out."""
    texts = (file.read_text() for file in Path(settings.EMAIL_FILE_PATH).iterdir())
    return Counter(UUID(found) for text in texts for found in _MESSAGE_ID.findall(text))
