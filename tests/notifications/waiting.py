"""How tests ask for notices and confirm them, as the reader of the mail does."""

from typing import Any

from notifications.mails import confirm_token
from notifications.models import BackInStockNotice, Message
from notifications.notices import ask_notice, confirm_notices


def confirm_all() -> None:
    """Confirm everything that waits for it; the mails that asked are gone."""
    for notice in BackInStockNotice.objects.filter(confirmed_at=None):
        confirm_notices(token=confirm_token(notice.pk), notice_ids=[notice.pk])
    Message.objects.filter(template=Message.Template.CONFIRM_NOTICE).delete()


def wait_for(**asked: Any) -> None:
    """Ask for a notice as ask_notice() does, and confirm it."""
    ask_notice(**asked)
    confirm_all()
