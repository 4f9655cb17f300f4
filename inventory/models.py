"""What lies where. Rows change through inventory.services only; the CHECK is the net, not the plan."""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models import Variant
from core import clock
from core.context import Door
from core.db.ids import UUID7Field
from core.db.updated_at import moved_by_changes
from core.i18n.addresses import PostalAddress
from core.i18n.translated_columns import plain_columns
from core.models import BaseModel, OriginModel


class Location(BaseModel, OriginModel):
    """A place that holds stock. inventory.allocation asks the places in turn, by what is said of them here."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    priority = models.PositiveIntegerField(
        _("priority"), default=0, db_default=0, help_text=_("Orders take stock from the lowest number first.")
    )
    countries = ArrayField(
        models.CharField(max_length=2),
        verbose_name=_("countries"),
        blank=True,
        default=list,
        db_default=[],
        help_text=_("Asked first for orders to these countries and last for others; empty for everywhere."),
    )
    serves_parts = models.BooleanField(
        _("serves parts of lines"),
        default=True,
        db_default=True,
        help_text=_("A line that no location holds whole is split among the locations that do this."),
    )
    # Where shoppers fetch what they order for pick-up; a stockroom needs none.
    line1 = models.CharField(_("address line 1"), max_length=200, blank=True, default="", db_default="")
    line2 = models.CharField(_("address line 2"), max_length=200, blank=True, default="", db_default="")
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True, default="", db_default="")
    city = models.CharField(_("city"), max_length=120, blank=True, default="", db_default="")
    region = models.CharField(_("region"), max_length=120, blank=True, default="", db_default="")
    country = models.CharField(_("country"), max_length=2, blank=True, default="", db_default="")
    phone = models.CharField(_("phone"), max_length=40, blank=True, default="", db_default="")
    opening_hours = models.CharField(
        _("opening hours"),
        max_length=300,
        blank=True,
        default="",
        db_default="",
        help_text=_("As shoppers read them, such as: Mon to Sat, 9:00 to 18:00."),
    )
    is_active = models.BooleanField(_("active"), default=True, db_default=True)

    class Meta(OriginModel.Meta):
        verbose_name = _("location")
        verbose_name_plural = _("locations")
        ordering: ClassVar[list[str]] = ["priority", "code"]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [plain_columns("opening_hours")]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> PostalAddress | None:
        """Where it is, under its name; None as long as street, city and country are not given."""
        if not (self.line1 and self.city and self.country):
            return None
        return PostalAddress(
            full_name=self.name,
            line1=self.line1,
            line2=self.line2,
            postal_code=self.postal_code,
            city=self.city,
            region=self.region,
            country=self.country,
            phone=self.phone,
        )


class StockItem(BaseModel, OriginModel):
    """How much of a variant lies at a location, and how much of that is promised to orders.

    What is promised of units that are still to come is backordered, up to a limit; it is never part of `reserved`.
    """

    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="stock_items", verbose_name=_("variant")
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="stock_items", verbose_name=_("location")
    )
    on_hand = models.BigIntegerField(_("on hand"), default=0, db_default=0)
    reserved = models.BigIntegerField(_("reserved"), default=0, db_default=0)
    backordered = models.BigIntegerField(_("backordered"), default=0, db_default=0)
    backorder_limit = models.BigIntegerField(_("backorder limit"), default=0, db_default=0)

    class Meta(OriginModel.Meta):
        verbose_name = _("stock item")
        verbose_name_plural = _("stock items")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *OriginModel.Meta.constraints,
            models.UniqueConstraint(fields=["variant", "location"], name="inventory_stockitem_variant_location"),
            models.CheckConstraint(
                condition=Q(reserved__gte=0) & Q(on_hand__gte=F("reserved")), name="inventory_stockitem_not_oversold"
            ),
            models.CheckConstraint(
                condition=Q(backordered__gte=0) & Q(backorder_limit__gte=F("backordered")),
                name="inventory_stockitem_backorder_limit",
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [moved_by_changes()]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["updated_at", "id"], name="inventory_stockitem_changed"),
            # Few stock items are waited for at a time.
            models.Index(fields=["variant"], condition=Q(backordered__gt=0), name="inventory_stockitem_waited_for"),
        ]

    def __str__(self) -> str:
        return f"{self.variant} @ {self.location}"

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved


class Reservation(BaseModel):
    """Units of a stock item promised to a holder: to an order line until they ship or are given back, or held for a
    cart line while its shopper is in the checkout, until `expires_at`. `backordered` of them wait for stock to come.

    A hold that has run out counts as available, whether or not it was swept away yet.
    """

    stock_item = models.ForeignKey(
        StockItem, on_delete=models.PROTECT, related_name="reservations", verbose_name=_("stock item")
    )
    holder = models.UUIDField(_("holder"))
    quantity = models.BigIntegerField(_("quantity"))
    backordered = models.BigIntegerField(_("backordered"), default=0, db_default=0)
    expires_at = models.DateTimeField(_("held until"), null=True, blank=True)
    # Whose share of the stock it is, as a digest of their address; empty for an order's and a customer's.
    guest = models.CharField(max_length=40, blank=True, default="", db_default="", editable=False)

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["holder", "stock_item"], name="inventory_reservation_one_a_holder"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="inventory_reservation_positive"),
            models.CheckConstraint(
                condition=Q(backordered__gte=0) & Q(quantity__gte=F("backordered")),
                name="inventory_reservation_backordered_part",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("created_at")),
                name="inventory_reservation_expires_later",
            ),
        ]
        # Of holds alone, which are few: an order's reservations never run out.
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["expires_at"], condition=Q(expires_at__isnull=False), name="inventory_reservation_run_out"
            ),
            models.Index(
                fields=["stock_item", "expires_at"],
                condition=Q(expires_at__isnull=False),
                name="inventory_reservation_holds",
            ),
            models.Index(fields=["stock_item"], condition=Q(backordered__gt=0), name="inventory_reservation_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.stock_item_id}"

    @property
    def reserved(self) -> int:
        """The units that are there for the holder."""
        return self.quantity - self.backordered


class StockMove(models.Model):
    """One change of the quantity on hand. Append-only: a mistake is corrected by another move."""

    class Kind(models.TextChoices):
        RECEIPT = "receipt", _("Receipt")
        ADJUSTMENT = "adjustment", _("Adjustment")
        SHIPMENT = "shipment", _("Shipment")
        RETURN = "return", _("Return")
        IMPORT = "import", _("Import")

    id = UUID7Field()
    stock_item = models.ForeignKey(
        StockItem, on_delete=models.PROTECT, related_name="moves", verbose_name=_("stock item")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    quantity = models.BigIntegerField(_("change of quantity on hand"))
    reason = models.CharField(_("reason"), max_length=250, blank=True, default="", db_default="")
    reference = models.UUIDField(_("caused by"), null=True, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    door = models.CharField(_("door"), max_length=16, choices=Door.choices)
    created_at = models.DateTimeField(_("created"), default=clock.now, db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("stock move")
        verbose_name_plural = _("stock moves")
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(quantity=0), name="inventory_stockmove_changes_something"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["-created_at", "-id"], name="inventory_stockmove_newest"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.quantity:+d} {self.kind}"
