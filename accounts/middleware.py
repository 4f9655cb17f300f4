"""The person of a browser's session, and where that browser was last seen."""

from collections.abc import Callable
from functools import partial

from django.contrib.auth.middleware import AuthenticationMiddleware as BaseAuthenticationMiddleware
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from accounts.guesses import tell_limit
from accounts.known_devices import send_mark
from accounts.sessions import MARK, browser_was_seen, user_of_browser


class AuthenticationMiddleware(BaseAuthenticationMiddleware):
    """Django's, which also asks whether the log-in of the session was ended. Reads nothing before it is needed."""

    def process_request(self, request: HttpRequest) -> None:
        # Without `auser`, which would not ask: no page of the shop is asynchronous.
        request.user = SimpleLazyObject(partial(user_of_browser, request))  # type: ignore[assignment]


class LoginSessionMiddleware:
    """Keeps the row of a log-in up to date, and puts into answers what log-ins and guesses leave for them.

    Looks only at sessions that the page itself has read: an answer that depends on nobody stays so.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.session.accessed and MARK in request.session:
            browser_was_seen(request)
        send_mark(request, response)
        tell_limit(request, response)
        return response
