"""Whatever two people do to the same cart, order and stock at one moment: each pair, and what may come of it.

A pair is set off in two ways: the one is held inside its transaction after it has taken a lock until the other is
through or waits for that lock; or both are let go together. Nothing sleeps: the database says who waits for whom.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Sum

from accounts.models import User
from benchmarks.shelf import ADDRESS, EMAIL, METHOD, new_variant, offer_delivery
from carts.details import CheckoutDetails
from carts.models import Cart
from carts.services import add_item, get_or_open_cart, merge_at_login, set_checkout_details, set_quantity
from checkout.selectors import quote_cart
from checkout.services.cancel_order import cancel_order, cancel_own_order, expire_unpaid_orders
from checkout.services.fulfil_order import ship_order
from checkout.services.place_order import place_order
from checkout.services.update_checkout import keep_units
from core import clock
from core.db.ids import new_id
from core.errors import DomainError
from core.i18n.addresses import PostalAddress
from core.integrity import check_integrity, registered
from inventory.models import Reservation, StockItem
from inventory.services import adjust_stock, release_run_out
from orders.models import Order
from payments.states import PaymentState

_PATIENCE = 60.0
_LOOK_AGAIN = 0.005
_UNITS = 2
# Checks of what a pair touches.
_APPS = ("inventory.", "carts.", "orders.", "payments.", "shipping.", "checkout.")


@dataclass(slots=True)
class Scene:
    """Two units: one ordered by a customer, one held by a guest, who has the same item in the cart as the customer."""

    variant_id: UUID
    item_id: UUID
    customer: User
    order: Order
    guest: Cart
    account: Cart
    told: list[tuple[UUID, UUID]] = field(default_factory=list)  # of a cart, its order
    was_held: bool = False


Action = Callable[[Scene], str]


def _place(scene: Scene, cart: Cart, details: CheckoutDetails | None = None) -> str:
    order = place_order(cart_id=cart.pk, actor=None, details=details).order
    scene.told.append((cart.pk, order.pk))
    return "ordered"


def _place_again(scene: Scene) -> str:
    """From another tab, where the guest has given the details all over again."""
    return _place(scene, scene.guest, CheckoutDetails.only(email=EMAIL, payment_provider="cash_on_delivery"))


def _expire(scene: Scene) -> str:
    return "expired" if expire_unpaid_orders(now=scene.order.expires_at) else "nothing"


def _run_out(_scene: Scene) -> str:
    return "released" if release_run_out() else "nothing"


def _cancel_own(scene: Scene) -> str:
    cancel_own_order(number=scene.order.number, customer=scene.customer)
    return "cancelled"


def _cancel(scene: Scene) -> str:
    cancel_order(order_id=scene.order.pk, actor=None)
    return "cancelled"


def _ship(scene: Scene) -> str:
    ship_order(order_id=scene.order.pk, actor=None)
    return "shipped"


def _adjust(scene: Scene) -> str:
    adjust_stock(stock_item_id=scene.item_id, quantity=-1, reason="Broken", actor=None)
    return "adjusted"


def _merge(scene: Scene) -> str:
    merge_at_login(customer=scene.customer, token=scene.guest.token)
    return "merged" if Cart.objects.get(pk=scene.guest.pk).merged_into_id else "nothing"


ACTIONS: dict[str, Action] = {
    "place": lambda scene: _place(scene, scene.guest),
    "place again": _place_again,
    "place account's": lambda scene: _place(scene, scene.account),
    "merge": _merge,
    "hold runs out": _run_out,
    "expire": _expire,
    "cancel": _cancel_own,
    "staff cancels": _cancel,
    "ship": _ship,
    "adjust down": _adjust,
}
_PLACES = {"place", "place again", "place account's"}
_FREES = {"expire", "cancel", "staff cancels"}
_CODES = {
    "out_of_stock": "short",
    "cart_closed": "closed",
    "not_cancellable": "refused",
    "invalid_transition": "refused",
    "nothing_to_ship": "refused",
    "stock_below_reserved": "refused",
}
# What may come of a pair, the outcome of the one and of the other. "short" is too few units, "closed" a cart that went
# into another. Cancelling what is cancelled says so again; an order that waits for its money is not shipped.
ALLOWED = {
    ("place", "place"): "ordered+ordered",
    ("place", "place again"): "ordered+ordered",
    ("place", "place account's"): "ordered+short | short+ordered",
    ("place", "merge"): "ordered+nothing | closed+merged",
    ("place", "hold runs out"): "ordered+nothing | ordered+released",
    ("place", "expire"): "ordered+expired | short+expired",
    ("place", "cancel"): "ordered+cancelled | short+cancelled",
    ("place", "staff cancels"): "ordered+cancelled | short+cancelled",
    ("place", "ship"): "ordered+shipped",
    ("place", "adjust down"): "ordered+refused | short+adjusted",
    ("place again", "place again"): "ordered+ordered",
    ("place again", "place account's"): "ordered+short | short+ordered",
    ("place again", "merge"): "ordered+nothing | closed+merged",
    ("place again", "hold runs out"): "ordered+nothing | ordered+released",
    ("place again", "expire"): "ordered+expired | short+expired",
    ("place again", "cancel"): "ordered+cancelled | short+cancelled",
    ("place again", "staff cancels"): "ordered+cancelled | short+cancelled",
    ("place again", "ship"): "ordered+shipped",
    ("place again", "adjust down"): "ordered+refused | short+adjusted",
    ("place account's", "place account's"): "ordered+ordered",
    ("place account's", "merge"): "ordered+merged | short+merged",
    ("place account's", "hold runs out"): "ordered+nothing | ordered+released",
    ("place account's", "expire"): "ordered+expired",
    ("place account's", "cancel"): "ordered+cancelled",
    ("place account's", "staff cancels"): "ordered+cancelled",
    ("place account's", "ship"): "ordered+shipped",
    ("place account's", "adjust down"): "ordered+refused | short+adjusted",
    ("merge", "merge"): "merged+merged",
    # A merge gives back itself what has run out.
    ("merge", "hold runs out"): "merged+released | merged+nothing",
    ("merge", "expire"): "merged+expired",
    ("merge", "cancel"): "merged+cancelled",
    ("merge", "staff cancels"): "merged+cancelled",
    ("merge", "ship"): "merged+shipped",
    ("merge", "adjust down"): "merged+adjusted",
    ("hold runs out", "hold runs out"): "released+nothing | nothing+released",
    ("hold runs out", "expire"): "released+expired",
    ("hold runs out", "cancel"): "released+cancelled",
    ("hold runs out", "staff cancels"): "released+cancelled",
    ("hold runs out", "ship"): "released+shipped",
    ("hold runs out", "adjust down"): "released+adjusted | nothing+adjusted",
    ("expire", "expire"): "expired+nothing | nothing+expired",
    ("expire", "cancel"): "expired+cancelled | nothing+cancelled",
    ("expire", "staff cancels"): "expired+cancelled | nothing+cancelled",
    ("expire", "ship"): "expired+refused",
    ("expire", "adjust down"): "expired+adjusted | expired+refused",
    ("cancel", "cancel"): "cancelled+cancelled",
    ("cancel", "staff cancels"): "cancelled+cancelled",
    ("cancel", "ship"): "cancelled+refused | refused+shipped",
    ("cancel", "adjust down"): "cancelled+adjusted | cancelled+refused",
    ("staff cancels", "staff cancels"): "cancelled+cancelled",
    ("staff cancels", "ship"): "cancelled+refused | refused+shipped",
    ("staff cancels", "adjust down"): "cancelled+adjusted | cancelled+refused",
    ("ship", "ship"): "shipped+refused | refused+shipped",
    ("ship", "adjust down"): "shipped+adjusted",
    ("adjust down", "adjust down"): "adjusted+refused | refused+adjusted",
}


def set_scene(first: str, second: str) -> Scene:
    """Set the scene so that the pair quarrels about it.

    Who orders while the order ends wants its unit, too. Who takes a unit away while the order ends finds none that is
    free: the guest's hold is live, and the account has no cart. Elsewhere the hold has run out.
    """
    pair = {first, second}
    wanted = 2 if pair & _PLACES and pair & _FREES else 1
    is_live = "adjust down" in pair and bool(pair & _FREES)
    offer_delivery()
    key = new_id().hex
    customer = User.objects.create_user(email=f"{key}@races.example", username=key)
    variant = new_variant([_UNITS])
    guest = _cart(variant.pk)
    keep_units(quote=quote_cart(guest), now=clock.now() - timedelta(hours=0 if is_live else 1))
    set_quantity(cart_id=guest.pk, line_id=guest.lines.get().pk, quantity=wanted)
    ordered = _cart(variant.pk, customer=customer, provider="bank_transfer" if "expire" in pair else "cash_on_delivery")
    order = place_order(cart_id=ordered.pk, actor=customer).order
    account = guest if is_live else _cart(variant.pk, customer=customer, quantity=1)
    item = StockItem.objects.get(variant=variant)
    return Scene(variant.pk, item.pk, customer, order, guest, account)


def _cart(
    variant_id: UUID, *, customer: User | None = None, quantity: int = 1, provider: str = "cash_on_delivery"
) -> Cart:
    cart = get_or_open_cart(customer=customer)
    add_item(cart_id=cart.pk, variant_id=variant_id, quantity=quantity)
    return set_checkout_details(
        cart_id=cart.pk,
        details=CheckoutDetails.only(
            email=EMAIL,
            shipping_address=PostalAddress(**ADDRESS),
            shipping_method=METHOD,
            payment_provider=provider,
        ),
    )


@dataclass(slots=True)
class _Run:
    """An action in a thread with a connection of its own."""

    action: Action
    scene: Scene
    outcome: str = ""
    pid: int = 0
    is_connected: threading.Event = field(default_factory=threading.Event)
    is_done: threading.Event = field(default_factory=threading.Event)

    def start(self, *, before: Callable[[], Any] = lambda: None, wrapper: Any = None) -> threading.Thread:
        thread = threading.Thread(target=self._run, args=(before, wrapper))
        thread.start()
        return thread

    def _run(self, before: Callable[[], Any], wrapper: Any) -> None:
        try:
            connection.ensure_connection()
            self.pid = connection.connection.info.backend_pid
            self.is_connected.set()
            before()
            with connection.execute_wrapper(wrapper or _as_it_is):
                self.outcome = self.action(self.scene)
        except DomainError as error:
            self.outcome = _CODES.get(error.code, error.code)
        except Exception as error:  # noqa: BLE001  (whatever it is, no pair may come to it)
            self.outcome = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
        finally:
            connection.close()
            self.is_done.set()


def _as_it_is(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    return execute(sql, params, many, context)


def hold_first(scene: Scene, first: str, second: str, *, lock: int = 1) -> tuple[str, str]:
    """Run both, the first held after it has taken its first (second …) lock, if it takes so many."""
    is_held, may_go_on, locks = threading.Event(), threading.Event(), [0]

    def stop_at_lock(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        locks[0] += " FOR UPDATE" in sql or " FOR NO KEY UPDATE" in sql
        if locks[0] == lock and not is_held.is_set():
            is_held.set()
            may_go_on.wait(_PATIENCE)
        return result

    one, other = _Run(ACTIONS[first], scene), _Run(ACTIONS[second], scene)
    threads = [one.start(wrapper=stop_at_lock)]
    while not (is_held.wait(_LOOK_AGAIN) or one.is_done.is_set()):
        pass
    threads.append(other.start())
    other.is_connected.wait(_PATIENCE)
    while not (other.is_done.wait(_LOOK_AGAIN) or _waits(other.pid)):
        pass
    may_go_on.set()
    for thread in threads:
        thread.join()
    scene.was_held = is_held.is_set()
    return one.outcome, other.outcome


def at_once(scene: Scene, first: str, second: str) -> tuple[str, str]:
    """Let both go together."""
    start = threading.Barrier(2, timeout=_PATIENCE)
    runs = [_Run(ACTIONS[name], scene) for name in (first, second)]
    for thread in [run.start(before=start.wait) for run in runs]:
        thread.join()
    return runs[0].outcome, runs[1].outcome


def _waits(pid: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [pid])
        return bool(cursor.fetchone()[0])


def allowed(first: str, second: str) -> set[tuple[str, str]]:
    """What may come of a pair, whichever way round it was started."""
    if (first, second) in ALLOWED:
        return {_two(outcome.split("+")) for outcome in ALLOWED[first, second].split(" | ")}
    return {(one, other) for other, one in allowed(second, first)}


def _two(words: Iterable[str]) -> tuple[str, str]:
    one, other = words
    return one, other


def violations(scene: Scene, first: str, second: str, outcomes: tuple[str, str]) -> list[str]:
    """What of the scene is not as it may be after the pair; the sweeps tidy it up for the next one."""
    wrong = [] if outcomes in allowed(first, second) else [f"not allowed: {outcomes[0]} + {outcomes[1]}"]
    item, order = StockItem.objects.get(pk=scene.item_id), Order.objects.get(pk=scene.order.pk)
    promised = Reservation.objects.filter(stock_item=item).aggregate(units=Sum("quantity", default=0))["units"]
    on_hand = _UNITS - outcomes.count("adjusted") - outcomes.count("shipped")
    is_cancelled = bool({"cancelled", "expired"} & set(outcomes))
    waiting = order.payments.filter(status=PaymentState.PENDING).count()
    orders = set(Order.objects.filter(cart__in=[scene.guest, scene.account]).values_list("cart_id", "pk"))
    facts = {
        f"{item.on_hand} on hand, not {on_hand}": item.on_hand == on_hand,
        f"{item.reserved} reserved, {promised} promised": item.reserved == promised,
        f"{item.reserved} reserved of {item.on_hand}": 0 <= item.reserved <= item.on_hand,
        f"the order is {order.status}": (order.status == "cancelled") == is_cancelled,
        f"{waiting} payments wait": waiting == (not is_cancelled),
        f"orders {orders}, told {scene.told}": orders == set(scene.told),
    }
    wrong += [fact for fact, is_so in facts.items() if not is_so]
    release_run_out(now=clock.now() + timedelta(days=1))
    expire_unpaid_orders(now=order.expires_at)
    return wrong


def try_pair(first: str, second: str, *, locks: int, times: int) -> Iterator[tuple[tuple[str, str], list[str]]]:
    """What came of a pair, and what of it may not be: the first held at each lock in turn, then both at once."""
    for lock in range(1, locks + 1):
        scene = set_scene(first, second)
        outcomes = hold_first(scene, first, second, lock=lock)
        wrong = violations(scene, first, second, outcomes)
        yield outcomes, wrong
        if not scene.was_held:
            break
    for _time in range(times):
        scene = set_scene(first, second)
        outcomes = at_once(scene, first, second)
        yield outcomes, violations(scene, first, second, outcomes)


def drift() -> list[str]:
    """What check_integrity finds of stock, carts, orders, payments and parcels."""
    report = check_integrity(only=[code for code in registered() if code.startswith(_APPS)])
    return [f"{one.code}: {one.examples or one.error}" for one in (*report.drifted, *report.failed)]
