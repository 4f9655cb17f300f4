"""Every error of the API in one envelope: success, error_code, message, details."""

from math import ceil
from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.fields import get_error_detail
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_handler

from core.api.tags import PreconditionFailed
from core.errors import DomainError

# DRF's own words for what has a sentence of the shop's; any other code brings its own message.
_NOT_ALLOWED = "permission_denied"


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Turn what was raised into an answer; None leaves it to the 500 handler."""
    if isinstance(exc, DomainError):
        details = {"field": exc.field, **exc.details} if exc.field else exc.details
        headers = {"ETag": exc.details["etag"]} if isinstance(exc, PreconditionFailed) else {}
        if exc.retry_after is not None:
            details, headers = {**details, "retry_after": exc.retry_after}, {"Retry-After": str(exc.retry_after)}
        return Response(error_body(exc.code, str(exc.message), details), status=exc.status, headers=headers)
    if isinstance(exc, DjangoValidationError):
        exc = exceptions.ValidationError(get_error_detail(exc))
    response = drf_handler(exc, context)
    if response is None:
        return None
    response.data = _body(exc)
    return response


def error_body(code: str, message: str, details: dict[str, Any] | None = None) -> dict[str, Any]:
    """The error envelope."""
    return {"success": False, "error_code": code, "message": message, "details": details or {}}


def _body(exc: Exception) -> dict[str, Any]:
    if isinstance(exc, exceptions.ValidationError):
        detail = exc.detail if isinstance(exc.detail, dict) else {"non_field_errors": exc.detail}
        return error_body("validation_error", _("Please correct the fields named in details."), detail)
    if isinstance(exc, Http404 | exceptions.NotFound):
        return error_body("not_found", _("Not found."))
    if isinstance(exc, DjangoPermissionDenied):
        return error_body("not_allowed", _("You are not allowed to do this."))
    if isinstance(exc, exceptions.Throttled):
        wait: float | None = getattr(exc, "wait", None)
        return error_body("throttled", str(exc.detail), {} if wait is None else {"retry_after": ceil(wait)})
    if isinstance(exc, exceptions.APIException):
        return _of_framework(exc)
    return error_body("error", str(exc))


def _of_framework(exc: exceptions.APIException) -> dict[str, Any]:
    detail: Any = exc.detail
    if isinstance(detail, dict):  # as simplejwt has it
        return error_body(str(detail.get("code", exc.default_code)), str(detail.get("detail", "")))
    code = getattr(detail, "code", exc.default_code)
    if code == _NOT_ALLOWED:
        return error_body("not_allowed", _("You are not allowed to do this."))
    return error_body(code, str(detail))
