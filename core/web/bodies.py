"""How large a request's body may be, by what it is sent to; a larger one is refused before any of it is read or stored.

The body's declared length counts: no server hands over more than that. Without one (chunked) nothing is taken.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from core.staff import is_trusted_staff
from core.web.middleware import is_api

GetResponse = Callable[[HttpRequest], HttpResponse]


class BodyLimitMiddleware:
    """Stands before whatever reads a body; by the time of process_view the session has told who sends it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Refuse with 413, or with 411 where the length is not told."""
        if "chunked" in request.headers.get("Transfer-Encoding", "").lower() and not request.META.get("CONTENT_LENGTH"):
            return refuse_body(request, 411)
        length = _length(request)
        # Most bodies are small, and then nobody needs to know where they go.
        if length <= settings.FORM_MAX_BYTES or length <= _most_bytes(request, view):
            return None
        return refuse_body(request, 413)


def refuse_body(request: HttpRequest, status: int) -> HttpResponse:
    """The refusal of a body, in the API's envelope or as a page."""
    if status == 411:
        code, message = "length_required", _("Send the body with its Content-Length.")
    else:
        code, message = "body_too_large", _("This is larger than we can take. Please send less at once.")
    if is_api(request):
        body = {"success": False, "error_code": code, "message": message, "details": {}}
        return JsonResponse(body, status=status)
    return render(request, "413.html", {"reason": message}, status=status)


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _most_bytes(request: HttpRequest, view: Any) -> int:
    if is_api(request):
        of_view: int = getattr(getattr(view, "cls", None), "most_body_bytes", 0)
        of_api: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        return max(of_view, of_api)
    match = request.resolver_match
    limits: dict[str, int] = settings.STAFF_UPLOAD_BYTES
    most = limits.get(match.view_name, 0) if match else 0
    # Anybody can send to these addresses; only staff's files are read.
    if most and not is_trusted_staff(request.user):
        most = 0
    form: int = settings.FORM_MAX_BYTES
    return max(most, form)
