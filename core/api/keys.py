"""Things that an address names by id or by slug."""

from uuid import UUID

from django.db.models import Q


def by_id_or_slug(key: str) -> Q:
    """The condition that a row's slug, or its id, is the key."""
    try:
        return Q(slug=key) | Q(pk=UUID(key))
    except ValueError:
        return Q(slug=key)
