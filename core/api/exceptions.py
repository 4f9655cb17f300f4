"""Every error of the API in one envelope: success, error_code, message, details."""

from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_handler

from core.errors import DomainError


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Turn what was raised into an answer; None leaves it to the 500 handler."""
    if isinstance(exc, DomainError):
        details = {"field": exc.field, **exc.details} if exc.field else exc.details
        return Response(error_body(exc.code, str(exc.message), details), status=exc.status)
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
        fields: dict[str, Any] = {**exc.detail} if isinstance(exc.detail, dict) else {"non_field_errors": exc.detail}
        return error_body("validation_error", _("Please correct the fields named in details."), fields)
    if isinstance(exc, Http404 | exceptions.NotFound):
        return error_body("not_found", _("Not found."))
    if isinstance(exc, DjangoPermissionDenied | exceptions.PermissionDenied):
        return error_body("not_allowed", _("You are not allowed to do this."))
    if isinstance(exc, exceptions.APIException):
        codes = exc.get_codes()
        code = codes if isinstance(codes, str) else exc.default_code
        detail = exc.detail
        message = str(detail.get("detail", "")) if isinstance(detail, dict) else str(detail)
        return error_body(code, message)
    return error_body("error", str(exc))
