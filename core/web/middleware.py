"""Which door a request came through, and what the domain refuses shown on the page it came from."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextvars import Context, copy_context
from functools import partial
from http import HTTPStatus
from typing import cast
from uuid import UUID

from csp.decorators import csp_update
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.defaults import page_not_found
from structlog.contextvars import get_contextvars

from core.context import Door, Work, working
from core.db.ids import new_id
from core.errors import DomainError, NotFound
from core.staff import lacks_second_factor
from core.text.redaction import redact_text

_REQUEST_ID = "HTTP_X_REQUEST_ID"
_SANE_ID = re.compile(r"[A-Za-z0-9._~:+/=-]{1,64}")
GetResponse = Callable[[HttpRequest], HttpResponse]


def is_api(request: HttpRequest) -> bool:
    """Whether the caller speaks to the API and expects its envelope."""
    return request.path.startswith("/api/")


def is_admin(request: HttpRequest) -> bool:
    """Whether the request is for a page of the admin."""
    return request.path.startswith("/admin/")


class RequestIdMiddleware:
    """Answers every request with its id in X-Request-ID: the caller's if it is sane, else a new one.

    django-structlog and the audit read the same header, so a caller can name the request to whoever reads the logs.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get(_REQUEST_ID, "")
        # As text, since that is what the log, the audit and its columns keep.
        request.META[_REQUEST_ID] = request_id = given if _SANE_ID.fullmatch(given) else str(new_id())
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response


class AdminPolicyMiddleware:
    """Gives the admin's pages the content security policy that they need, and leaves the storefront's strict."""

    def __init__(self, get_response: GetResponse) -> None:
        self.storefront = get_response
        self.admin = cast(GetResponse, csp_update(settings.ADMIN_CONTENT_SECURITY_POLICY)(get_response))

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.admin(request) if is_admin(request) else self.storefront(request)


class AdminQueryMiddleware:
    """Answers 400 where the query of an admin page has a NUL, which no filter or search can ask the database for."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_admin(request) and any("\x00" in value for values in request.GET.lists() for value in values[1]):
            raise BadRequest("NUL in the query")
        return self.get_response(request)


class StaffSecondFactorMiddleware:
    """Leads staff to set up the two-step log-in, where it is required, before the admin opens."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_admin(request) or request.path == reverse("admin:logout") or not lacks_second_factor(request.user):
            return self.get_response(request)
        messages.warning(request, _("Please set up the two-step log-in first: the admin opens only with it."))
        return redirect("mfa_index")


class DoorMiddleware:
    """Remembers for the audit and the histories who is at work, and whether through a page, the admin or the API."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if is_api(request):
            door = Door.API
        elif is_admin(request):
            door = Door.ADMIN
        else:
            door = Door.PAGE
        work = Work(
            door=door,
            actor=partial(_who, request),
            activity=redact_text(f"{request.method} {request.path}"),
            reference=str(get_contextvars().get("request_id", "")),
        )
        with working(work):
            response: HttpResponseBase = self.get_response(request)
            if isinstance(response, StreamingHttpResponse) and not response.is_async:
                # It is read when this has returned, and may still write.
                response.streaming_content = _within(
                    copy_context(), cast("Iterable[bytes]", response.streaming_content)
                )
        return response


def _who(request: HttpRequest) -> UUID | None:
    """Whoever is logged in by now: the API finds out in its view, and a log-in happens in the middle of a request."""
    return cast("UUID | None", getattr(getattr(request, "user", None), "pk", None))


def _within(context: Context, content: Iterable[bytes]) -> Iterator[bytes]:
    chunks = iter(content)
    while (chunk := context.run(next, chunks, None)) is not None:
        yield chunk


class DomainErrorMiddleware:
    """The one place where a refusal that no form could show becomes a message on a page."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError) or is_api(request):
            return None
        if isinstance(exception, NotFound):
            return page_not_found(request, exception)
        if exception.status == HTTPStatus.TOO_MANY_REQUESTS:
            return limit_reached(request, exception)
        messages.error(request, str(exception))
        return HttpResponseRedirect(self._back(request))

    @staticmethod
    def _back(request: HttpRequest) -> str:
        referer = request.headers.get("referer", "")
        safe = url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure())
        # A page that fails to render must not be sent back to itself for ever.
        if safe and not (request.method == "GET" and referer == request.build_absolute_uri()):
            return referer
        return reverse("catalog:home")


def limit_reached(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    """The page, or the fragment for HTMX, that asks to wait. What was typed stays in a form that can be sent again."""
    headers = {"Retry-After": str(refusal.retry_after)}
    if getattr(request, "htmx", False):
        headers |= {"HX-Retarget": "#messages", "HX-Reswap": "innerHTML show:top"}
        response = render(request, "partials/refusal.html", {"refusal": refusal}, status=refusal.status)
    else:
        typed = [(name, one) for name, values in request.POST.lists() if not _is_secret(name) for one in values if one]
        context = {"refusal": refusal, "typed": typed, "again": request.get_full_path(), "method": request.method}
        response = render(request, "429.html", context, status=refusal.status)
    for name, value in headers.items():
        response[name] = value
    return response


def _is_secret(name: str) -> bool:
    """Whether a field is typed anew each time."""
    return name == "csrfmiddlewaretoken" or "password" in name or name in {"code", "key"}
