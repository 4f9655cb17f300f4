"""Writes to the texts of messages, for admin and API."""

from typing import NotRequired, TypedDict, Unpack

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from accounts.models import User
from core.errors import InvalidInput, NotFound
from core.limits import Use, mailbox, use_limits
from core.shop import SHOP_NAME, contact_details, mail_sender
from core.web.links import shop_url
from desk.services import settle_tasks
from notifications.texts.kinds import PARTS, MessageKind, all_message_kinds
from notifications.texts.models import MessageText
from notifications.texts.placeholders import check_placeholders
from notifications.texts.rendering import TEXT_BROKEN, sample_texts


class TextFields(TypedDict):
    """The parts of a message's text; an empty one is the default."""

    subject: NotRequired[str]
    heading: NotRequired[str]
    intro: NotRequired[str]


@transaction.atomic
def write_text(*, code: str, language: str, **changes: Unpack[TextFields]) -> MessageText:
    """Write the texts of a message in a language; what is not given stays, what is empty is the default.

    Raises NotFound for an unknown message or language, InvalidInput naming the part and the variable at fault.
    """
    kind_of(code, language)
    # Two colleagues who write for the first time meet at the row.
    MessageText.objects.bulk_create([MessageText(code=code, language=language)], ignore_conflicts=True)
    text = MessageText.objects.select_for_update().get(code=code, language=language)
    for part, value in changes.items():
        setattr(text, part, value)
    check_text(text)
    text.save()
    return settled(text)


@transaction.atomic
def reset_text(*, code: str, language: str) -> None:
    """Go back to the default texts. Doing it again changes nothing. Raises NotFound for an unknown message."""
    kind_of(code, language)
    for text in MessageText.objects.select_for_update().filter(code=code, language=language):
        settled(text)
        text.delete()


def check_text(text: MessageText) -> None:
    """Raise InvalidInput, naming part and variable, for a text that no message could be made with."""
    kind = kind_of(text.code, text.language)
    for part in PARTS:
        check_placeholders(getattr(text, part), known=kind.variables.keys(), field=part)


def settled(text: MessageText) -> MessageText:
    """Note that a text is in order, or about to go: what staff had to do about it is done."""
    settle_tasks(kind=TEXT_BROKEN, object_ids=[str(text.pk)])
    return text


def sample_mail(*, text: MessageText, to: str = "") -> EmailMultiAlternatives:
    """Return the mail of a text with sample values in the shop's layout, without the parts that need an order."""
    texts = sample_texts(text=text, kind=kind_of(text.code, text.language))
    with override(text.language):
        context = {
            "texts": texts,
            "SHOP_NAME": SHOP_NAME.text,
            "contact": contact_details(),
            "home_url": shop_url(reverse("catalog:home")),
            "subject": texts.subject,
        }
        plain = render_to_string("notifications/email/sample.txt", context).strip() + "\n"
        mail = EmailMultiAlternatives(
            f"{SHOP_NAME.text}: {texts.subject}", plain, from_email=mail_sender(), to=[to] if to else []
        )
        mail.attach_alternative(render_to_string("notifications/email/sample.html", context), "text/html")
    return mail


def send_sample(*, text: MessageText, to: User) -> None:
    """Mail a text with sample values to a member of the staff.

    Raises InvalidInput for somebody without an address, LimitReached when mails to it pile up.
    """
    if not to.email:
        raise InvalidInput(_("Your account has no e-mail address. Add one first."))
    use_limits([Use("recipient_mails", mailbox(to.email))])
    sample_mail(text=text, to=to.email).send()


def kind_of(code: str, language: str) -> MessageKind:
    """Return what an app declares of a message. Raises NotFound for an unknown one, or an unknown language."""
    kind = all_message_kinds().get(code)
    if kind is None or language not in dict(settings.LANGUAGES):
        raise NotFound
    return kind
