"""Forms with files in."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import MultiPartParser

from core.api.parsers import BodyTooLarge

PICTURES_AT_ONCE = 10


class UploadParser(MultiPartParser):
    """A form of at most the view's `most_body_bytes`; what is longer is refused before any of it is read."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        context = parser_context or {}
        if int(context["request"].META.get("CONTENT_LENGTH") or 0) > context["view"].most_body_bytes:
            raise BodyTooLarge
        try:
            return super().parse(stream, media_type, parser_context)
        except RequestDataTooBig as error:
            raise BodyTooLarge from error
        except SuspiciousOperation as error:
            raise ParseError(_("The form has too many fields or files.")) from error
        except ParseError as error:
            # The framework's sentence is about its own code.
            message = _("The form cannot be read. Send multipart/form-data with the boundary that its header names.")
            raise ParseError(message) from error
