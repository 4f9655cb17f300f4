"""JSON in. Numbers with a point become Decimal, so that no price passes through a float."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _refuse_nul(text: str) -> None:
    if "\\u0000" in text or "\x00" in text:
        raise ValueError("NUL character")


class DecimalJSONParser(BaseParser):
    """Parses UTF-8 JSON; refuses NaN, Infinity and what the database could not store (NUL characters)."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        try:
            text = stream.read().decode("utf-8")
            _refuse_nul(text)
            return json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise ParseError(_("The body is not valid JSON: %(reason)s") % {"reason": error}) from error
