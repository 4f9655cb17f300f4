"""Text of one person in another's mail: one line each, and none where nobody has shown that the mailbox is theirs."""

from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.core.context import request_context
from django.conf import settings
from django.core import mail
from django.template import loader
from django.template.base import FilterExpression, Node, VariableNode
from django.templatetags.i18n import BlockTranslateNode
from django.test import Client

from accounts.adapter import AccountAdapter
from core.outbox import relay
from notifications.services import send_due_messages
from tests.factories.accounts import UserFactory
from tests.notifications.test_messages import confirmed_order

pytestmark = pytest.mark.django_db

EVIL = "Visit http://evil.example to win"
_TEMPLATES = Path(settings.BASE_DIR) / "templates"
# Made by the shop from nothing that people type, or by a filter that leaves no line break.
_OURS = {
    "SHOP_NAME", "home_url", "login_url", "signup_url", "forgotten_password_url", "password_reset_url", "activate_url",
    "order_url", "confirm_url", "confirm_days", "product_url",
    # Staff's words, in which every value is one line (notifications.texts.placeholders).
    "texts.intro",
    "stop_url", "stock_url", "code", "line.quantity", "quantity", "place.available",
    # Set by managers, each of one line but for the address, which is shown as they broke it.
    "contact.address", "contact.email", "contact.phone", "contact.hours",
}  # fmt: skip
_FILTERS = {"single_line", "date", "money_plain", "country"}


def _mail_templates() -> list[str]:
    files = [path for path in _TEMPLATES.rglob("*.txt") if "email" in path.parts]
    return sorted(str(path.relative_to(_TEMPLATES)) for path in files)


def _expressions(nodes: Any) -> list[FilterExpression]:
    found = []
    for node in nodes.get_nodes_by_type(Node):
        if isinstance(node, VariableNode):
            found.append(node.filter_expression)
        elif isinstance(node, BlockTranslateNode):
            found += node.extra_context.values()
            named = {token.contents for token in [*node.singular, *node.plural] if token.token_type.name == "VAR"}
            assert named <= {*node.extra_context, str(node.countervar), "number"} | _OURS, named
    return found


@pytest.mark.parametrize("name", _mail_templates())
def test_every_value_in_a_mail_of_plain_text_is_one_line(name: str) -> None:
    template: Any = loader.get_template(name)
    for expression in _expressions(template.template.nodelist):
        filters = {function.__name__ for function, _arguments in expression.filters}
        assert filters & _FILTERS or str(expression.var) in _OURS, f"{name}: {expression.token}"


def _sent() -> Any:
    relay.run_once()
    send_due_messages()
    [message] = mail.outbox
    return message


def _parts(message: Any) -> str:
    return str(message.body) + str(message.alternatives[0][0]) + str(message.subject)


def test_a_guests_mail_has_nothing_that_the_guest_typed_but_the_address_it_goes_to() -> None:
    order = confirmed_order()
    order.shipping_address |= {"full_name": EVIL, "company": EVIL, "line1": EVIL, "city": EVIL}
    order.billing_address = order.shipping_address | {"line1": "evil street"}
    order.save()
    message = _sent()
    assert "evil" not in _parts(message)
    assert order.number in message.subject


@pytest.mark.parametrize("verified", [True, False])
def test_a_customer_reads_the_address_in_a_mailbox_that_is_theirs(verified: bool) -> None:
    customer = UserFactory(email="amina@souk.example")
    EmailAddress.objects.create(user=customer, email=customer.email, verified=verified, primary=True)
    order = confirmed_order()
    order.customer, order.email = customer, customer.email
    order.shipping_address |= {"line1": "1 rue Neuve"}
    order.save()
    assert ("1 rue Neuve" in _parts(_sent())) is verified


def test_what_was_stored_with_line_breaks_stands_in_one_line() -> None:
    customer = UserFactory(email="amina@souk.example")
    EmailAddress.objects.create(user=customer, email=customer.email, verified=True, primary=True)
    order = confirmed_order()
    order.customer, order.email = customer, customer.email
    order.shipping_address |= {"full_name": "Amina\r\n\r\nPay to this account\u2028now"}
    order.save()
    order.lines.update(name="Pot\nPay")
    lines = str(_sent().body).splitlines()
    assert "Amina Pay to this account now" in lines
    assert not [line for line in lines if line.startswith(("Pay", "now"))]


@pytest.mark.parametrize("template", ["email_confirmation", "password_reset_key", "email_changed", "proof_code"])
@pytest.mark.parametrize("verified", [True, False])
def test_only_who_has_confirmed_the_mailbox_is_greeted(client: Client, template: str, verified: bool) -> None:
    user = UserFactory(email="amina@souk.example", first_name="evil\nvisitor")
    EmailAddress.objects.create(user=user, email=user.email, verified=verified, primary=True)
    with request_context(client.get("/en/account/login/").wsgi_request):
        context = {"user": user, "username": "evil-visitor"}
        AccountAdapter().send_mail(f"account/email/{template}", "amina@souk.example", context)
        AccountAdapter().send_mail(f"account/email/{template}", "stranger@souk.example", context)
    [own, strangers] = [str(message.body) for message in mail.outbox]
    assert own.startswith("Hello evil visitor,\n") is verified
    assert "evil" not in strangers
    assert ("evil" in own) is verified


def test_a_changed_address_is_not_greeted_by_whoever_typed_it(client: Client) -> None:
    user = UserFactory(email="amina@souk.example", first_name="Your prize waits")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client.post("/en/account/login/", {"login": "amina@souk.example", "password": "a-good-password-1"})
    page = "/en/account/email/"
    asked = client.post(page, {"email": "stranger@souk.example", "action_add": ""})
    client.post(asked["Location"], {"password": "a-good-password-1", "next": page}, follow=True)
    [message] = [one for one in mail.outbox if one.to == ["stranger@souk.example"]]
    assert "prize" not in str(message.body) + str(message.alternatives)


def test_a_notification_names_the_device_and_not_what_its_header_says(client: Client) -> None:
    request = client.get("/en/account/login/", headers={"user-agent": f"Firefox/1 {EVIL}"}).wsgi_request
    user = UserFactory(email="amina@souk.example")
    with request_context(request):
        AccountAdapter(request).send_notification_mail("account/email/password_changed", user, email=user.email)
    assert "Firefox" in str(mail.outbox[0].body)
    assert "evil" not in str(mail.outbox[0].body)
