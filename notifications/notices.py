"""Who is told when a variant can be bought again: asked for on the product page, told once, forgotten in time.

Anybody can type anybody's address, so nothing is sent to one but a mail that asks whether the notice is wanted, once in
a while, until its reader says so. Customers whose account's address is confirmed have said so.

The event of the return tells at once. A sweep tells those whom no event reaches: they asked while the units arrived, or
a product or location was opened again, which moves no stock.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import has_confirmed_email
from catalog.models import Variant
from core import clock
from core.db.ids import new_id
from core.db.locking import lock_rows, require_transaction
from core.errors import NotFound
from core.limits import LimitReached, Use, mailbox, use_limits
from core.queue import send_on_commit
from inventory.selectors import available_by_variant, on_shelf_by_variant
from notifications.errors import InStock
from notifications.mails import item_subject, notice_of_confirmation, notice_of_token
from notifications.models import BackInStockNotice, Message
from notifications.shop_settings import NOTICE_CONFIRM_DAYS

# An address waits for no more than this at once; more is somebody who writes others on the list.
MOST_OPEN = 50
# A notice that was told is kept as long as its mail's link may be followed; who waits longer than a year has forgotten.
_KEEP_TOLD, _KEEP_OPEN = timedelta(days=90), timedelta(days=365)
_SEND_DUE = "notifications.tasks.send_due_messages"


@transaction.atomic
def ask_notice(*, variant_id: UUID, email: str, customer: User | None = None) -> bool:
    """Put an address on the list of a sold-out variant, in the active language; nothing changes if it is on it.

    A customer's address is the account's if it has one. Returns whether it is known to be theirs; if not, a mail asks
    there to confirm the notice. Raises NotFound for what is not on sale, or InStock.
    """
    variant = Variant.objects.on_sale().filter(pk=variant_id).select_related("product").first()
    if variant is None:
        raise NotFound
    if available_by_variant([variant_id]).get(variant_id):
        raise InStock(field="variant_id")
    address = (customer.email if customer else None) or email
    is_theirs = customer is not None and has_confirmed_email(customer)
    now = clock.now()
    waiting = open_notices(email=address)
    # What strangers asked for with a customer's address takes no room from them.
    counted = waiting.filter(confirmed_at__isnull=False) if is_theirs else waiting
    waits_for = set(counted.values_list("variant_id", flat=True))
    if variant_id not in waits_for and len(waits_for) < MOST_OPEN:
        language = (get_language() or "en")[:2]
        notice = BackInStockNotice(variant=variant, customer=customer, email=address, language=language, asked_at=now)
        # Whoever asks twice at once is on the list once.
        BackInStockNotice.objects.bulk_create([notice], ignore_conflicts=True)
    mine = waiting.filter(variant=variant)
    if is_theirs:
        # They may have asked before they logged in. Of an address that is not known to be theirs nothing is taken.
        mine.update(customer=customer, confirmed_at=Coalesce("confirmed_at", now))
    elif unconfirmed := mine.filter(confirmed_at=None).first():
        _ask_to_confirm(unconfirmed, variant)
    return is_theirs


def asked_message(*, is_theirs: bool) -> str:
    """The sentence for who has asked, the same for every address that is not known to be theirs."""
    if is_theirs:
        return _("We will write to you when it is back.")
    return _(
        "Please open the link that we have sent to this address: then we write when it is back."
        " The link of another mail from today works as well."
    )


@transaction.atomic
def confirm_notices(*, token: str, notice_ids: Collection[UUID], now: datetime | None = None) -> int:
    """Confirm notices for the mailbox that a mailed link went to; returns how many. Raises NotFound for no such link.

    Of what is named, that which waits for the same address to confirm it counts.
    """
    notice = notice_of_confirmation(token)
    if notice is None:
        raise NotFound
    waiting = unconfirmed_notices(email=notice.email).filter(pk__in=list(notice_ids))
    return waiting.update(confirmed_at=now or clock.now())


def unconfirmed_notices(*, email: str) -> QuerySet[BackInStockNotice]:
    """Notices that an address has not confirmed yet, the oldest first."""
    return open_notices(email=email).filter(confirmed_at=None).order_by("asked_at", "id")


def _ask_to_confirm(notice: BackInStockNotice, variant: Variant) -> None:
    whom = mailbox(notice.email)
    try:
        use_limits([Use("notice_confirmations", whom), Use("recipient_mails", whom)])
    except LimitReached:
        # They have had a mail of today, whose link shows this notice too; whoever asks is not told.
        return
    template = Message.Template.CONFIRM_NOTICE
    Message.objects.create(
        template=template,
        to=notice.email,
        language=notice.language,
        subject=item_subject(template, variant, notice.language),
        variant=variant,
        notice=notice,
        # Asked again on another day, they are written to again.
        event_id=new_id(),
    )
    send_on_commit(_SEND_DUE)


def withdraw_notice(*, variant_id: UUID, customer: User) -> None:
    """Take a customer off the list of a variant; nothing changes if they are not on it."""
    open_notices(customer=customer).filter(variant=variant_id).delete()


@transaction.atomic
def forget_address(*, token: str) -> bool:
    """Take the address that a mail went to off all lists, and send it nothing that waits; False for no such mail.

    Doing it again changes nothing.
    """
    notice = notice_of_token(token)
    if notice is None:
        return False
    Message.objects.filter(notice__email__iexact=notice.email, status=Message.Status.PENDING).delete()
    open_notices(email=notice.email).delete()
    return True


def notify_back_in_stock(*, variant_id: UUID, now: datetime | None = None) -> int:
    """Write to everybody who waits for a variant, if it is there again; returns to how many. Needs a transaction."""
    require_transaction()
    variant = Variant.objects.on_sale().filter(pk=variant_id).select_related("product").first()
    if variant is None or not on_shelf_by_variant([variant_id]).get(variant_id):
        return 0
    waiting = _confirmed().filter(variant=variant).select_related("customer")
    notices = lock_rows(waiting)
    languages = {notice.language for notice in notices}
    subjects = {one: item_subject(Message.Template.BACK_IN_STOCK, variant, one) for one in languages}
    Message.objects.bulk_create(
        [_message(notice, variant, subjects[notice.language]) for notice in notices], ignore_conflicts=True
    )
    BackInStockNotice.objects.filter(pk__in=[one.pk for one in notices]).update(told_at=now or clock.now())
    if notices:
        send_on_commit(_SEND_DUE)
    return len(notices)


def notify_all_back_in_stock(*, now: datetime | None = None) -> int:
    """Write about every variant that somebody waits for and that is back; returns how many were written to."""
    waited_for = _confirmed().values("variant")
    there = on_shelf_by_variant(Variant.objects.on_sale().filter(pk__in=waited_for).values_list("pk", flat=True))
    written = 0
    for variant_id in [variant_id for variant_id, units in there.items() if units]:
        with transaction.atomic():
            written += notify_back_in_stock(variant_id=variant_id, now=now)
    return written


def prune_notices(*, now: datetime | None = None) -> int:
    """Forget notices told or asked for long ago, with their messages; returns how many. Safe at any time.

    What nobody confirmed goes after the days of NOTICE_CONFIRM_DAYS.
    """
    now = now or clock.now()
    unconfirmed = Q(told_at=None, confirmed_at=None, asked_at__lt=now - timedelta(days=NOTICE_CONFIRM_DAYS.value))
    old = BackInStockNotice.objects.filter(
        Q(told_at__lt=now - _KEEP_TOLD) | Q(told_at=None, asked_at__lt=now - _KEEP_OPEN) | unconfirmed
    )
    deleted: dict[str, int] = old.delete()[1]
    return deleted.get(BackInStockNotice._meta.label, 0)


def _confirmed() -> QuerySet[BackInStockNotice]:
    return BackInStockNotice.objects.filter(told_at=None, confirmed_at__isnull=False)


def open_notices(*, customer: User | None = None, email: str = "") -> QuerySet[BackInStockNotice]:
    """What a customer, or an address, still waits for."""
    waiting = BackInStockNotice.objects.filter(told_at=None)
    return waiting.filter(customer=customer) if customer else waiting.filter(email__iexact=email)


def _message(notice: BackInStockNotice, variant: Variant, subject: str) -> Message:
    return Message(
        template=Message.Template.BACK_IN_STOCK,
        to=(notice.customer.email if notice.customer else None) or notice.email,
        language=notice.language,
        subject=subject,
        variant=variant,
        notice=notice,
        event_id=notice.pk,
    )
