"""JSON in, with or without a byte order mark. Numbers with a point become Decimal: no price passes through a float."""

import json
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import status
from rest_framework.exceptions import APIException, ErrorDetail, ParseError, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

# A larger exponent stays: written out, the number would fill the memory.
_MOST_DIGITS = 30


class BodyTooLarge(APIException):
    """More than DATA_UPLOAD_MAX_MEMORY_SIZE bytes."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "body_too_large"
    default_detail = gettext_lazy("The body is too large.")


def read_bytes(request: Request) -> bytes:
    """The body as it came; it can be parsed afterwards too. Raises BodyTooLarge."""
    try:
        return bytes(request.body)
    except RequestDataTooBig as error:
        raise BodyTooLarge from error


class _NotJson(ValueError):
    """Why a text is no JSON that can be taken, as a sentence for people."""


class _RepeatedName(ValueError):
    """A name that stands twice in one object."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def _number(text: str) -> Decimal:
    """A number as it is written, but for 1e3, which is 1000 to whoever reads whole numbers."""
    number = Decimal(text)
    is_short = number.is_finite() and abs(number.adjusted()) < _MOST_DIGITS
    return Decimal(format(number, "f")) if is_short and number.as_tuple().exponent > 0 else number  # type: ignore[operator]


def _refuse_constant(name: str) -> NoReturn:
    raise _NotJson(_("%(word)s is no number in JSON.") % {"word": name})


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Readers differ in which of two values they take for a name, so that neither can be meant."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _RepeatedName(Counter(name for name, _value in pairs).most_common(1)[0][0])
    return found


def _refuse_broken_text(body: bytes, value: Any) -> None:
    """Neither the database nor an answer can hold a NUL character or half of a surrogate pair."""
    if b"\\u0000" in body or b"\x00" in body:
        raise _NotJson(_("A text may not have the NUL character."))
    if b"\\ud" in body.lower():
        try:
            json.dumps(value, ensure_ascii=False, default=str).encode("utf-8")
        except UnicodeEncodeError as error:
            raise _NotJson(_("A text has half of a surrogate pair.")) from error


def _parsed(body: bytes) -> Any:
    """The value of a body. Raises _NotJson, or _RepeatedName."""
    try:
        value = json.loads(
            body.decode("utf-8-sig"), parse_float=_number, parse_constant=_refuse_constant, object_pairs_hook=_object
        )
    except UnicodeDecodeError as error:
        raise _NotJson(_("It is not in UTF-8.")) from error
    except json.JSONDecodeError as error:
        place = {"line": error.lineno, "column": error.colno}
        raise _NotJson(_("Look at line %(line)d, column %(column)d.") % place) from error
    except RecursionError as error:
        raise _NotJson(_("It is nested too deeply.")) from error
    except (_NotJson, _RepeatedName):
        raise
    # Decimal calls a number whose exponent it cannot hold an ArithmeticError.
    except (ValueError, ArithmeticError) as error:
        raise _NotJson(_("A number has too many digits.")) from error
    _refuse_broken_text(body, value)
    return value


class DecimalJSONParser(BaseParser):
    """Parses UTF-8 JSON; refuses NaN, Infinity, NUL characters, broken surrogate pairs and names that stand twice."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        # Django bounds the bodies of forms only; reading one byte more tells a body that is too long from one
        # that just fits, whatever its Content-Length claims.
        limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise BodyTooLarge
        try:
            return _parsed(body)
        except _RepeatedName as error:
            message = _("This name stands twice in one object. Send it once.")
            raise ValidationError({error.name: [ErrorDetail(message, "duplicate_field")]}) from error
        except _NotJson as error:
            raise ParseError(_("The body is not valid JSON: %(reason)s") % {"reason": error}) from error
