"""What a visitor sees when something is refused, missing or broken; the API answers in its envelope instead."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views import defaults
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers
from django.views.static import serve

from core.web.middleware import is_api
from core.web.themes import remember_theme

_CSRF_FIELD = "csrfmiddlewaretoken"
# One-time codes and keys, besides passwords.
_SECRET_FIELDS = {"code", "key", "proof"}
_MOST_FIELDS = 100
# Another picture has another name.
_A_DAY = 86_400


def _envelope(code: str, message: str, status: int) -> JsonResponse:
    return JsonResponse({"success": False, "error_code": code, "message": message, "details": {}}, status=status)


@require_safe
@vary_on_headers("Accept-Language", "Cookie")
def home_in_own_language(request: HttpRequest) -> HttpResponse:
    """The bare address leads to the home page in the visitor's language."""
    return redirect("catalog:home")


# It changes nothing but the colours, and a token would set a cookie on every page.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def theme(request: HttpRequest) -> HttpResponse:
    """Remember light or dark, and go back to the page that was open; for browsers without scripts."""
    referer = request.headers.get("referer", "")
    safe = url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure())
    response = redirect(referer if safe and request.method == "POST" else "catalog:home")
    if request.method == "POST":
        remember_theme(response, request.POST.get("theme", ""), secure=request.is_secure())
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was sent without its token: cookies are off, or the page was open for too long."""
    message = _("Your session has expired or cookies are off. Please reload the page and try again.")
    if is_api(request):
        return _envelope("csrf_failed", message, 403)
    return render(request, "403_session.html", {"sent": _sent_from_here(request)}, status=403)


def _sent_from_here(request: HttpRequest) -> list[tuple[str, str]]:
    """What a form of this shop said, to be sent once more; nothing of a password, nor of another site's form."""
    here = f"{request.scheme}://{request.get_host()}"
    origin = request.headers.get("origin") or request.headers.get("referer", "")
    if origin != here and not origin.startswith(f"{here}/"):
        return []
    sent = [(name, value) for name, values in request.POST.lists() for value in values if name != _CSRF_FIELD]
    secret = any("password" in name or name in _SECRET_FIELDS for name, _value in sent)
    return [] if secret or len(sent) > _MOST_FIELDS or request.FILES else sent


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request) and isinstance(exception, RequestDataTooBig):
        return _envelope("body_too_large", _("The body is too large."), 413)
    if is_api(request):
        return _envelope("bad_request", _("The request could not be understood."), 400)
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return _envelope("not_allowed", _("You are not allowed to do this."), 403)
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return _envelope("not_found", _("Not found."), 404)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest, *args: Any) -> HttpResponse:
    """Must work when nothing else does: no database, no session."""
    if is_api(request):
        return _envelope("server_error", _("Something went wrong on our side."), 500)
    return defaults.server_error(request)


@cache_control(public=True, max_age=_A_DAY)
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """A file that was uploaded. A name that no file system could hold is as missing as any other."""
    try:
        return serve(request, path, document_root=settings.MEDIA_ROOT)
    except OSError as error:
        raise Http404 from error
