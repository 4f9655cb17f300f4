"""What every page of the storefront needs to know about the shop itself."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from core.shop import SHOP_NAME, contact_details
from core.web.themes import chosen_theme

# Each language by its own name, so that a reader finds it whatever the page is written in.
OWN_NAMES = {"en": "English", "fr": "Français", "ar": "العربية"}


def _languages(request: HttpRequest) -> list[dict[str, str]]:
    path, prefix = request.get_full_path(), f"/{get_language()}/"
    # A page has one address in all languages but for the prefix; to look it up anew for each took a millisecond.
    is_page = getattr(request, "resolver_match", None) is not None and path.startswith(prefix)
    languages = []
    for code, _name in settings.LANGUAGES:
        url = f"/{code}/{path.removeprefix(prefix) if is_page else ''}"
        languages.append(
            {
                "code": code,
                "name": OWN_NAMES.get(code, code),
                "url": url,
                "absolute_url": request.build_absolute_uri(url.partition("?")[0]),
            }
        )
    return languages


def shop(request: HttpRequest) -> dict[str, Any]:
    """The shop's name, its colours, and the address of this page in each language, computed only if it is shown."""
    return {
        "SHOP_NAME": SHOP_NAME.text,
        "contact": SimpleLazyObject(contact_details),
        "theme": chosen_theme(request),
        "languages": SimpleLazyObject(lambda: _languages(request)),
    }
