"""The API's entry point to the texts of messages, for staff."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.viewsets import ApiViewSet, done
from notifications.actions import NotificationAction
from notifications.texts.kinds import PARTS, all_message_kinds
from notifications.texts.models import MessageText
from notifications.texts.serializers import MessageTextInput, MessageTextOutput
from notifications.texts.services import kind_of, reset_text, write_text

_DONE = OpenApiResponse(description="Done; `message` says what.")


class MessageTextViewSet(ApiViewSet):
    """The words of mails, by message and language."""

    queryset = MessageText.objects.none()
    pagination_class = None
    staff_actions = {
        "list": NotificationAction.VIEW_MESSAGE_TEXT,
        "retrieve": NotificationAction.VIEW_MESSAGE_TEXT,
        "partial_update": NotificationAction.CHANGE_MESSAGE_TEXT,
        "destroy": NotificationAction.CHANGE_MESSAGE_TEXT,
    }

    @extend_schema(summary="List the texts of messages", responses=MessageTextOutput(many=True))
    def list(self, request: Request) -> Response:
        """All messages in all languages at once, with their default texts."""
        own = {(text.code, text.language): text for text in MessageText.objects.all()}
        every = [
            _document(code, language, own.get((code, language)))
            for code in all_message_kinds()
            for language, _name in settings.LANGUAGES
        ]
        return self.answer(MessageTextOutput, every, many=True)

    @extend_schema(summary="Retrieve the texts of a message", responses=MessageTextOutput)
    def retrieve(self, request: Request, code: str, language: str) -> Response:
        return self._text(code, language)

    @extend_schema(summary="Update the texts of a message", request=MessageTextInput, responses=MessageTextOutput)
    def partial_update(self, request: Request, code: str, language: str) -> Response:
        """Changes what is given; mails use it from now on. `unknown_variable` names what may stand in braces."""
        kind_of(code, language)
        changes = self.read(MessageTextInput, partial=True, document=lambda: self._text(code, language).data)
        write_text(code=code, language=language, **changes)
        return self._text(code, language)

    @extend_schema(
        summary="Reset the texts of a message",
        responses={200: _DONE},
    )
    def destroy(self, request: Request, code: str, language: str) -> Response:
        """Goes back to the default texts."""
        reset_text(code=code, language=language)
        return done(_("The default texts are used again."))

    def _text(self, code: str, language: str) -> Response:
        kind_of(code, language)
        own = MessageText.objects.filter(code=code, language=language).first()
        return self.answer(MessageTextOutput, _document(code, language, own))


def _document(code: str, language: str, own: MessageText | None) -> dict[str, Any]:
    kind = all_message_kinds()[code]
    return {
        "code": code,
        "language": language,
        "label": kind.label,
        "category": str(kind.category),
        "channel": str(kind.channel),
        "variables": list(kind.variables),
        **{part: getattr(own, part, "") for part in PARTS},
        "defaults": {part: kind.default(part, language) for part in PARTS},
    }
