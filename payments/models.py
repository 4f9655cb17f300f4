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
from core.db.ids import UUID7Field, new_id
from core.db.updated_at import part_of
from core.models import BaseModel, OriginModel, allowed_transitions, iso_currency, non_negative
from core.money import Money
from orders.models import Order
from payments.errors import PaymentDeclined
from payments.states import (
    FINAL,
    IN_FLIGHT,
    OPERATION_TRANSITIONS,
    TRANSITIONS,
    OperationKind,
    OperationState,
    PaymentState,
)

# What an order's readers see of its payments.
_SHOWN = ("status", "amount_minor", "captured_at", "provider", "redirect_url")


class Payment(BaseModel, OriginModel):
    """An amount that a provider is to collect for an order; an order may have several."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments", verbose_name=_("order"))
    provider = models.CharField(_("provider"), max_length=60)
    status = models.CharField(_("status"), max_length=16, choices=PaymentState.choices, default=PaymentState.PENDING)
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    captured_at = models.DateTimeField(_("paid"), null=True, blank=True)
    # The provider's own name of the payment; empty for what settles by hand, and until its start was answered.
    provider_reference = models.CharField(
        _("provider's reference"), max_length=255, blank=True, default="", db_default=""
    )
    # Where the shopper goes on to pay while the payment is pending; empty if there is nothing to do.
    redirect_url = models.CharField(_("payment page"), max_length=2000, blank=True, default="", db_default="")

    class Meta(OriginModel.Meta):
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering: ClassVar[list[str]] = ["created_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *OriginModel.Meta.constraints,
            iso_currency(),
            non_negative("amount_minor"),
            models.CheckConstraint(condition=Q(status__in=PaymentState.values), name="payments_payment_status_known"),
            # The target of an operation's pair of payment and currency.
            models.UniqueConstraint(fields=["id", "currency"], name="payments_payment_with_currency"),
            models.UniqueConstraint(
                fields=["provider", "provider_reference"],
                condition=~Q(provider_reference=""),
                name="payments_payment_reference_once",
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.FSM(name="status_transitions", field="status", transitions=allowed_transitions(TRANSITIONS)),
            *part_of("orders_order", column="order_id", shown=_SHOWN),
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
    # What the provider was asked to do, if this is what came of it.
    operation = models.ForeignKey(
        "PaymentOperation",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="transactions",
        verbose_name=_("operation"),
    )
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
            models.UniqueConstraint(
                fields=["operation"],
                condition=Q(operation__isnull=False),
                name="payments_transaction_operation_once",
            ),
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


def new_provider_key() -> str:
    """A key that a provider sees for one operation only, however often it is asked."""
    return str(new_id())


class PaymentOperation(BaseModel):
    """Something that a provider is asked to do about a payment, written with the effect that it follows from.

    `provider_key` is sent with every attempt, so that it happens once at the provider.
    """

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="operations", verbose_name=_("payment"))
    kind = models.CharField(_("kind"), max_length=16, choices=OperationKind.choices)
    state = models.CharField(
        _("state"), max_length=16, choices=OperationState.choices, default=OperationState.REQUESTED
    )
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    provider_key = models.CharField(
        _("idempotency key"), max_length=64, unique=True, default=new_provider_key, editable=False
    )
    provider_reference = models.CharField(_("provider's reference"), max_length=255, blank=True, default="")
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    # When somebody else may try if nobody did; empty once it is decided.
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    error_code = models.CharField(_("provider's code"), max_length=100, blank=True, default="")
    error_message = models.CharField(_("provider's message"), max_length=500, blank=True, default="")
    note = models.CharField(_("note"), max_length=250, blank=True, default="")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    entry_point = models.CharField(_("entry point"), max_length=16, choices=Door.choices)

    class Meta:
        verbose_name = _("payment operation")
        verbose_name_plural = _("payment operations")
        ordering: ClassVar[list[str]] = ["created_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["payment", "kind"],
                condition=Q(state__in=sorted(IN_FLIGHT)),
                name="payments_operation_one_in_flight",
            ),
            # Another try to pay is another payment.
            models.UniqueConstraint(
                fields=["payment"], condition=Q(kind=OperationKind.START), name="payments_operation_one_start"
            ),
            iso_currency(),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payments_operation_amount_positive"),
            models.CheckConstraint(condition=Q(kind__in=OperationKind.values), name="payments_operation_kind_known"),
            models.CheckConstraint(condition=Q(state__in=OperationState.values), name="payments_operation_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=sorted(IN_FLIGHT), decided_at=None, next_attempt_at__isnull=False)
                | Q(state__in=sorted(FINAL), decided_at__isnull=False, next_attempt_at=None),
                name="payments_operation_decided_or_due",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[OperationState.UNDECIDED, OperationState.DECLINED]) | ~Q(error_code=""),
                name="payments_operation_reason_given",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(state__in=sorted(IN_FLIGHT)),
                name="payments_operation_due",
            ),
            models.Index(fields=["-created_at", "-id"], name="payments_operation_newest"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.FSM(
                name="state_transitions", field="state", transitions=allowed_transitions(OPERATION_TRANSITIONS)
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def is_in_flight(self) -> bool:
        return self.state in IN_FLIGHT

    def require_not_declined(self) -> None:
        """Raise PaymentDeclined if the provider refused."""
        if self.state == OperationState.DECLINED:
            raise PaymentDeclined(
                operation_id=self.pk, provider_code=self.error_code, provider_message=self.error_message
            )


class PaymentOperationStep(models.Model):
    """A state that an operation reached, or an attempt that left it undecided. Append-only."""

    id = UUID7Field()
    operation = models.ForeignKey(
        PaymentOperation, on_delete=models.PROTECT, related_name="steps", verbose_name=_("operation")
    )
    state = models.CharField(_("state"), max_length=16, choices=OperationState.choices)
    attempt = models.PositiveIntegerField(_("attempt"))
    code = models.CharField(_("provider's code"), max_length=100, blank=True, default="")
    message = models.CharField(_("provider's message"), max_length=500, blank=True, default="")
    entry_point = models.CharField(_("entry point"), max_length=16, choices=Door.choices)
    created_at = models.DateTimeField(_("when"), default=clock.now, db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("operation step")
        verbose_name_plural = _("operation steps")
        ordering: ClassVar[list[str]] = ["created_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(state__in=OperationState.values), name="payments_operationstep_state_known"
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return str(self.get_state_display())
