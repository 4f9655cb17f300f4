"""What caches and browsers may keep. Nothing, unless a view says that its answer is for everybody."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

# Not even the browser's own history: Back after the log-out must not show the address book.
PRIVATE = "private, no-store"
# A page for everybody still has the visitor's cart in its header, so it is asked for again before every use.
_OWN_COPY = "private, no-cache"
_MARK = "is_public_page"

View = TypeVar("View", bound=Callable[..., Any])


def public_page(view: View) -> View:
    """Mark a page that shows everybody the same but for its header. Put it above all other decorators."""
    setattr(view, _MARK, True)
    return view


class CachePolicyMiddleware:
    """Gives every answer that does not say how long it may be kept the header that keeps it nowhere."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = _OWN_COPY if _is_for_everybody(request, response) else PRIVATE
        if response.get("Content-Type", "").startswith("text/html"):
            # The address of a page and that of its fragment are one, and pages are in the visitor's language.
            patch_vary_headers(response, ["Accept-Language", "Cookie", "HX-Request"])
        return response


def _is_for_everybody(request: HttpRequest, response: HttpResponseBase) -> bool:
    match = request.resolver_match
    is_public = match is not None and getattr(match.func, _MARK, False) and response.status_code == 200
    # Who is logged in is named in the header, and the page is not for who comes to the browser after them.
    return is_public and request.method in ("GET", "HEAD") and not request.user.is_authenticated
