"""How goods travel: the methods that shoppers choose from, and the parcels that staff send."""

from typing import ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import TaxClass
from core.db.updated_at import part_of
from core.i18n.translated_columns import plain_columns
from core.models import BaseModel, OriginModel, allowed_transitions, iso_currency, non_negative
from core.money import Money
from inventory.models import Location
from orders.models import Order, OrderLine
from orders.states import PLAIN_BADGE
from pricing.context import ShippingRate
from shipping.states import BADGES, TRANSITIONS, ShipmentState


class ShippingMethod(BaseModel, OriginModel):
    """A way to send an order, at a flat price that may fall away above a subtotal."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=200)
    description = models.CharField(_("description"), max_length=300, blank=True, default="", db_default="")
    carrier = models.CharField(_("carrier"), max_length=120, blank=True, default="", db_default="")
    phone = models.CharField(_("carrier's phone"), max_length=40, blank=True, default="", db_default="")
    price_minor = models.BigIntegerField(_("price in minor units"))
    free_from_minor = models.BigIntegerField(_("free from this subtotal, in minor units"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    tax_class = models.CharField(
        _("tax class"),
        max_length=16,
        choices=TaxClass.choices,
        default=TaxClass.STANDARD,
        db_default=TaxClass.STANDARD,
    )
    countries = ArrayField(
        models.CharField(max_length=2),
        verbose_name=_("countries"),
        blank=True,
        default=list,
        db_default=[],
        help_text=_("ISO codes; empty for everywhere"),
    )
    min_days = models.PositiveSmallIntegerField(_("days at least"), null=True, blank=True)
    max_days = models.PositiveSmallIntegerField(_("days at most"), null=True, blank=True)
    pickup_location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="pickup_methods",
        verbose_name=_("pick-up at"),
        help_text=_("Where shoppers fetch what they ordered; empty for what is sent to them."),
    )
    position = models.PositiveIntegerField(_("position"), default=0, db_default=0)
    is_active = models.BooleanField(_("active"), default=True, db_default=True)

    class Meta(OriginModel.Meta):
        verbose_name = _("shipping method")
        verbose_name_plural = _("shipping methods")
        ordering: ClassVar[list[str]] = ["position", "code"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *OriginModel.Meta.constraints,
            iso_currency(),
            non_negative("price_minor"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [plain_columns("name", "description")]

    def __str__(self) -> str:
        return self.name

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)

    @property
    def free_from(self) -> Money | None:
        """The subtotal from which it costs nothing."""
        return None if self.free_from_minor is None else Money(self.free_from_minor, self.currency)

    @property
    def rate(self) -> ShippingRate:
        """Return what it charges, as the calculator takes it."""
        return ShippingRate(self.code, self.name, self.price, self.tax_class, self.free_from)


class Shipment(BaseModel, OriginModel):
    """One parcel of an order."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="shipments", verbose_name=_("order"))
    method = models.ForeignKey(
        ShippingMethod, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("method")
    )
    status = models.CharField(
        _("status"), max_length=16, choices=ShipmentState.choices, default=ShipmentState.PREPARING
    )
    carrier = models.CharField(_("carrier"), max_length=120, blank=True, default="", db_default="")
    tracking_number = models.CharField(_("tracking number"), max_length=120, blank=True, default="", db_default="")
    estimated_delivery = models.DateField(_("estimated delivery"), null=True, blank=True)
    shipped_at = models.DateTimeField(_("shipped"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)

    class Meta(OriginModel.Meta):
        verbose_name = _("shipment")
        verbose_name_plural = _("shipments")
        ordering: ClassVar[list[str]] = ["created_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *OriginModel.Meta.constraints,
            models.CheckConstraint(condition=Q(status__in=ShipmentState.values), name="shipping_shipment_status_known"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.FSM(name="status_transitions", field="status", transitions=allowed_transitions(TRANSITIONS)),
            *part_of(
                "orders_order",
                column="order_id",
                shown=("status", "carrier", "tracking_number", "estimated_delivery", "shipped_at", "delivered_at"),
            ),
        ]

    def __str__(self) -> str:
        return self.tracking_number or str(self.pk)

    @property
    def badge(self) -> str:
        """How the shop's pages mark the state."""
        return BADGES.get(self.status, PLAIN_BADGE)


class ShipmentLine(models.Model):
    """How many units of an order line are in the parcel."""

    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="lines", verbose_name=_("shipment"))
    order_line = models.ForeignKey(
        OrderLine, on_delete=models.PROTECT, related_name="shipment_lines", verbose_name=_("order line")
    )
    quantity = models.PositiveIntegerField(_("quantity"))

    class Meta:
        verbose_name = _("shipment line")
        verbose_name_plural = _("shipment lines")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["shipment", "order_line"], name="shipping_shipmentline_one_a_line"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="shipping_shipmentline_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.order_line_id}"
