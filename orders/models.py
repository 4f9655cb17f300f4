"""Orders as they were agreed: lines keep what was bought, whatever becomes of the catalogue."""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from carts.models import Cart
from catalog.models import Variant
from catalog.reads.pictures import Pictured
from core import clock
from core.context import Door
from core.db.ids import UUID7Field
from core.db.updated_at import came_to, moved_by_changes, part_of
from core.i18n.addresses import PostalAddress
from core.models import BaseModel, OriginModel, allowed_transitions, iso_currency, non_negative
from core.money import Money
from core.tax_ids import LONGEST
from inventory.wording import ships_later
from orders.adjustment_triggers import DISCOUNT_OF_LINE, DISCOUNT_OF_ROWS
from orders.numbers import new_order_number
from orders.order_words import OrderWords
from orders.states import (
    BADGES,
    PLAIN_BADGE,
    SHIPPABLE,
    TO_BE_SHIPPED,
    TRANSITIONS,
    FulfilmentStatus,
    OrderEdit,
    OrderStatus,
    PaymentStatus,
)
from pricing.adjustments import AdjustmentKind, AdjustmentSource

# Orders of which more was paid than is owed and not given back yet; `Order.to_refund` says how much.
TO_REFUND = Q(status=OrderStatus.CANCELLED, paid_minor__gt=F("refunded_minor")) | (
    ~Q(status=OrderStatus.CANCELLED) & Q(paid_minor__gt=F("refunded_minor") + F("total_minor"))
)


class Order(BaseModel, OriginModel):
    """An agreement with a customer. Amounts are minor units of one currency, in the zone's price mode."""

    number = models.CharField(_("number"), max_length=64, unique=True, default=new_order_number)
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="orders",
        verbose_name=_("customer"),
    )
    # Staff and imported orders come from no cart.
    cart = models.OneToOneField(
        Cart, on_delete=models.PROTECT, null=True, blank=True, related_name="order", verbose_name=_("cart")
    )
    # Set when its shopper took the cancelled order back to change it; asking again finds that cart.
    became_cart = models.ForeignKey(
        Cart,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        editable=False,
        verbose_name=_("taken back into cart"),
    )
    # By its customer, or the guest who showed the token of `cart`; not by who had the order's link alone.
    taken_back_by_owner = models.BooleanField(
        _("taken back by who placed it"), default=False, db_default=False, editable=False
    )
    email = models.EmailField(_("e-mail address"), blank=True, default="", db_default="")
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="en", db_default="en")
    status = models.CharField(_("status"), max_length=16, choices=OrderStatus.choices, default=OrderStatus.PENDING)
    payment_status = models.CharField(
        _("payment status"), max_length=20, choices=PaymentStatus.choices, default=PaymentStatus.UNPAID
    )
    fulfilment_status = models.CharField(
        _("fulfilment status"), max_length=20, choices=FulfilmentStatus.choices, default=FulfilmentStatus.UNFULFILLED
    )
    currency = models.CharField(_("currency"), max_length=3)
    subtotal_minor = models.BigIntegerField(_("subtotal"))
    discount_minor = models.BigIntegerField(_("discount"), default=0, db_default=0)
    shipping_minor = models.BigIntegerField(_("shipping"), default=0, db_default=0)
    shipping_tax_rate = models.DecimalField(
        _("tax rate of shipping"), max_digits=7, decimal_places=6, default=0, db_default=0
    )
    shipping_tax_minor = models.BigIntegerField(_("tax on shipping"), default=0, db_default=0)
    tax_minor = models.BigIntegerField(_("tax"), default=0, db_default=0)
    total_minor = models.BigIntegerField(_("total"))
    paid_minor = models.BigIntegerField(_("paid"), default=0, db_default=0)
    refunded_minor = models.BigIntegerField(_("refunded"), default=0, db_default=0)
    prices_include_tax = models.BooleanField(_("prices include tax"), default=False, db_default=False)
    tax_zone = models.CharField(_("tax zone"), max_length=120, blank=True, default="", db_default="")
    price_steps = models.JSONField(
        _("how the total came about"), default=list, db_default=Value([], models.JSONField())
    )
    shipping_address = models.JSONField(_("delivery address"))
    billing_address = models.JSONField(_("invoice address"))
    tax_id = models.CharField(_("tax number"), max_length=LONGEST, blank=True, default="", db_default="")
    shipping_method = models.CharField(_("shipping method"), max_length=60, blank=True, default="", db_default="")
    shipping_method_name = models.CharField(
        _("shipping method's name"), max_length=200, blank=True, default="", db_default=""
    )
    payment_provider = models.CharField(_("payment"), max_length=60, blank=True, default="", db_default="")
    placed_at = models.DateTimeField(_("placed"), default=clock.now)
    expires_at = models.DateTimeField(_("cancelled if unpaid by"), null=True, blank=True)

    # How many payments it has, in whatever state, where it was read with them (orders.selectors.with_page_details).
    payment_count: int | None = None

    class Meta(OriginModel.Meta):
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering: ClassVar[list[str]] = ["-placed_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *OriginModel.Meta.constraints,
            iso_currency(),
            non_negative(
                "subtotal_minor",
                "discount_minor",
                "shipping_minor",
                "shipping_tax_minor",
                "tax_minor",
                "total_minor",
                "paid_minor",
                "refunded_minor",
            ),
            models.CheckConstraint(
                condition=Q(
                    total_minor=F("subtotal_minor")
                    - F("discount_minor")
                    + F("shipping_minor")
                    + Case(
                        When(prices_include_tax=True, then=Value(0, models.BigIntegerField())), default=F("tax_minor")
                    )
                ),
                name="orders_order_total_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(refunded_minor__lte=F("paid_minor")), name="orders_order_refund_le_paid"
            ),
            models.CheckConstraint(condition=Q(status__in=OrderStatus.values), name="orders_order_status_known"),
            models.CheckConstraint(
                condition=Q(payment_status__in=PaymentStatus.values), name="orders_order_payment_status_known"
            ),
            models.CheckConstraint(
                condition=Q(fulfilment_status__in=FulfilmentStatus.values), name="orders_order_fulfilment_status_known"
            ),
            models.CheckConstraint(
                condition=Q(became_cart=None) | Q(status=OrderStatus.CANCELLED),
                name="orders_order_back_in_cart_is_cancelled",
            ),
            # The target of a payment's pair of order and currency.
            models.UniqueConstraint(fields=["id", "currency"], name="orders_order_with_currency"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["-placed_at", "-id"], name="orders_order_newest"),
            models.Index(fields=["updated_at", "id"], name="orders_order_changed"),
            models.Index(fields=["customer", "-placed_at"], name="orders_order_of_customer"),
            models.Index(fields=["expires_at"], condition=Q(status=OrderStatus.PENDING), name="orders_order_awaiting"),
            models.Index(
                fields=["placed_at"],
                condition=Q(status__in=sorted(SHIPPABLE))
                & Q(fulfilment_status__in=sorted(TO_BE_SHIPPED, reverse=True)),
                name="orders_order_to_ship",
            ),
            models.Index(fields=["placed_at"], condition=TO_REFUND, name="orders_order_to_refund"),
            GinIndex(OrderWords(), name="orders_order_folded_words"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.FSM(name="status_transitions", field="status", transitions=allowed_transitions(TRANSITIONS)),
            moved_by_changes(),
        ]

    def __str__(self) -> str:
        return self.number

    def _money(self, minor: int) -> Money:
        return Money(minor, self.currency)

    @property
    def subtotal(self) -> Money:
        return self._money(self.subtotal_minor)

    @property
    def discount(self) -> Money:
        return self._money(self.discount_minor)

    @property
    def shipping(self) -> Money:
        return self._money(self.shipping_minor)

    @property
    def tax(self) -> Money:
        return self._money(self.tax_minor)

    @property
    def total(self) -> Money:
        return self._money(self.total_minor)

    @property
    def paid(self) -> Money:
        return self._money(self.paid_minor)

    @property
    def refunded(self) -> Money:
        return self._money(self.refunded_minor)

    @property
    def due(self) -> Money:
        """What is still to be paid; negative when money is to be given back. A refund is not owed again."""
        owed = 0 if self.status == OrderStatus.CANCELLED else self.total_minor
        unpaid = max(owed - self.paid_minor, 0)
        return self._money(min(owed - self.paid_minor + self.refunded_minor, unpaid))

    @property
    def to_refund(self) -> Money:
        """Return what is to be given back: what was paid above what is owed and not given back yet."""
        return self._money(max(-self.due.minor, 0))

    @property
    def goodwill(self) -> Money:
        """Return what was given back beyond what had to be, which nobody owes again."""
        owed = 0 if self.status == OrderStatus.CANCELLED else self.total_minor
        return self._money(max(self.refunded_minor - max(self.paid_minor - owed, 0), 0))

    @property
    def ship_to(self) -> PostalAddress:
        return PostalAddress(**self.shipping_address)

    @property
    def company(self) -> str:
        """The company that buys: that of the invoice address; empty for a person."""
        return str(self.billing_address.get("company") or "")

    @property
    def bill_to(self) -> PostalAddress:
        return PostalAddress(**self.billing_address)

    @property
    def is_pending(self) -> bool:
        return self.status == OrderStatus.PENDING

    @property
    def is_cancelled(self) -> bool:
        return self.status == OrderStatus.CANCELLED

    @property
    def status_badge(self) -> str:
        """How the shop's pages mark the status; the next two mark payment and fulfilment."""
        return BADGES.get(self.status, PLAIN_BADGE)

    @property
    def payment_badge(self) -> str:
        return BADGES.get(self.payment_status, PLAIN_BADGE)

    @property
    def fulfilment_badge(self) -> str:
        return BADGES.get(self.fulfilment_status, PLAIN_BADGE)

    @property
    def has_shipped(self) -> bool:
        return self.fulfilment_status != FulfilmentStatus.UNFULFILLED

    @property
    def is_cancellable(self) -> bool:
        """Whether the states allow cancelling: not ended, and nothing has left the house."""
        return OrderStatus.CANCELLED in TRANSITIONS[self.status] and not self.has_shipped

    @property
    def is_editable(self) -> bool:
        """Whether staff may change lines: something is still to be sent, and no import would write them again."""
        return (
            self.source is None
            and self.status in {OrderStatus.PENDING, OrderStatus.CONFIRMED, OrderStatus.PROCESSING}
            and self.fulfilment_status in {FulfilmentStatus.UNFULFILLED, FulfilmentStatus.PARTIALLY_SHIPPED}
        )

    @property
    def is_discountable(self) -> bool:
        """Whether staff may give a discount on it: as above, and nothing has been shipped."""
        return self.is_editable and not self.has_shipped

    @property
    def is_returnable_to_cart(self) -> bool:
        """Whether its shopper may take it back into the cart: it waits for money, of which none has come."""
        return self.status == OrderStatus.PENDING and self.is_cancellable_by_customer

    @property
    def is_cancellable_by_customer(self) -> bool:
        """Whether the customer may cancel without us: as above, and no money to give back or let go."""
        return self.is_cancellable and self.payment_status == PaymentStatus.UNPAID


class OrderLine(Pictured, BaseModel, OriginModel):
    """A snapshot of what was bought at which price; the variant may be gone, and its picture with it."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines", verbose_name=_("order"))
    variant = models.ForeignKey(
        Variant, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("variant")
    )
    position = models.PositiveIntegerField(_("position"))
    sku = models.CharField(_("SKU"), max_length=100)
    name = models.CharField(_("name"), max_length=200)
    variant_name = models.CharField(_("options"), max_length=200, blank=True, default="", db_default="")
    unit_price_minor = models.BigIntegerField(_("unit price"))
    quantity = models.BigIntegerField(_("quantity"))
    discount_minor = models.BigIntegerField(_("discount"), default=0, db_default=0)
    tax_rate = models.DecimalField(_("tax rate"), max_digits=7, decimal_places=6, default=0, db_default=0)
    tax_minor = models.BigIntegerField(_("tax"), default=0, db_default=0)
    total_minor = models.BigIntegerField(_("total"))
    price_steps = models.JSONField(
        _("how the price came about"), default=list, db_default=Value([], models.JSONField())
    )

    # Of its units, those that wait for stock; orders.selectors sets it where somebody is told of it.
    backorder: int

    class Meta(OriginModel.Meta):
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        ordering: ClassVar[list[str]] = ["position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *OriginModel.Meta.constraints,
            models.UniqueConstraint(fields=["order", "position"], name="orders_orderline_position"),
            non_negative("unit_price_minor", "discount_minor", "tax_minor", "total_minor"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="orders_orderline_quantity_positive"),
            models.CheckConstraint(
                condition=Q(total_minor=F("unit_price_minor") * F("quantity") - F("discount_minor")),
                name="orders_orderline_total_adds_up",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["sku"], name="orders_orderline_sku")]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.Trigger(
                name="discount_adds_up_at_first",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Q(new__discount_minor__gt=0),
                func=DISCOUNT_OF_LINE,
            ),
            pgtrigger.Trigger(
                name="discount_adds_up",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Q(old__discount_minor__df=pgtrigger.F("new__discount_minor")),
                func=DISCOUNT_OF_LINE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.name}"

    def _money(self, minor: int) -> Money:
        return Money(minor, self.order.currency)

    @property
    def unit_price(self) -> Money:
        return self._money(self.unit_price_minor)

    @property
    def discount(self) -> Money:
        return self._money(self.discount_minor)

    @property
    def tax(self) -> Money:
        return self._money(self.tax_minor)

    @property
    def total(self) -> Money:
        return self._money(self.total_minor)

    @property
    def ships_later(self) -> str:
        """What its customer is told of the units that wait for stock; empty if none does."""
        return ships_later(units=self.quantity, backordered=self.backorder)


class OrderAdjustment(BaseModel):
    """An amount that was taken off an order: of some units of a line, or off its shipping.

    A discount on several lines has a row for each, with one code. A deferred trigger holds the rows of a line against
    its discount. What is taken off shipping is no more in the order's charge.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="adjustments", verbose_name=_("order"))
    line = models.ForeignKey(
        OrderLine,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="adjustments",
        verbose_name=_("order line"),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=AdjustmentKind.choices)
    source = models.CharField(_("source"), max_length=16, choices=AdjustmentSource.choices)
    code = models.CharField(_("code"), max_length=60, blank=True, default="", db_default="")
    units = models.BigIntegerField(_("units"), null=True, blank=True)
    amount_minor = models.BigIntegerField(_("amount"))
    reason = models.CharField(_("reason"), max_length=250, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("order adjustment")
        verbose_name_plural = _("order adjustments")
        ordering: ClassVar[list[str]] = ["created_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="orders_orderadjustment_takes_off"),
            models.CheckConstraint(
                condition=Q(kind=AdjustmentKind.DISCOUNT, line__isnull=False, units__gte=1)
                | Q(kind=AdjustmentKind.SHIPPING_DISCOUNT, line__isnull=True, units__isnull=True),
                name="orders_orderadjustment_of_line_or_shipping",
            ),
            models.CheckConstraint(
                condition=Q(source__in=AdjustmentSource.values), name="orders_orderadjustment_source_known"
            ),
            models.UniqueConstraint(
                fields=["line", "source", "code"], name="orders_orderadjustment_one_a_line_and_code"
            ),
            models.UniqueConstraint(
                fields=["order", "source", "code"],
                condition=Q(line=None),
                name="orders_orderadjustment_one_of_shipping_and_code",
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *part_of("orders_order", column="order_id", shown=("kind", "source", "code", "units", "amount_minor")),
            # Rows of a line and its discount are written by several statements, so they are compared at the end.
            pgtrigger.Trigger(
                name="adds_up_to_discount",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                timing=pgtrigger.Deferred,
                func=DISCOUNT_OF_ROWS,
                declare=[("touched", "uuid")],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code or self.source} {self.amount_minor}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.order.currency)


class OrderTransition(models.Model):
    """One step of an order's life: a status that went from what to what, or what was edited; who did it, which door."""

    class Kind(models.TextChoices):
        STATUS = "status", _("Order")
        PAYMENT = "payment", _("Payment")
        FULFILMENT = "fulfilment", _("Fulfilment")
        EDIT = "edit", _("Changed")

    id = UUID7Field()
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="transitions", verbose_name=_("order"))
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    from_state = models.CharField(_("from"), max_length=20, blank=True, default="", db_default="")
    to_state = models.CharField(_("to"), max_length=20)
    note = models.CharField(_("note"), max_length=250, blank=True, default="", db_default="")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    door = models.CharField(_("door"), max_length=16, choices=Door.choices)
    created_at = models.DateTimeField(_("when"), default=clock.now, db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("history entry")
        verbose_name_plural = _("history")
        ordering: ClassVar[list[str]] = ["created_at", "id"]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update),
            came_to("orders_order", column="order_id"),
        ]

    def __str__(self) -> str:
        return f"{self.from_state} → {self.to_state}"

    _LABELS: ClassVar[dict[str, type[models.TextChoices]]] = {
        "status": OrderStatus,
        "payment": PaymentStatus,
        "fulfilment": FulfilmentStatus,
        "edit": OrderEdit,
    }

    @property
    def to_label(self) -> str:
        """The state reached, in the active language."""
        return str(self._LABELS[self.kind](self.to_state).label)
