"""Payments of orders, and the append-only ledger of what money moved."""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core import clock
from core.context import Door
from core.ids import UUID7Field
from core.models import BaseModel, OriginModel, allowed_transitions, iso_currency, non_negative
from core.money import Money
from core.updated_at import part_of
from orders.models import Order
from payments.states import TRANSITIONS, PaymentState


class Payment(BaseModel, OriginModel):
    """An amount that a provider is to collect for an order; an order may have several."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments", verbose_name=_("order"))
    provider = models.CharField(_("provider"), max_length=60)
    status = models.CharField(_("status"), max_length=16, choices=PaymentState.choices, default=PaymentState.PENDING)
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    captured_at = models.DateTimeField(_("paid"), null=True, blank=True)

    class Meta(OriginModel.Meta):
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering: ClassVar[list[str]] = ["created_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *OriginModel.Meta.constraints,
            iso_currency(),
            non_negative("amount_minor"),
            models.CheckConstraint(condition=Q(status__in=PaymentState.values), name="payments_payment_status_known"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.FSM(name="status_transitions", field="status", transitions=allowed_transitions(TRANSITIONS)),
            *part_of("orders_order", column="order_id", shown=("status", "amount_minor", "captured_at", "provider")),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.amount}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class PaymentTransaction(models.Model):
    """One movement of money or of a hold on it. Append-only: a mistake is reversed by another row."""

    class Kind(models.TextChoices):
        AUTHORIZE = "authorize", _("Authorization")
        CAPTURE = "capture", _("Capture")
        VOID = "void", _("Void")
        FAILURE = "failure", _("Failure")
        REFUND = "refund", _("Refund")

    id = UUID7Field()
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="transactions", verbose_name=_("payment")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    amount_minor = models.BigIntegerField(_("amount"))
    provider = models.CharField(_("provider"), max_length=60)
    # The provider's own id of this event; telling us twice changes nothing.
    event_id = models.CharField(_("provider's event"), max_length=255, null=True, blank=True)
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
        verbose_name = _("payment transaction")
        verbose_name_plural = _("payment transactions")
        ordering: ClassVar[list[str]] = ["created_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="payments_transaction_event_once"),
            non_negative("amount_minor"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.payment.currency)
