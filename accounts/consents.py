"""What people agreed to hear from us about: each answer is a row of its own, and the latest one counts."""

from collections.abc import Mapping

from django.db.models import QuerySet

from accounts.models import Consent, User
from core import clock
from core.context import current_door
from core.db.locking import require_transaction

# Which wording people were shown; it changes whenever the sentences beside the boxes do.
TEXT_VERSION = "2026-11"


def consents_of(user: User) -> dict[str, bool]:
    """What somebody agrees to now, by purpose; who was never asked agrees to nothing."""
    latest = history_of(user).order_by("purpose", "-created_at", "-id").distinct("purpose")
    given = dict(latest.values_list("purpose", "granted"))
    return {purpose: given.get(purpose, False) for purpose in Consent.Purpose.values}


def history_of(user: User) -> QuerySet[Consent]:
    """Every answer that somebody gave, newest first."""
    return Consent.objects.filter(user=user).order_by("-created_at", "-id")


def record_consents(*, user: User, answers: Mapping[str, bool]) -> None:
    """Keep the answers that differ from what counts now. Call it in a transaction."""
    require_transaction()
    if not answers:
        return
    # Of two answers at once the second is held against the first.
    list(User.objects.filter(pk=user.pk).select_for_update(no_key=True).values_list("pk"))
    current = consents_of(user)
    Consent.objects.bulk_create(
        Consent(
            user=user,
            purpose=purpose,
            granted=granted,
            door=current_door(),
            text_version=TEXT_VERSION,
            created_at=clock.now(),
        )
        for purpose, granted in answers.items()
        if current[purpose] != granted
    )
