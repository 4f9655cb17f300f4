"""Notes where a browser was last seen."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from accounts.sessions import MARK, browser_was_seen


class LoginSessionMiddleware:
    """Looks only at sessions that the page itself has read: an answer that depends on nobody stays so."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.session.accessed and MARK in request.session:
            browser_was_seen(request)
        return response
