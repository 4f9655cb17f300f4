"""Reads of the audit."""

from uuid import UUID

from django.db.models import Q, QuerySet

from audit.models import Change
from audit.tracked import parts_of


def changes_of(*, model: str, object_id: UUID | int | str) -> QuerySet[Change]:
    """What happened to a row and to its parts, newest first. `model` is a label such as "catalog.product"."""
    itself = Q(model=model, object_id=str(object_id))
    parts = parts_of(model)
    return Change.objects.filter(itself | Q(model__in=parts, parent_id=str(object_id)) if parts else itself)
