"""The values that staff has set, read by way of a cache in each process.

A process asks the database once in SHOP_SETTINGS_SECONDS at most, with one query, whatever it reads of how many
settings. The process that writes reads anew from its commit on; others follow within those seconds, so that two of them
may differ for as long. While the database cannot answer, what was read last holds, or the defaults.
"""

import time
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import orjson
import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction

from core.errors import InvalidInput
from core.fast import process_cache as kept
from core.shop_settings.registry import all_settings

_READ = "SELECT name, value::text FROM core_shopsetting"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read: the values by name, as text and as Python has them, and until when they are believed."""

    texts: dict[str, str]
    values: dict[str, Any]
    until: float


class SettingsCache:
    """The values of one process."""

    def __init__(self) -> None:
        self._read = _Read({}, {}, 0.0)
        self._generation = 0

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value that staff has set, or else the default."""
        read = self._read
        if read.until <= time.monotonic():
            read = self._read_again(read)
        return read.values.get(name, default)

    def forget(self) -> None:
        """Ask the database before anything is read again in this process."""
        self._generation += 1
        self._read = _Read(self._read.texts, self._read.values, 0.0)

    def _read_again(self, last: _Read) -> _Read:
        generation = self._generation
        try:
            texts = _stored()
        except DatabaseError as error:
            _log.warning("shop_settings_unread", error=str(error))
            texts = last.texts
        if texts == last.texts:
            values = last.values
        else:
            values = _parsed(texts)
            # Parts of pages were rendered with the values before.
            kept.forget()
        read = _Read(texts, values, time.monotonic() + settings.SHOP_SETTINGS_SECONDS)
        if generation == self._generation:  # what was written meanwhile has to be read
            self._read = read
        return read


def _stored() -> dict[str, str]:
    # In a savepoint, so that a failure leaves the caller's transaction usable.
    with transaction.atomic() if connection.in_atomic_block else nullcontext(), connection.cursor() as cursor:
        cursor.execute(_READ)
        return dict(cursor.fetchall())


def _parsed(texts: dict[str, str]) -> dict[str, Any]:
    """Return the values of what can be read; check_integrity names what cannot, for which the default holds."""
    values: dict[str, Any] = {}
    for name, text in texts.items():
        if (setting := all_settings().get(name)) is None:
            continue
        try:
            values[name] = setting.load(orjson.loads(text))
        except (InvalidInput, ValidationError) as error:
            _log.error("shop_setting_invalid", setting=name, reason=str(error))
    return values


cache = SettingsCache()
