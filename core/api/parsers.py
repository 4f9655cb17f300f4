"""JSON in. Numbers with a point become Decimal, so that no price passes through a float."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser


class BodyTooLarge(APIException):
    """More than DATA_UPLOAD_MAX_MEMORY_SIZE bytes."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "body_too_large"
    default_detail = gettext_lazy("The body is too large.")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _refuse_broken_text(body: bytes, value: Any) -> None:
    """Neither the database nor an answer can hold a NUL character or half of a surrogate pair."""
    if b"\\u0000" in body or b"\x00" in body:
        raise ValueError("NUL character")
    if b"\\ud" in body.lower():
        json.dumps(value, ensure_ascii=False, default=str).encode("utf-8")


class DecimalJSONParser(BaseParser):
    """Parses UTF-8 JSON; refuses NaN, Infinity, NUL characters and broken surrogate pairs."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        # Django bounds the bodies of forms only; reading one byte more tells a body that is too long from one
        # that just fits, whatever its Content-Length claims.
        limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise BodyTooLarge
        try:
            value = json.loads(body.decode("utf-8"), parse_float=Decimal, parse_constant=_refuse_constant)
            _refuse_broken_text(body, value)
        # Decimal calls a number whose exponent it cannot hold an ArithmeticError.
        except (ValueError, ArithmeticError, RecursionError) as error:
            raise ParseError(_("The body is not valid JSON: %(reason)s") % {"reason": error}) from error
        return value
