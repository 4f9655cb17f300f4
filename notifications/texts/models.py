"""What staff writes in place of a message's default texts."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import BaseModel
from notifications.texts.kinds import MessageKind, all_message_kinds


def message_choices() -> list[tuple[str, object]]:
    """The kinds of messages by their codes."""
    return [(code, kind.label) for code, kind in all_message_kinds().items()]


class MessageText(BaseModel):
    """The texts of one kind of message in one language; a part that is empty is the default."""

    code = models.CharField(_("message"), max_length=64)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    subject = models.CharField(_("subject"), max_length=200, blank=True, default="", db_default="")
    heading = models.CharField(_("heading"), max_length=200, blank=True, default="", db_default="")
    intro = models.TextField(_("opening text"), max_length=2_000, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("text of a message")
        verbose_name_plural = _("texts of messages")
        ordering: ClassVar[list[str]] = ["code", "language"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["code", "language"],
                name="notifications_text_once",
                violation_error_message=_("This message has its texts in this language already. Change those."),
            ),
        ]

    def __str__(self) -> str:
        label = self.declared.label if self.declared else self.code
        return f"{label} · {self.get_language_display()}"

    @property
    def declared(self) -> MessageKind | None:
        """The kind as its app declares it; None for one that no app declares any more."""
        return all_message_kinds().get(self.code)
