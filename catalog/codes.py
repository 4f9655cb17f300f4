"""The codes that one variant alone may have, each with the spellings that are the same."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import IntegrityError
from django.db.models import Q

from catalog.errors import GtinTaken, SkuTaken
from catalog.gtins import same_gtin, with_gtins
from catalog.skus import in_any_case, same_sku
from core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class UniqueCode:
    """A code of a variant, under the name of its field, which that of its unique constraint contains.

    `same` gives what all spellings of a code have in common, `held` the condition of variants that have one of some
    codes, and `taken` is raised for a code that another variant has.
    """

    name: str
    same: Callable[[str], str]
    held: Callable[[Iterable[str]], Q]
    taken: type[InvalidInput]


UNIQUE_CODES = (
    UniqueCode("sku", same_sku, in_any_case, SkuTaken),
    UniqueCode("gtin", same_gtin, with_gtins, GtinTaken),
)


def refused_constraint(error: IntegrityError) -> str:
    """The name of the constraint that refused a row; empty if the database does not tell."""
    return str(getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or "")


def taken_code(error: IntegrityError) -> InvalidInput | None:
    """The refusal for a code that was taken at the same time; None for another error."""
    constraint = refused_constraint(error)
    return next((code.taken(field=code.name) for code in UNIQUE_CODES if code.name in constraint), None)
