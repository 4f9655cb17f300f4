"""Light or dark: what a visitor has chosen is kept in a cookie that the pages' script may write as well."""

from django.http import HttpRequest, HttpResponse

from core.shop import DEFAULT_THEME

_COOKIE = "theme"
_THEMES = ("light", "dark")
_KEPT_SECONDS = 60 * 60 * 24 * 365


def chosen_theme(request: HttpRequest) -> str:
    """What the visitor has chosen, or else the shop; nothing to follow the device."""
    asked = request.COOKIES.get(_COOKIE, "")
    return asked if asked in _THEMES else DEFAULT_THEME.value


def remember_theme(response: HttpResponse, theme: str, *, secure: bool) -> None:
    """Keep a choice for a year; what is no theme is left alone."""
    if theme in _THEMES:
        response.set_cookie(_COOKIE, theme, max_age=_KEPT_SECONDS, secure=secure, samesite="Lax")
