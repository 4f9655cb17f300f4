"""Versions of rows: a hash that is another when somebody has changed what people edit."""

from base64 import urlsafe_b64encode
from collections.abc import Collection
from functools import cache
from hashlib import blake2b
from typing import Any

import orjson
from django.conf import settings
from django.db import models
from modeltranslation.manager import get_translatable_fields_for_model

# When a row was last written tells nothing that its other columns do not.
_SAYS_NOTHING = frozenset({"updated_at"})


def version_of(*parts: Any) -> str:
    """A short hash of plain values: ids, texts, numbers, times, and lists of them."""
    # Sorted: PostgreSQL gives the keys of JSON back in an order of its own.
    return short_hash(orjson.dumps(parts, default=str, option=orjson.OPT_SORT_KEYS))


def columns_of(row: models.Model, *, without: Collection[str] = ()) -> list[Any]:
    """A row's own values, texts in every language, for version_of()."""
    return [getattr(row, name) for name in _attributes(type(row), frozenset(without) | _SAYS_NOTHING)]


@cache
def _attributes(model: type[models.Model], without: frozenset[str]) -> list[str]:
    # Of a translated field the attribute of the bare name is one language's: whichever is active.
    skipped = without | set(get_translatable_fields_for_model(model) or ())
    return [field.attname for field in model._meta.concrete_fields if field.name not in skipped]


def short_hash(content: bytes) -> str:
    """Return twelve characters that only this shop can make of the content."""
    # Keyed: of a version's rows not every column is for everybody, and a few prices are soon tried out.
    key = blake2b(settings.SECRET_KEY.encode(), person=b"core.api.tags").digest()
    return urlsafe_b64encode(blake2b(content, digest_size=9, key=key).digest()).decode()
