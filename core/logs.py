"""What a line of the log has: one for each request, with its caller, and nothing that opens anything."""

import logging
from collections.abc import Sequence
from typing import Any

import structlog
from django.http import HttpRequest
from django_structlog.signals import bind_extra_request_finished_metadata, bind_extra_request_metadata
from structlog.typing import EventDict, Processor, WrappedLogger

from core.text.redaction import redact
from core.web.callers import client_address

_AGENT_LENGTH = 200
# django-structlog tells when a request and the sending of its answer begin and end; `request_finished` tells it all.
_SAID_BY_THE_LAST = frozenset({"request_started", "streaming_started", "streaming_finished"})


def listen() -> None:
    """Add to what django-structlog binds when a request comes in and tells when it is answered."""
    bind_extra_request_metadata.connect(_bind_address, dispatch_uid="core.logs.address")
    bind_extra_request_finished_metadata.connect(_add_agent, dispatch_uid="core.logs.agent")


class OneLineARequest(logging.Filter):
    """Lets nothing through that the last line of a request tells as well."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (isinstance(record.msg, dict) and record.msg.get("event") in _SAID_BY_THE_LAST)


def json_formatter(foreign_pre_chain: Sequence[Processor]) -> logging.Formatter:
    """The formatter of every line: JSON, redacted last, so that it does not matter which logger wrote what."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=foreign_pre_chain,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            without_secrets,
            structlog.processors.JSONRenderer(),
        ],
    )


def without_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A processor that takes every secret out of a line, by core.text.redaction."""
    return {name: redact(value, name=name) for name, value in event.items()}


def _bind_address(*, request: HttpRequest, **_kwargs: object) -> None:
    structlog.contextvars.bind_contextvars(ip=client_address(request))


def _add_agent(*, request: HttpRequest, log_kwargs: dict[str, Any], **_kwargs: object) -> None:
    log_kwargs["user_agent"] = request.headers.get("User-Agent", "")[:_AGENT_LENGTH]
