"""A Django that does nothing but answer: the same bytes as the shop, out of memory, without a query.

What a page or endpoint takes above this is Souk's own work and the database's.
"""

import os
from pathlib import Path

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

_FILES = Path(os.environ["BARE_ANSWERS"])
_ANSWERS = {file.name: file.read_bytes() for file in _FILES.iterdir()}


def answer(request: HttpRequest, name: str) -> HttpResponse:
    """The bytes that the shop gave under this name."""
    return HttpResponse(_ANSWERS[name], content_type="application/json")


urlpatterns = [path("<name>", answer)]
settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    SECRET_KEY="bare",  # noqa: S106  (protects nothing)
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
)
application = get_wsgi_application()
