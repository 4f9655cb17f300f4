"""Messages written out: subject, plain text and HTML in the reader's language, with whole addresses of this shop."""

from base64 import b64encode
from collections.abc import Callable
from email.mime.image import MIMEImage
from typing import Any, cast
from uuid import UUID

from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import override

from accounts.selectors import has_confirmed
from catalog.media.variant_pictures import with_picture
from catalog.models import Variant
from catalog.reads.embedding import embedded_pictures
from core.money import Money
from core.shop import MAIL_SENDER_ADDRESS, SHOP_NAME, contact_details, mail_sender, reply_to
from core.text.cleaning import one_line
from core.web.links import shop_url
from inventory.models import StockItem
from notifications.models import BackInStockNotice, Message
from notifications.shop_settings import NOTICE_CONFIRM_DAYS
from notifications.texts.rendering import texts_of
from orders.models import Order, OrderTransition
from orders.selectors import order_link_token, with_lines
from orders.states import OrderStatus
from payments.providers import find_provider
from payments.selectors import payment_instructions
from shipping.models import Shipment
from shipping.selectors import pickup_place

Template = Message.Template
_STOP_SALT = "notifications.stop"
_CONFIRM_SALT = "notifications.confirm"
_SUBJECT_LENGTH = Message._meta.get_field("subject").max_length or 0


def as_email(message: Message) -> EmailMultiAlternatives:
    """The mail of a message with the pictures that it shows, ready to be sent. About six queries."""
    with override(message.language):
        context = _context(message)
        text = render_to_string(f"notifications/email/{message.template}.txt", context).strip() + "\n"
        html = render_to_string(f"notifications/email/{message.template}.html", context)
    mail = EmailMultiAlternatives(
        message.subject,
        text,
        from_email=mail_sender(),
        to=[message.to],
        reply_to=reply_to(),
        headers=_headers(message),
    )
    mail.attach_alternative(html, "text/html")
    for key, content in context["embedded"].items():
        mail.attach(_inline(key, content))
    if context["embedded"]:
        mail.mixed_subtype = "related"  # type: ignore[attr-defined]  # Django has it, its stubs do not
    return mail


def _inline(key: str, content: bytes) -> MIMEImage:
    """A picture as a part of the mail, by the name that the HTML shows it by."""
    part = MIMEImage(content, "jpeg")
    part["Content-ID"] = f"<{key}>"
    part["Content-Disposition"] = f'inline; filename="{key}.jpg"'
    return part


def html_of(message: Message) -> str:
    """The HTML part with its pictures in it, for a look at it."""
    mail = as_email(message)
    html = str(mail.alternatives[0][0])
    for part in mail.attachments:
        if isinstance(part, MIMEImage):
            content = b64encode(cast(bytes, part.get_payload(decode=True))).decode()
            html = html.replace(f"cid:{part['Content-ID'].strip('<>')}", f"data:image/jpeg;base64,{content}")
    return html


def subject_of(template: Message.Template, order: Order) -> str:
    """What the mail is called, in the order's language."""
    with override(order.language):
        return shop_subject(texts_of(code=template, language=order.language, values=order_values(order)).subject)


def item_subject(template: Message.Template, variant: Variant, language: str) -> str:
    """Return what a mail about an item is called in a language."""
    with override(language):
        return shop_subject(texts_of(code=template, language=language, values=item_values(variant)).subject)


def order_values(order: Order) -> dict[str, str | Money]:
    """Return the variables that the texts of mails about an order may name, in the active language."""
    return {"number": order.number, "shop": SHOP_NAME.text, "total": order.total}


def item_values(variant: Variant) -> dict[str, str | Money]:
    """Return the variables that the texts of mails about an item may name, in the active language."""
    return {
        "product": variant.product.name,
        "sku": variant.sku,
        "price": variant.price,
        "shop": SHOP_NAME.text,
    }


def shop_subject(subject: str) -> str:
    """A subject with the shop's name in the active language before it, no longer than a message keeps."""
    return one_line(f"{SHOP_NAME.text}: {subject}")[:_SUBJECT_LENGTH]


def stop_token(notice_id: UUID) -> str:
    """What a mail's link carries, by which its reader is taken off all lists."""
    return signing.Signer(salt=_STOP_SALT).sign_object(str(notice_id))


def notice_of_token(token: str) -> BackInStockNotice | None:
    """The notice that a mail's link to end it was made for; None if it was tampered with or is forgotten."""
    return _notice_of(token, _STOP_SALT)


def notice_of_confirmation(token: str) -> BackInStockNotice | None:
    """The notice that a mail's link to confirm it was made for; None if it was tampered with or is forgotten."""
    return _notice_of(token, _CONFIRM_SALT)


def confirm_token(notice_id: UUID) -> str:
    """Token of a mail's link, by which its reader confirms the notices asked for with their address."""
    return signing.Signer(salt=_CONFIRM_SALT).sign_object(str(notice_id))


def _notice_of(token: str, salt: str) -> BackInStockNotice | None:
    try:
        notice_id = signing.Signer(salt=salt).unsign_object(token)
    except signing.BadSignature:
        return None
    return BackInStockNotice.objects.filter(pk=notice_id).first()


def _headers(message: Message) -> dict[str, str]:
    headers = _every_mails_headers(message)
    if message.notice_id:
        # Mail readers offer a button of their own for it (RFC 8058).
        headers["List-Unsubscribe"] = f"<{_stop_url(message.notice_id, message.language)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _stop_url(notice_id: UUID, language: str) -> str:
    with override(language):
        return shop_url(reverse("notices:stop", args=[stop_token(notice_id)]))


def _every_mails_headers(message: Message) -> dict[str, str]:
    host = MAIL_SENDER_ADDRESS.value.rpartition("@")[2] or "localhost"
    return {
        "Message-ID": f"<{message.pk}@{host}>",
        # So that no out-of-office note answers (RFC 3834).
        "Auto-Submitted": "auto-generated",
        "Content-Language": message.language,
    }


def _context(message: Message) -> dict[str, Any]:
    details = _of_stock(message) if message.order_id is None else _of_order(message)
    named = order_values(details["order"]) if "order" in details else item_values(details["variant"])
    shown = [details["variant"]] if "variant" in details else details["order"].lines.all()
    return {
        "embedded": embedded_pictures(one.picture for one in shown),
        "SHOP_NAME": SHOP_NAME.text,
        "contact": contact_details(),
        "home_url": shop_url(reverse("catalog:home")),
        "subject": message.subject,
        "texts": texts_of(code=message.template, language=message.language, values=named),
        **details,
    }


def _of_order(message: Message) -> dict[str, Any]:
    order = with_lines(Order.objects.filter(pk=message.order_id).select_related("customer")).get()
    return {
        "order": order,
        # Anybody may have typed the address and what goes with it: to an unconfirmed one we write our own words only.
        "is_confirmed": has_confirmed(order.customer, message.to),
        "order_url": shop_url(reverse("orders:tracking", args=[order_link_token(order.pk)])),
        **_DETAILS[Template(message.template)](message, order),
    }


def _of_stock(message: Message) -> dict[str, Any]:
    variants = Variant.objects.select_related("product").prefetch_related("options__value", "options__option_type")
    variant = with_picture(variants, "pk").get(pk=message.variant_id)
    details: dict[str, Any] = {"variant": variant, "product": variant.product}
    if message.notice_id:
        address = f"{variant.product.get_absolute_url()}?variant={variant.pk}"
        return details | {
            "product_url": shop_url(address),
            "stop_url": _stop_url(message.notice_id, message.language),
            "confirm_url": shop_url(reverse("notices:confirm", args=[confirm_token(message.notice_id)])),
            "confirm_days": NOTICE_CONFIRM_DAYS.value,
        }
    places = StockItem.objects.filter(variant=variant, location__is_active=True).select_related("location")
    stock = reverse("admin:inventory_stockitem_changelist", query={"q": variant.sku})
    return details | {"places": places.order_by("location__priority"), "stock_url": shop_url(stock)}


def _placed(message: Message, order: Order) -> dict[str, Any]:
    return {
        "instructions": payment_instructions(order),
        "provider": find_provider(order.payment_provider),
        "pickup": pickup_place(order),
    }


def _shipped(message: Message, order: Order) -> dict[str, Any]:
    shipment = Shipment.objects.prefetch_related("lines").get(pk=message.ids["shipment"], order=order)
    units = {packed.order_line_id: packed.quantity for packed in shipment.lines.all()}
    packed = [(line, units[line.pk]) for line in order.lines.all() if line.pk in units]
    return {"shipment": shipment, "packed": packed}


def _cancelled(message: Message, order: Order) -> dict[str, Any]:
    history = OrderTransition.objects.filter(order=order, to_state=OrderStatus.CANCELLED)
    cancelled = history.order_by("created_at").first()
    in_time = cancelled is None or order.expires_at is None or cancelled.created_at < order.expires_at
    return {"is_expired": not in_time and not order.paid_minor, "to_refund": order.due.minor < 0}


_DETAILS: dict[Message.Template, Callable[[Message, Order], dict[str, Any]]] = {
    Template.ORDER_PLACED: _placed,
    Template.ORDER_SHIPPED: _shipped,
    Template.ORDER_CANCELLED: _cancelled,
    Template.ORDER_LINK: lambda _message, _order: {},
}
