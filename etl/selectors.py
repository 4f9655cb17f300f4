"""Reads of the ledger."""

from django.db.models import QuerySet

from core.errors import NotFound
from etl.models import Run


def recent_runs() -> QuerySet[Run]:
    """All runs, newest first, with their accounts. Two queries."""
    return Run.objects.prefetch_related("entities")


def find_run(text: str) -> Run:
    """The run of this id, or of the only id that ends with the text; "last" is the newest. Raises NotFound."""
    if text == "last":
        found = list(Run.objects.all()[:1])
    else:
        found = [run for run in Run.objects.all() if str(run.pk).endswith(text.lower())][:2]
    if len(found) != 1:
        raise NotFound(f"there is no run {text}" if not found else f"more than one run ends with {text}")
    return found[0]
