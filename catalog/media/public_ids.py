"""The names by which other systems know a picture; they stay when the file or its address changes."""

from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Func
from django.utils.translation import gettext_lazy as _

from core.db.ids import new_id

LENGTH = 120
valid_public_id = RegexValidator(
    r"\A[A-Za-z0-9][A-Za-z0-9_./-]*\Z", _("Use letters, digits, dots, slashes, hyphens and underscores.")
)


def new_public_id() -> str:
    """A name that no picture has."""
    return new_id().hex


class NewPublicId(Func):
    """PostgreSQL's own, for rows that are written in SQL."""

    template = "replace(uuidv7()::text, '-', '')"
    output_field = models.CharField()


class PublicIdField(models.CharField):  # type: ignore[type-arg]  # not generic at run time
    """A unique name, given or made by the ORM and plain SQL alike."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", LENGTH)
        kwargs.setdefault("unique", True)
        kwargs.setdefault("default", new_public_id)
        kwargs.setdefault("db_default", NewPublicId())
        kwargs.setdefault("validators", [valid_public_id])
        super().__init__(*args, **kwargs)
