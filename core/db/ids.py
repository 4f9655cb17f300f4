"""Identifiers: UUID version 7, ordered by time, made in Python and by PostgreSQL alike."""

import uuid
from typing import Any

from django.db import models
from django.db.models import Func
from uuid_utils.compat import uuid7

__all__ = ["UUID7Field", "new_id"]


def new_id() -> uuid.UUID:
    """A new time-ordered identifier."""
    return uuid7()


class UUIDv7(Func):
    """PostgreSQL 18's own generator, for rows that are written in SQL."""

    function = "uuidv7"
    template = "%(function)s()"
    output_field = models.UUIDField()


class UUID7Field(models.UUIDField):  # type: ignore[type-arg]  # not generic at run time
    """A primary key that both the ORM and plain SQL fill in."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("primary_key", True)
        kwargs.setdefault("default", new_id)
        kwargs.setdefault("db_default", UUIDv7())
        kwargs.setdefault("editable", False)
        super().__init__(**kwargs)
