"""Reads of the ledger."""

from django.db.models import CharField, QuerySet
from django.db.models.functions import Cast

from core.errors import NotFound
from etl.models import Run


def recent_runs() -> QuerySet[Run]:
    """All runs, newest first, with their accounts. Two queries."""
    return Run.objects.prefetch_related("entities")


def find_run(text: str) -> Run:
    """The run of this id, or of the only id that ends with the text; "last" is the newest. Raises NotFound."""
    runs = Run.objects.all()
    if text == "last":
        found = list(runs[:1])
    else:
        digits = Cast("pk", CharField())
        found = list(runs.annotate(digits=digits).filter(digits__endswith=text.lower())[:2])
    if len(found) != 1:
        raise NotFound(f"there is no run {text}" if not found else f"more than one run ends with {text}")
    return found[0]
