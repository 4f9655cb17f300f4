"""Who is told when a variant can be bought again: asked for on the product page, told once, forgotten in time.

The event of the return tells at once. A sweep tells those whom no event reaches: they asked while the units arrived, or
a product or location was opened again, which moves no stock.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.models import Variant
from core import clock
from core.db import lock_rows, require_transaction
from core.errors import NotFound
from core.queue import send_on_commit
from inventory.selectors import available_by_variant, on_shelf_by_variant
from notifications.errors import InStock
from notifications.mails import notice_of_token, shop_subject
from notifications.models import BackInStockNotice, Message

# An address waits for no more than this at once; more is somebody who writes others on the list.
MOST_OPEN = 50
# A notice that was told is kept as long as its mail's link may be followed; who waits longer than a year has forgotten.
_KEEP_TOLD, _KEEP_OPEN = timedelta(days=90), timedelta(days=365)
_SEND_DUE = "notifications.tasks.send_due_messages"


def ask_notice(*, variant_id: UUID, email: str, customer: User | None = None) -> None:
    """Put an address on the list of a sold-out variant, in the active language; nothing changes if it is on it.

    A customer's address is the account's if it has one. Raises NotFound for what is not on sale, or InStock.
    """
    variant = Variant.objects.on_sale().filter(pk=variant_id).first()
    if variant is None:
        raise NotFound
    if available_by_variant([variant_id]).get(variant_id):
        raise InStock(field="variant_id")
    address = (customer.email if customer else None) or email
    waits_for = set(open_notices(email=address).values_list("variant_id", flat=True))
    if variant_id in waits_for:
        if customer and customer.email:
            # They may have asked before they logged in. Of an address that is not known to be theirs nothing is taken.
            open_notices(email=address).filter(variant=variant).update(customer=customer)
    elif len(waits_for) < MOST_OPEN:
        language = (get_language() or "en")[:2]
        notice = BackInStockNotice(variant=variant, customer=customer, email=address, language=language)
        # Whoever asks twice at once is on the list once.
        BackInStockNotice.objects.bulk_create([notice], ignore_conflicts=True)


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


def tell_of_return(*, variant_id: UUID, now: datetime | None = None) -> int:
    """Write to everybody who waits for a variant, if it is there again; returns to how many. Needs a transaction."""
    require_transaction()
    variant = Variant.objects.on_sale().filter(pk=variant_id).select_related("product").first()
    if variant is None or not on_shelf_by_variant([variant_id]).get(variant_id):
        return 0
    waiting = BackInStockNotice.objects.filter(variant=variant, told_at=None).select_related("customer")
    notices = lock_rows(waiting)
    Message.objects.bulk_create([_message(notice, variant) for notice in notices], ignore_conflicts=True)
    BackInStockNotice.objects.filter(pk__in=[one.pk for one in notices]).update(told_at=now or clock.now())
    if notices:
        send_on_commit(_SEND_DUE)
    return len(notices)


def tell_of_all_returns(*, now: datetime | None = None) -> int:
    """Tell of every variant that somebody waits for and that is there again; returns how many were written to."""
    waited_for = BackInStockNotice.objects.filter(told_at=None).values("variant")
    there = on_shelf_by_variant(Variant.objects.on_sale().filter(pk__in=waited_for).values_list("pk", flat=True))
    told = 0
    for variant_id in [variant_id for variant_id, units in there.items() if units]:
        with transaction.atomic():
            told += tell_of_return(variant_id=variant_id, now=now)
    return told


def prune_notices(*, now: datetime | None = None) -> int:
    """Forget notices told or asked for long ago, with their messages; returns how many. Safe at any time."""
    now = now or clock.now()
    old = BackInStockNotice.objects.filter(
        Q(told_at__lt=now - _KEEP_TOLD) | Q(told_at=None, asked_at__lt=now - _KEEP_OPEN)
    )
    deleted: dict[str, int] = old.delete()[1]
    return deleted.get(BackInStockNotice._meta.label, 0)


def open_notices(*, customer: User | None = None, email: str = "") -> QuerySet[BackInStockNotice]:
    """What a customer, or an address, still waits for."""
    waiting = BackInStockNotice.objects.filter(told_at=None)
    return waiting.filter(customer=customer) if customer else waiting.filter(email__iexact=email)


def _message(notice: BackInStockNotice, variant: Variant) -> Message:
    with override(notice.language):
        subject = shop_subject(_("%(name)s is back") % {"name": variant.product.name})
    return Message(
        template=Message.Template.BACK_IN_STOCK,
        to=(notice.customer.email if notice.customer else None) or notice.email,
        language=notice.language,
        subject=subject,
        variant=variant,
        notice=notice,
        event_id=notice.pk,
    )
