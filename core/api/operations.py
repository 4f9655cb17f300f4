"""What the OpenAPI document says of every operation alike. Apart from core.api.schema, which loads before the views."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from core.api.idempotency import CHANGES, KEY_HEADER, REPLAYED_HEADER
from core.api.sparse import FIELDS
from core.api.tags import IF_MATCH, IF_NONE_MATCH

_IDEMPOTENCY = [
    OpenApiParameter(
        KEY_HEADER,
        {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        OpenApiParameter.HEADER,
        description=(
            "Sent again with the same request, it gets the first one's answer. Another request with the key: 422 "
            "`idempotency_key_reused`; the first one still at work: 409 `idempotency_in_flight` with Retry-After."
        ),
    ),
    OpenApiParameter(
        REPLAYED_HEADER,
        {"type": "string", "enum": ["true"]},
        OpenApiParameter.HEADER,
        response=True,
        description="The answer is that of an earlier request with the same key.",
    ),
]

_TAG = OpenApiParameter(
    "ETag",
    str,
    OpenApiParameter.HEADER,
    response=[200, 201],
    description="For If-None-Match, and where a change takes it for If-Match.",
)
_READ = [
    OpenApiParameter(
        FIELDS,
        str,
        description="Only these fields: `id,name`, or with a point what is inside of one: `variants.sku`.",
    ),
    OpenApiParameter(
        IF_NONE_MATCH, str, OpenApiParameter.HEADER, description="The ETag of an earlier answer: 304 if it still holds."
    ),
    _TAG,
]
_GUARDED = [
    OpenApiParameter(
        IF_MATCH,
        str,
        OpenApiParameter.HEADER,
        description=(
            "The ETag of what was read, in whatever language and with whatever fields: 412 `precondition_failed` if "
            "somebody changed it since. `*` takes whatever there is."
        ),
    ),
    _TAG,
]


class OperationSchema(AutoSchema):
    """Names the headers and the parameter that core.api.viewsets reads by itself."""

    def get_override_parameters(self) -> list[Any]:
        given: list[Any] = super().get_override_parameters()
        if self.method not in CHANGES:
            return [*given, *_READ]
        guarded = _GUARDED if getattr(self.view, "action", None) in getattr(self.view, "guarded", ()) else []
        return [*given, *guarded, *(_IDEMPOTENCY if getattr(self.view, "keeps_answers", False) else [])]
