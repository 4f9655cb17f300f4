"""Carts with their lines and the details of the checkout so far. Carts are closed, never deleted."""

import secrets
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _

from carts.details import CheckoutDetails, stored_address
from catalog.models import Variant
from catalog.reads.pictures import Pictured
from core.models import BaseModel, iso_currency
from core.money import Money
from core.tax_ids import LONGEST
from pricing.destinations import Destination

# A line above this is a typing error or an attack; wholesale orders come as several lines or a quote.
MAX_LINE_QUANTITY = 10_000


def new_token() -> str:
    """A secret that names a guest's cart; 192 bits."""
    return secrets.token_urlsafe(24)


class Cart(BaseModel):
    """A customer's cart, or a guest's, whom the token stands for."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        ORDERED = "ordered", _("Ordered")
        MERGED = "merged", _("Merged into another")

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="carts",
        verbose_name=_("customer"),
    )
    token = models.CharField(_("token"), max_length=64, unique=True, default=new_token, editable=False)
    status = models.CharField(_("status"), max_length=16, choices=Status.choices, default=Status.OPEN)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("merged into")
    )
    currency = models.CharField(_("currency"), max_length=3)
    # The checkout so far. Codes, not keys: shipping and payments are above carts.
    email = models.EmailField(_("e-mail address"), blank=True, default="")
    shipping_address = models.JSONField(_("delivery address"), null=True, blank=True)
    billing_address = models.JSONField(_("invoice address"), null=True, blank=True)
    tax_id = models.CharField(_("tax number"), max_length=LONGEST, blank=True, default="", db_default="")
    shipping_method = models.CharField(_("shipping method"), max_length=60, blank=True, default="")
    payment_provider = models.CharField(_("payment"), max_length=60, blank=True, default="")

    # By the id of a page's form: when it was sent, so that what comes twice is put in once (carts.services).
    recent_forms = models.JSONField(editable=False, default=dict, db_default=Value({}, models.JSONField()))

    class Meta:
        verbose_name = _("cart")
        verbose_name_plural = _("carts")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            iso_currency(),
            models.UniqueConstraint(
                fields=["customer"], condition=Q(status="open"), name="carts_cart_one_open_a_customer"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["open", "ordered", "merged"]), name="carts_cart_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status="merged", merged_into__isnull=False)
                | (~Q(status="merged") & Q(merged_into__isnull=True)),
                name="carts_cart_merged_names_target",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN

    @property
    def details(self) -> CheckoutDetails:
        """Return what is stored of its checkout."""
        return CheckoutDetails(
            email=self.email,
            shipping_address=stored_address(self.shipping_address),
            billing_address=stored_address(self.billing_address),
            tax_id=self.tax_id,
            shipping_method=self.shipping_method,
            payment_provider=self.payment_provider,
        )

    # Of its customer's address book, where it was read with it (carts.selectors.with_home); empty for guests.
    home: dict[str, str] | None = None

    @property
    def invoice_country(self) -> str:
        """The country of the invoice address, which is the delivery address unless another was given."""
        return str((self.billing_address or {}).get("country") or self.country)

    @property
    def destination(self) -> Destination:
        """Where it goes: until an address was given to where its customer has things sent, else the shop's country."""
        if self.shipping_address and self.shipping_address.get("country"):
            return Destination.of(self.shipping_address)
        return Destination.of(self.home) if self.home else Destination(settings.SHOP_COUNTRY)

    @property
    def country(self) -> str:
        """The country of its destination."""
        return self.destination.country


class CartLine(Pictured, BaseModel):
    """So many units of a variant; the price when it was added is kept to be shown against today's."""

    cart = models.ForeignKey(Cart, on_delete=models.PROTECT, related_name="lines", verbose_name=_("cart"))
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="+", verbose_name=_("variant"))
    quantity = models.PositiveIntegerField(
        _("quantity"), validators=[MinValueValidator(1), MaxValueValidator(MAX_LINE_QUANTITY)]
    )
    price_at_add_minor = models.BigIntegerField(_("price when added, in minor units"))

    class Meta:
        verbose_name = _("cart line")
        verbose_name_plural = _("cart lines")
        ordering: ClassVar[list[str]] = ["created_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["cart", "variant"], name="carts_cartline_one_a_variant"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1) & Q(quantity__lte=MAX_LINE_QUANTITY), name="carts_cartline_quantity"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.variant_id}"

    @property
    def price_at_add(self) -> Money:
        return Money(self.price_at_add_minor, self.variant.currency)


COLOURS: dict[str, str] = {
    Cart.Status.OPEN: "info",
    Cart.Status.ORDERED: "success",
    Cart.Status.MERGED: "default",
}
