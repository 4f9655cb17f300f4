"""What mails have staff do."""

from collections.abc import Collection, Iterator

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from desk.kinds import Cause, TaskKind
from notifications.actions import NotificationAction
from notifications.models import Message, MessageText
from notifications.texts.rendering import TEXT_BROKEN
from notifications.texts.services import check_text

MAIL_FAILED = "notifications.mail_failed"


def _broken(object_ids: Collection[str] | None) -> Iterator[Cause]:
    texts = MessageText.objects.order_by("id")
    for text in texts if object_ids is None else texts.filter(pk__in=object_ids):
        try:
            check_text(text)
        except DomainError:
            params = {"message": text.code, "language": text.language}
            yield Cause(object_id=str(text.pk), params=params)


def _failed(object_ids: Collection[str] | None) -> Iterator[Cause]:
    messages = Message.objects.filter(status=Message.Status.FAILED)
    if object_ids is not None:
        messages = messages.filter(pk__in=object_ids)
    # The address is personal, and the mail's own page shows it.
    for pk, subject in messages.order_by("id").values_list("pk", "subject").iterator():
        yield Cause(object_id=str(pk), params={"subject": subject})


TASK_KINDS = (
    TaskKind(
        code=MAIL_FAILED,
        label=_("Mail could not be sent"),
        title=_("The mail “%(subject)s” could not be sent"),
        action=NotificationAction.RESEND_MESSAGE,
        object_type="notifications.message",
        causes=_failed,
    ),
    TaskKind(
        code=TEXT_BROKEN,
        label=_("Text of a message cannot be used"),
        title=_("The text of the message %(message)s (%(language)s) cannot be used"),
        action=NotificationAction.CHANGE_MESSAGE_TEXT,
        object_type="notifications.messagetext",
        causes=_broken,
    ),
)
