"""Reads of orders, each limited to what its reader may see."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core import signing
from django.db import models
from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet

from accounts.models import User
from catalog.media.variant_pictures import with_picture
from core.fast.related import set_prefetched
from core.money import Money
from core.staff import may
from core.text.emails import normalise_email
from inventory.selectors import backordered_by
from orders.actions import OrderAction
from orders.models import Order, OrderAdjustment, OrderLine, OrderTransition
from orders.numbers import number_beginning, possible_numbers
from pricing.adjustments import AdjustmentSource

_LINK_SALT = "orders.link"
# Long enough to follow a parcel from the confirmation's link and to claim a warranty question.
_DAY = 60 * 60 * 24
_LINK_MAX_AGE = _DAY * 180


class _DaySigner(signing.TimestampSigner):
    """Dates to the day: by the second, no two answers that show an order's link would have the same tag."""

    def timestamp(self) -> str:
        return signing.b62_encode(int(time.time()) // _DAY * _DAY)


def with_details(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Adds lines, adjustments, history, payments and shipments. Seven queries more, whatever the number."""
    return _with_details(with_lines(orders))


def with_pictures(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Adds what with_details() does, and the products of what was ordered. Seven queries more."""
    return _with_details(orders.prefetch_related(Prefetch("lines", queryset=_lines_with_products())))


def with_known_details(
    order: Order,
    *,
    lines: Sequence[OrderLine],
    adjustments: Sequence[OrderAdjustment],
    transitions: Sequence[OrderTransition],
    payments: Sequence[models.Model],
) -> Order:
    """Give an order that was just written the details that with_details() would read: nothing is shipped or paid yet.

    The lines have their `backorder` and `picture_row`.
    """
    set_prefetched(order, "lines", lines)
    set_prefetched(order, "adjustments", adjustments)
    set_prefetched(order, "transitions", transitions)
    set_prefetched(order, "payments", payments)
    set_prefetched(order, "shipments", [])
    for payment in payments:
        set_prefetched(payment, "transactions", [])
    return order


def with_lines(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Adds the lines, each with its picture and how many of its units ship later. One query more."""
    return orders.prefetch_related(Prefetch("lines", queryset=_lines()))


def with_page_details(orders: QuerySet[Order]) -> QuerySet[Order]:
    """What a shopper's page of an order shows: lines with their products, history, parcels. Three queries more."""
    # The model declares the name, which the type checker takes for a second meaning of it if it is spelled out here.
    columns: dict[str, Any] = {"payment_count": Count("payments", distinct=True)}
    return orders.annotate(**columns).prefetch_related(
        Prefetch("lines", queryset=_lines_with_products()), "transitions", "shipments"
    )


def _with_details(orders: QuerySet[Order]) -> QuerySet[Order]:
    return orders.select_related("customer").prefetch_related(
        Prefetch("transitions", queryset=OrderTransition.objects.select_related("actor")),
        "adjustments",
        "payments__transactions",
        "shipments__lines",
    )


def _lines_with_products() -> QuerySet[OrderLine]:
    return _lines().select_related("variant__product")


def _lines() -> QuerySet[OrderLine]:
    # The model declares the name, which the type checker takes for a second meaning of it if it is spelled out here.
    columns: dict[str, Any] = {"backorder": backordered_by(OuterRef("pk"))}
    return with_picture(OrderLine.objects.annotate(**columns))


@dataclass(frozen=True, slots=True)
class GivenDiscount:
    """A discount that staff gave on an order, as a whole."""

    code: str
    reason: str
    amount: Money


def manual_discounts(order: Order) -> list[GivenDiscount]:
    """Return the discounts that staff gave on an order, oldest first. One query, none if its adjustments are known."""
    given: dict[str, GivenDiscount] = {}
    for row in order.adjustments.all():
        if row.source == AdjustmentSource.MANUAL:
            before = given[row.code].amount if row.code in given else Money.zero(order.currency)
            given[row.code] = GivenDiscount(row.code, row.reason, before + Money(row.amount_minor, order.currency))
    return list(given.values())


def orders_of(customer: User) -> QuerySet[Order]:
    """A customer's own orders, newest first."""
    return Order.objects.filter(customer=customer)


def visible_orders(user: User) -> QuerySet[Order]:
    """All orders for staff who may see orders, otherwise the user's own."""
    if may(user, OrderAction.VIEW_ORDER):
        return Order.objects.all()
    return orders_of(user)


def track_order(*, number: str, email: str) -> Order | None:
    """The order that a guest names by number and e-mail; both must fit."""
    return (
        Order.objects.filter(number__in=possible_numbers(number), email__gt="")
        .filter(Q(email__iexact=email.strip()) | Q(email__iexact=normalise_email(email)))
        .first()
    )


def numbers_beginning(text: str) -> Q:
    """The condition that an order's number begins with what somebody typed, in any spelling; an index serves it."""
    condition = Q(number__in=possible_numbers(text))
    for beginning in {number_beginning(text), *possible_numbers(text)} - {""}:
        condition |= Q(number__startswith=beginning)
    return condition


def order_link_token(order_id: UUID) -> str:
    """A signed token that lets its bearer look at one order, for confirmations and mails; the same all day."""
    return _DaySigner(salt=_LINK_SALT).sign_object(str(order_id))


def order_by_link_token(token: str) -> Order | None:
    """The order that a signed token was made for, or None if it was tampered with or is too old."""
    try:
        order_id = signing.loads(token, salt=_LINK_SALT, max_age=_LINK_MAX_AGE)
    except signing.BadSignature:
        return None
    return Order.objects.filter(pk=order_id).first()


def order_for_caller(
    *, order_id: UUID, user: User | None, link_token: str = "", cart_token: str | None = None
) -> Order | None:
    """An order that the caller may look at: by log-in, by the order's signed link, or by the guest's cart it came from.

    A cart's token opens guests' orders only.
    """
    if user is not None and (order := visible_orders(user).filter(pk=order_id).first()):
        return order
    if cart_token and (order := guests_order(order_id=order_id, cart_token=cart_token)):
        return order
    linked = order_by_link_token(link_token) if link_token else None
    return linked if linked is not None and linked.pk == order_id else None


def guests_order(*, order_id: UUID, cart_token: str) -> Order | None:
    """The order that was placed from the guest's cart of this token."""
    return Order.objects.filter(pk=order_id, customer=None, cart__token=cart_token, cart__customer=None).first()
