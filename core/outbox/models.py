"""Events, how far each consumer is, and what a consumer could not take yet."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Func, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core import clock
from core.db.ids import UUID7Field

# The cursor of the relay itself: the position it gave last. Consumers are dotted paths, so none is called that.
RELAY = "relay"
EMITTED_SEQUENCE = "core_outboxevent_emitted_seq"
# An event of now is written within the transaction of its change.
_LIVE = timedelta(minutes=1)


class NextEmitted(Func):
    """The next number of the database's sequence: a writer that waited for another's lock gets the higher one."""

    template = f"nextval('{EMITTED_SEQUENCE}'::regclass)"
    arity = 0
    output_field = models.BigIntegerField()


class OutboxEvent(models.Model):
    """Something that happened to an aggregate; ids only, for whoever hears of it reads the rows as they are by then."""

    id = UUID7Field()
    event_type = models.CharField(_("event"), max_length=64)
    aggregate_type = models.CharField(_("of"), max_length=64)
    aggregate_id = models.UUIDField(_("id"))
    payload = models.JSONField(_("ids"), default=dict)
    occurred_at = models.DateTimeField(_("happened"), default=clock.now, db_default=Now())
    # When the row was written by the wall clock, whatever time was being told of.
    recorded_at = models.DateTimeField(_("recorded"), db_default=Now(), editable=False)
    emitted = models.BigIntegerField(db_default=NextEmitted(), editable=False)
    position = models.BigIntegerField(_("position"), null=True, editable=False)

    class Meta:
        app_label = "core"
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["position"], name="core_outboxevent_position"),
            models.CheckConstraint(condition=Q(position__gte=1), name="core_outboxevent_position_positive"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["emitted"], condition=Q(position=None), name="core_outboxevent_waiting"),
            models.Index(fields=["aggregate_id"], name="core_outboxevent_aggregate"),
            models.Index(fields=["recorded_at"], name="core_outboxevent_recorded"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.aggregate_id}"

    @property
    def is_told_of_the_past(self) -> bool:
        """Whether it happened well before it was written, as in the sample data: nobody is to be written to then."""
        return self.recorded_at - self.occurred_at > _LIVE


class OutboxCursor(models.Model):
    """The position up to which a consumer was offered everything. Its row lock keeps two relays apart."""

    name = models.CharField(max_length=200, primary_key=True)
    position = models.BigIntegerField(default=0)

    class Meta:
        app_label = "core"

    def __str__(self) -> str:
        return f"{self.name} {self.position}"


class OutboxDelivery(models.Model):
    """An event that a consumer could not take, or that waits behind one of the same aggregate. Gone once delivered."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Will be tried again")
        DEAD = "dead", _("Given up")

    id = UUID7Field()
    consumer = models.CharField(_("consumer"), max_length=200)
    event = models.ForeignKey(OutboxEvent, on_delete=models.PROTECT, related_name="+", verbose_name=_("event"))
    aggregate_id = models.UUIDField()
    position = models.BigIntegerField(_("position"))
    status = models.CharField(_("status"), max_length=16, choices=Status.choices, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), default=clock.now)
    error = models.TextField(_("reason"), blank=True, default="")

    class Meta:
        app_label = "core"
        verbose_name = _("undelivered event")
        verbose_name_plural = _("undelivered events")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["consumer", "event"], name="core_outboxdelivery_one_an_event"),
            models.CheckConstraint(
                condition=Q(status__in=["waiting", "dead"]), name="core_outboxdelivery_status_known"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["consumer", "aggregate_id", "position"],
                condition=Q(status="waiting"),
                name="core_outboxdelivery_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.consumer} {self.position}"


COLOURS: dict[str, str] = {OutboxDelivery.Status.WAITING: "warning", OutboxDelivery.Status.DEAD: "danger"}
