"""The one function that makes the words of a message: staff's, or the default where those cannot be used."""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from django.utils.translation import override

from core.errors import InvalidInput
from core.i18n.money_format import money_text
from core.money import Money
from desk.kinds import Cause
from desk.services import raise_task
from notifications.texts.kinds import PARTS, MessageKind, all_message_kinds
from notifications.texts.models import MessageText
from notifications.texts.placeholders import filled

logger = structlog.get_logger(__name__)

TEXT_BROKEN = "notifications.text_broken"


@dataclass(frozen=True, slots=True)
class Texts:
    """The words of one message. `intro` may have several lines, or none."""

    subject: str
    heading: str
    intro: str


def texts_of(*, code: str, language: str, values: Mapping[str, str | Money]) -> Texts:
    """Return the words of a message in a language, with the values in place. One query.

    What staff wrote never keeps a message from being made: a part that cannot be used is the default, and a staff task
    says so.
    """
    kind = all_message_kinds()[code]
    own = MessageText.objects.filter(code=code, language=language).first()
    with override(language):
        shown = {name: _shown(values.get(name, "")) for name in kind.variables}
        return Texts(*(_part(kind, own, part, language, shown) for part in PARTS))


def sample_texts(*, text: MessageText, kind: MessageKind) -> Texts:
    """Return the words of a text that need not be saved, with the samples in place. Raises InvalidInput."""
    with override(text.language):
        samples = {name: _shown(variable.sample) for name, variable in kind.variables.items()}
        parts = (getattr(text, part) or kind.default(part, text.language) for part in PARTS)
        return Texts(*(filled(part, samples) for part in parts))


def _part(kind: MessageKind, own: MessageText | None, part: str, language: str, values: Mapping[str, str]) -> str:
    written = getattr(own, part) if own is not None else ""
    if own is not None and written:
        try:
            return filled(written, values)
        except InvalidInput as error:
            logger.warning("message_text_not_used", code=kind.code, language=language, part=part, error=str(error))
            params = {"message": kind.code, "language": language}
            raise_task(kind=TEXT_BROKEN, cause=Cause(object_id=str(own.pk), params=params))
    return filled(kind.default(part, language), values)


def _shown(value: str | Money) -> str:
    return money_text(value) if isinstance(value, Money) else str(value)
