"""The envelope around every answer: success, data, message, errors, pagination.

This module must not import rest_framework.views: the settings name it before that module can load.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson
from django.utils.functional import Promise
from rest_framework.renderers import BaseRenderer
from rest_framework.response import Response


def _plain(value: Any) -> Any:
    if isinstance(value, Promise | Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def dumps(value: Any) -> bytes:
    """JSON as the API writes it."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS)


class EnvelopeRenderer(BaseRenderer):
    """Writes JSON. Error bodies come from the exception handler and are complete already."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        response: Response | None = (renderer_context or {}).get("response")
        if response is None or response.status_code == 204:
            return b""
        if response.status_code >= 400:
            return dumps(data)
        envelope = {
            "success": True,
            "data": data,
            "message": getattr(response, "message", None),
            "errors": None,
            "pagination": getattr(response, "pagination", None),
        }
        return dumps(envelope)
