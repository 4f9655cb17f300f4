"""Messages to people, made with the event that they tell of and sent afterwards; and who asked to hear of a return."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from catalog.models import Variant
from core import clock
from core.models import BaseModel
from notifications.texts.models import MessageText
from orders.models import Order

__all__ = ["BackInStockNotice", "Message", "MessageText"]


class BackInStockNotice(BaseModel):
    """Somebody wants one mail when a variant can be bought again. A customer is written to at the account's address."""

    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="+", verbose_name=_("variant"))
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("customer"),
    )
    email = models.EmailField(_("e-mail address"))
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    asked_at = models.DateTimeField(_("asked"), default=clock.now)
    # A guest's notice counts once its mailbox has confirmed it; before that nothing is sent but the mail that asks.
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    told_at = models.DateTimeField(_("told"), null=True, blank=True)

    class Meta:
        verbose_name = _("back-in-stock notice")
        verbose_name_plural = _("back-in-stock notices")
        ordering: ClassVar[list[str]] = ["-asked_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                "variant", Upper("email"), condition=Q(told_at=None), name="notifications_notice_one_open"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["-asked_at", "-id"], name="notifications_notice_newest"),
            # As `iexact` compares.
            models.Index(Upper("email"), name="notifications_notice_email"),
        ]

    def __str__(self) -> str:
        return f"{self.variant_id} → {self.email}"


class Message(BaseModel):
    """One mail to one address. It is written out from the rows it tells of when it is sent; no text is kept here."""

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")

    class Template(models.TextChoices):
        ORDER_PLACED = "order_placed", _("Order placed")
        ORDER_SHIPPED = "order_shipped", _("Parcel shipped")
        ORDER_CANCELLED = "order_cancelled", _("Order cancelled")
        ORDER_LINK = "order_link", _("Link to the order")
        BACK_IN_STOCK = "back_in_stock", _("Back in stock")
        CONFIRM_NOTICE = "confirm_notice", _("Please confirm the stock notice")
        STOCK_LOW = "stock_low", _("Stock is low")
        STOCK_SOLD_OUT = "stock_sold_out", _("Sold out")

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")

    channel = models.CharField(_("channel"), max_length=16, choices=Channel.choices, default=Channel.EMAIL)
    template = models.CharField(_("message"), max_length=32, choices=Template.choices)
    to = models.EmailField(_("to"))
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    subject = models.CharField(_("subject"), max_length=250)
    # What it tells of: an order, or a variant and, unless it goes to staff, the notice that asked for it.
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, null=True, blank=True, related_name="messages", verbose_name=_("order")
    )
    variant = models.ForeignKey(
        Variant, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("variant")
    )
    notice = models.ForeignKey(
        BackInStockNotice, on_delete=models.CASCADE, null=True, blank=True, related_name="messages", editable=False
    )
    # The outbox forgets its events in time, so this refers to nothing; it keeps a repeated event from a second mail.
    # A notice is told of once whatever event does it, so its id stands here.
    event_id = models.UUIDField(editable=False)
    ids = models.JSONField(default=dict, editable=False)
    status = models.CharField(_("status"), max_length=16, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # Until then nobody tries: somebody is sending it, or the last attempt was too short ago.
    not_before = models.DateTimeField(_("next attempt"), default=clock.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    error = models.TextField(_("reason"), blank=True, default="")

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["event_id", "template", "to"], name="notifications_message_once"),
            models.CheckConstraint(
                condition=Q(order__isnull=False, variant=None) | Q(order=None, variant__isnull=False),
                name="notifications_message_of_something",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "sent", "failed"]), name="notifications_message_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status="sent", sent_at__isnull=False) | (~Q(status="sent") & Q(sent_at=None)),
                name="notifications_message_sent_has_time",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["not_before"], condition=Q(status="pending"), name="notifications_message_due"),
            models.Index(fields=["-created_at", "-id"], name="notifications_message_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_template_display()} → {self.to}"


COLOURS: dict[str, str] = {
    Message.Status.PENDING: "warning",
    Message.Status.SENT: "success",
    Message.Status.FAILED: "danger",
}
