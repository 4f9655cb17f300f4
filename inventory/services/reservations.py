"""Reservations: units of a variant for a line of a cart or an order."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.db import transaction

from core import clock
from core.db.locking import require_transaction
from inventory.allocation import Demand, backordered_units
from inventory.errors import OutOfStock
from inventory.locking import held_by, lock_stock, run_out_of
from inventory.models import Reservation, StockItem
from inventory.services.exchange import exchange, lock_reservations, serve
from inventory.shares import within_share

_SWEPT_AT_ONCE = 500


def reserve(
    *,
    demands: Sequence[Demand],
    instead_of: Collection[UUID] = (),
    until: datetime | None = None,
    country: str = "",
    now: datetime | None = None,
) -> dict[UUID, int]:
    """Promise stock to holders, in place of what the holders `instead_of` have of the same variants.

    What is there goes first, then what may be backordered; returns how many units of each holder were, holders with
    none left out. All of it or nothing: raises OutOfStock naming every variant that is short. With `until` it is a
    hold that runs out then; `country` is where it goes. Others' holds that have run out are given back if their units
    are needed. Call it in a transaction, after Cart, Order and Payment.
    """
    require_transaction()
    now = now or clock.now()
    items = lock_stock({demand.variant_id for demand in demands})
    back = held_by(items, instead_of) if instead_of else []
    return _promise(demands, items, back, until=until, country=country, now=now)


def hold(
    *,
    demands: Sequence[Demand],
    instead_of: Collection[UUID] = (),
    until: datetime,
    country: str,
    guest: str = "",
    now: datetime | None = None,
) -> bool:
    """Reserve for a cart until a time; returns whether that is all of it.

    As reserve(), but of a `guest`, named by a key that stands for their address, no more than their share
    (inventory.shares). Raises OutOfStock. Call it in a transaction, the cart locked.
    """
    require_transaction()
    now = now or clock.now()
    items = lock_stock({demand.variant_id for demand in demands})
    back = held_by(items, instead_of) if instead_of else []
    allowed = within_share(demands, items, back, guest=guest, now=now) if guest else demands
    _promise(allowed, items, back, until=until, country=country, guest=guest, now=now)
    return list(allowed) == list(demands)


def _promise(
    demands: Sequence[Demand],
    items: Sequence[StockItem],
    back: Sequence[Reservation],
    *,
    until: datetime | None,
    country: str,
    guest: str = "",
    now: datetime,
) -> dict[UUID, int]:
    allocations, run_out = serve(demands, items, back, country, now)
    exchange(
        items,
        [*back, *run_out],
        [
            Reservation(
                stock_item_id=one.stock_item_id,
                holder=one.holder,
                quantity=one.quantity,
                backordered=one.backordered,
                expires_at=until,
                guest=guest,
                created_at=now,
            )
            for one in allocations
        ],
    )
    return backordered_units(allocations)


def release(*, holders: Iterable[UUID]) -> None:
    """Give back whatever the holders have reserved; doing it again changes nothing. Call it in a transaction."""
    require_transaction()
    items, found = lock_reservations(holders)
    exchange(items, found, [])


def resize_hold(*, holder: UUID, variant_id: UUID, quantity: int, country: str, now: datetime | None = None) -> None:
    """Bring a hold to another quantity, until the same time; where nothing is held nothing changes.

    If there is too little the hold stays as it is. Call it in a transaction, the holder's cart locked.
    """
    require_transaction()
    now = now or clock.now()
    live = Reservation.objects.filter(holder=holder, expires_at__gt=now).first()
    if live is None or live.expires_at is None:
        return
    until, guest = live.expires_at, live.guest
    demands = [Demand(holder, variant_id, quantity)]
    with suppress(OutOfStock):
        hold(demands=demands, instead_of=[holder], until=until, country=country, guest=guest, now=now)


def pass_on_holds(*, heirs: Mapping[UUID, UUID | None], now: datetime | None = None) -> None:
    """Make what some holders hold that of others, on top of what these have, until the latest of the times.

    What has no heir or has run out is given back. Call it in a transaction, the carts of all of them locked.
    """
    require_transaction()
    now = now or clock.now()
    holders = {*heirs, *(heir for heir in heirs.values() if heir)}
    items, theirs = lock_reservations(holders)
    found = [one for one in theirs if one.expires_at]
    ends: dict[UUID, datetime] = {}
    passed: dict[tuple[UUID, UUID], Reservation] = {}
    for one in found:
        holder, until = heirs.get(one.holder, one.holder), one.expires_at
        if holder is None or until is None or until <= now:
            continue
        ends[holder] = max(until, ends.get(holder, until))
        before = passed.get((holder, one.stock_item_id))
        passed[holder, one.stock_item_id] = Reservation(
            stock_item_id=one.stock_item_id,
            holder=holder,
            quantity=one.quantity + (before.quantity if before else 0),
            backordered=one.backordered + (before.backordered if before else 0),
            created_at=one.created_at,
        )
    for one in passed.values():
        one.expires_at = ends[one.holder]
    exchange(items, found, list(passed.values()))


def release_run_out(*, now: datetime | None = None) -> int:
    """Give back every hold whose time is over; returns how many. Safe to run at any time, also twice.

    Call it outside of a transaction: it commits as it goes, so that nobody waits for all of it.
    """
    now = now or clock.now()
    due = Reservation.objects.filter(expires_at__lte=now).order_by("expires_at")
    released = 0
    while variants := set(due.values_list("stock_item__variant_id", flat=True)[:_SWEPT_AT_ONCE]):
        released += _sweep(variants, now)
    return released


@transaction.atomic
def _sweep(variants: set[UUID], now: datetime) -> int:
    items = lock_stock(variants)
    # Read under the lock: meanwhile a shopper may have gone on, or bought.
    run_out = run_out_of(items, now)
    exchange(items, run_out, [])
    return len(run_out)
