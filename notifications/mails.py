"""Messages written out: subject, plain text and HTML in the order's language, with whole addresses of this shop."""

from collections.abc import Callable
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from notifications.models import Message
from orders.models import Order, OrderTransition
from orders.selectors import order_link_token
from orders.states import OrderStatus
from payments.providers import find_provider
from payments.selectors import payment_instructions
from shipping.models import Shipment

Template = Message.Template


def as_email(message: Message) -> EmailMultiAlternatives:
    """The mail of a message, ready to be sent. About six queries."""
    with override(message.language):
        context = _context(message)
        text = render_to_string(f"notifications/email/{message.template}.txt", context).strip() + "\n"
        html = render_to_string(f"notifications/email/{message.template}.html", context)
    mail = EmailMultiAlternatives(message.subject, text, to=[message.to], headers=_headers(message))
    mail.attach_alternative(html, "text/html")
    return mail


def html_of(message: Message) -> str:
    """The HTML part, for a look at it."""
    [alternative] = as_email(message).alternatives
    return str(alternative[0])


def subject_of(template: Message.Template, order: Order) -> str:
    """What the mail is called, in the order's language."""
    words: dict[Message.Template, Callable[[], str]] = {
        Template.ORDER_PLACED: lambda: _("Your order %(number)s"),
        Template.ORDER_SHIPPED: lambda: _("Your order %(number)s is on its way"),
        Template.ORDER_CANCELLED: lambda: _("Your order %(number)s was cancelled"),
    }
    with override(order.language):
        return f"{settings.SHOP_NAME}: {words[template]() % {'number': order.number}}"


def shop_url(path: str) -> str:
    """A whole address of this shop, for readers elsewhere."""
    return f"{settings.SHOP_URL.rstrip('/')}{path}"


def _headers(message: Message) -> dict[str, str]:
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return {
        "Message-ID": f"<{message.pk}@{host}>",
        # So that no out-of-office note answers (RFC 3834).
        "Auto-Submitted": "auto-generated",
        "Content-Language": message.language,
    }


def _context(message: Message) -> dict[str, Any]:
    order = Order.objects.prefetch_related("lines").get(pk=message.order_id)
    details = _DETAILS[Template(message.template)](message, order)
    return {
        "SHOP_NAME": settings.SHOP_NAME,
        "home_url": shop_url(reverse("catalog:home")),
        "subject": message.subject,
        "order": order,
        "order_url": shop_url(reverse("orders:tracking", args=[order_link_token(order.pk)])),
        **details,
    }


def _placed(message: Message, order: Order) -> dict[str, Any]:
    return {"instructions": payment_instructions(order), "provider": find_provider(order.payment_provider)}


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
}
