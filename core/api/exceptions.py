"""Every error of the API in one envelope: success, error_code, message, details."""

from collections.abc import Mapping
from math import ceil
from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from rest_framework import exceptions
from rest_framework.fields import get_error_detail
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_handler

from core.api.faults import faults_of
from core.api.tags import PreconditionFailed
from core.errors import DomainError, FieldFault

# What a caller waits who came too often and for whom nobody counted the seconds.
_PATIENCE = 60
_LONGEST_MEDIA_TYPE = 100

# The shop's own codes and sentences for what frameworks refuse, by their code.
_OWN_CODES = {"permission_denied": "not_allowed"}
_OWN_SENTENCES: dict[str, Any] = {
    "not_allowed": gettext_lazy("You are not allowed to do this."),
    "not_found": gettext_lazy("Not found."),
    "not_authenticated": gettext_lazy("Please log in: send an access token in the header Authorization."),
    "not_acceptable": gettext_lazy(
        "Answers come as application/json only. Send it in the header Accept, or leave it out."
    ),
    "bad_authorization_header": gettext_lazy("Send the header Authorization as “Bearer”, a blank and the token."),
    "token_not_valid": gettext_lazy("The token is wrong or no longer valid. Please log in again."),
    "user_not_found": gettext_lazy("The token is wrong or no longer valid. Please log in again."),
    "user_inactive": gettext_lazy("This account is closed."),
    "password_changed": gettext_lazy("The password has been changed. Please log in again."),
}


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Turn what was raised into an answer; None leaves it to the 500 handler."""
    if isinstance(exc, DomainError):
        return _domain_answer(exc)
    if isinstance(exc, DjangoValidationError):
        exc = exceptions.ValidationError(get_error_detail(exc))
    response = drf_handler(exc, context)
    if response is None:
        return None
    if isinstance(exc, exceptions.Throttled):
        wait = _seconds_to_wait(exc)
        response["Retry-After"] = str(wait)
        response.data = error_body("throttled", _too_often(wait), {"retry_after": wait})
        return response
    response.data = _body(exc, context)
    return response


def error_body(
    code: str,
    message: str,
    details: dict[str, Any] | None = None,
    faults: Mapping[str, FieldFault] | None = None,
) -> dict[str, Any]:
    """The error envelope; faults of fields stand in its details under `fields`, by their path."""
    named = {"fields": {path: fault.as_dict() for path, fault in faults.items()}} if faults else {}
    return {"success": False, "error_code": code, "message": message, "details": {**named, **(details or {})}}


def _domain_answer(exc: DomainError) -> Response:
    details = exc.details
    headers = {"ETag": exc.details["etag"]} if isinstance(exc, PreconditionFailed) else {}
    if exc.retry_after is not None:
        details, headers = {**details, "retry_after": exc.retry_after}, {"Retry-After": str(exc.retry_after)}
    body = error_body(exc.code, str(exc.message), details, exc.field_faults())
    return Response(body, status=exc.status, headers=headers)


def _body(exc: Exception, context: Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(exc, exceptions.ValidationError):
        return error_body(
            "validation_error", _("Please correct the fields named in details."), faults=faults_of(exc.detail)
        )
    code = _code_of(exc)
    if isinstance(exc, exceptions.UnsupportedMediaType):
        return error_body(code, _media_types_told(context))
    if code in _OWN_SENTENCES:
        return error_body(code, str(_OWN_SENTENCES[code]))
    return error_body(code, str(getattr(exc, "detail", _("The request could not be understood."))))


def _code_of(exc: Exception) -> str:
    if isinstance(exc, Http404):
        return "not_found"
    if isinstance(exc, DjangoPermissionDenied):
        return "not_allowed"
    detail = getattr(exc, "detail", None)
    # simplejwt's details are an object with a code among them.
    code = detail.get("code") if isinstance(detail, Mapping) else getattr(detail, "code", None)
    code = str(code or getattr(exc, "default_code", "bad_request"))
    return _OWN_CODES.get(code, code)


def _media_types_told(context: Mapping[str, Any]) -> str:
    taken = ", ".join(parser.media_type for parser in context["view"].parser_classes)
    sent = str(context["request"].content_type or "")[:_LONGEST_MEDIA_TYPE]
    return _("Send the body as %(taken)s, not as “%(sent)s”.") % {"taken": taken, "sent": sent}


def _seconds_to_wait(exc: exceptions.Throttled) -> int:
    wait: float | None = getattr(exc, "wait", None)
    return _PATIENCE if wait is None else max(1, ceil(wait))


def _too_often(seconds: int) -> str:
    told = ngettext(
        "Too many requests. Please try again in %(count)d second.",
        "Too many requests. Please try again in %(count)d seconds.",
        seconds,
    )
    return told % {"count": seconds}
