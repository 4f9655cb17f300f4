"""What every line of a request's log has beside its text."""

import structlog
from django.http import HttpRequest
from django_structlog.signals import bind_extra_request_metadata

from core.callers import client_address


def listen() -> None:
    """Add to what django-structlog binds when a request comes in."""
    bind_extra_request_metadata.connect(_bind_address, dispatch_uid="core.logs")


def _bind_address(*, request: HttpRequest, **_kwargs: object) -> None:
    structlog.contextvars.bind_contextvars(ip=client_address(request))
