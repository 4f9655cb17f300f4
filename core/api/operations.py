"""What the OpenAPI document says of every operation alike. Apart from core.api.schema, which loads before the views."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from core.api.idempotency import CHANGES, KEY_HEADER, REPLAYED_HEADER

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


class OperationSchema(AutoSchema):
    """Names the headers that core.api.viewsets reads on every change whose answer is kept."""

    def get_override_parameters(self) -> list[Any]:
        given: list[Any] = super().get_override_parameters()
        if self.method in CHANGES and getattr(self.view, "keeps_answers", False):
            return [*given, *_IDEMPOTENCY]
        return given
