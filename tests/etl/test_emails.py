"""E-mail addresses come along: guests track their orders by them, customers' are found by export and erasure."""

import json
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.erasure import erase_person, export_person
from accounts.models import User
from notifications.models import Message
from orders.models import Order
from tests.etl.corner_shop import account, reasons
from tests.etl.told_shop import ToldShop
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(tmp_path: Path) -> ToldShop:
    return ToldShop(tmp_path)


def set_email(told: ToldShop, email: str | None, *, verified: object = None, customer: str = "AMINA") -> None:
    told.sql("UPDATE Customers SET Email = ?, Verified = ? WHERE CustomerID = ?", email, verified, customer)


def amina() -> User:
    return User.objects.get(source_key="AMINA")


def addresses(user: User) -> list[tuple[str, bool, bool]]:
    return list(EmailAddress.objects.filter(user=user).values_list("email", "verified", "primary"))


def test_a_customer_has_the_address_in_lower_case_and_still_no_password(told: ToldShop) -> None:
    set_email(told, "\u00a0Amina@Example.COM\u200b")
    told.move_in()

    assert (amina().email, amina().has_usable_password()) == ("amina@example.com", False)
    assert addresses(amina()) == [("amina@example.com", False, True)]


def test_what_the_source_has_proof_of_is_verified(told: ToldShop) -> None:
    set_email(told, "amina@example.com", verified="true")
    told.move_in()

    assert addresses(amina()) == [("amina@example.com", True, True)]


def test_a_guests_order_is_tracked_by_number_and_address(told: ToldShop, client: Client) -> None:
    told.columns("order")["customer"] = "CustomerID"
    told.add_order(600, CustomerID=None, Status="sent", Email="Guest@Example.com")
    told.move_in()

    answer = client.get("/api/v1/orders/track", {"number": "600", "email": "guest@example.com"})
    assert answer.status_code == 200, answer.content
    assert Order.objects.get(number="600").customer is None


def test_an_order_without_an_address_of_its_own_has_its_customers(told: ToldShop) -> None:
    set_email(told, "amina@example.com")
    told.sql("UPDATE Orders SET Email = 'else@example.com' WHERE OrderID = 503")
    told.move_in()

    assert list(Order.objects.order_by("number").values_list("number", "email")) == [
        ("501", "amina@example.com"), ("502", ""), ("503", "else@example.com"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "wrong", ["nobody", "a@b", "a b@example.com", "a@example..com", "a@example.com, b@example.com", "@example.com"]
)
def test_a_wrong_address_rejects_its_row_with_a_reason(told: ToldShop, wrong: str) -> None:
    set_email(told, wrong, customer="SALMA")
    told.add_order(600, Status="paid", Email=wrong)
    run = told.move_in()

    assert reasons(run, "customer") == [("SALMA", "invalid_email", "Email", wrong)]
    assert reasons(run, "order") == [("600", "invalid_email", "Email", wrong)]
    assert "not an e-mail address" in run.rejections.get(entity="order").message


def test_by_rule_a_row_is_kept_without_its_wrong_address_and_that_is_told(told: ToldShop) -> None:
    for entity in ("customer", "order"):
        told.columns(entity)["email"] = {"sql": "Email", "on_error": "empty"}
    set_email(told, "nobody")
    told.add_order(600, Status="paid", Email="a@b")
    run = told.move_in()

    assert (account(run, "customer")[-1], account(run, "order")[-1]) == (0, 0)
    assert (amina().email, Order.objects.get(number="600").email) == (None, "")
    assert run.report["emptied"] == 2
    assert run.report["emptied_examples"] == [
        "customer row 1: Email is “nobody”, which is not an e-mail address of the form name@example.com.",
        "order row 4: Email is “a@b”, which is not an e-mail address of the form name@example.com.",
    ]


def test_two_customers_cannot_share_an_address(told: ToldShop) -> None:
    set_email(told, "Amina@example.com")
    set_email(told, "amina@EXAMPLE.com", customer="KARIM")
    UserFactory(email="salma@example.com")
    set_email(told, "salma@example.com", customer="SALMA")
    run = told.move_in()

    assert reasons(run, "customer") == [
        ("KARIM", "not_unique", "Email", "amina@example.com"),
        ("SALMA", "taken", "Email", "salma@example.com"),
    ]


def test_by_rule_who_shares_an_address_is_kept_without_it(told: ToldShop) -> None:
    told.columns("customer")["email"] = {"sql": "Email", "on_error": "empty"}
    set_email(told, "amina@example.com")
    set_email(told, "amina@example.com", customer="KARIM")
    run = told.move_in()

    assert account(run, "customer") == (3, 3, 0, 0, 0)
    assert User.objects.get(source_key="KARIM").email is None


def test_an_address_that_changes_at_the_source_follows(told: ToldShop) -> None:
    set_email(told, "amina@example.com")
    told.move_in()
    set_email(told, "new@example.com", verified="yes")
    told.move_in()

    assert (amina().email, addresses(amina())) == ("new@example.com", [("new@example.com", True, True)])


def test_whoever_has_a_password_in_the_shop_keeps_their_own_address(told: ToldShop) -> None:
    set_email(told, "amina@example.com")
    told.move_in()
    user = amina()
    user.set_password("Long enough 2026!")
    user.email = "mine@example.com"
    user.save()
    EmailAddress.objects.filter(user=user).update(email="mine@example.com", verified=True)
    set_email(told, "new@example.com")
    told.move_in()

    assert (amina().email, addresses(amina())) == ("mine@example.com", [("mine@example.com", True, True)])


def exported(user: User) -> dict[str, list[dict[str, object]]]:
    return json.loads(b"".join(export_person(user=user)))


def test_the_export_of_a_customer_finds_address_and_orders(told: ToldShop) -> None:
    set_email(told, "amina@example.com", verified="yes")
    told.columns("order")["customer"] = "CustomerID"
    told.add_order(600, CustomerID=None, Status="complete", Email="amina@example.com")
    told.move_in()

    found = exported(amina())
    assert [one["email"] for one in found["email_addresses"]] == ["amina@example.com"]
    assert [one["number"] for one in found["orders"]] == ["501", "503", "600"]


def test_what_was_erased_does_not_come_back(told: ToldShop) -> None:
    told.sql("UPDATE Orders SET Status = 'complete'")
    set_email(told, "amina@example.com", verified="yes")
    told.move_in()
    erase_person(user_id=amina().pk)
    set_email(told, "amina@example.org")
    told.sql("UPDATE Customers SET Phone = '+33 1 23' WHERE CustomerID = 'AMINA'")
    told.sql("UPDATE Orders SET ShipName = 'Amina again', Email = 'a@example.org' WHERE OrderID = 501")
    told.move_in()

    assert (amina().email, amina().first_name, amina().phone, addresses(amina())) == (None, "", "", [])
    order = Order.objects.get(number="501")
    assert (order.email, order.ship_to.full_name) == ("", "–")


def test_an_import_sends_no_mail(told: ToldShop) -> None:
    set_email(told, "amina@example.com", verified="yes")
    told.sql("UPDATE Orders SET Email = 'amina@example.com'")
    told.move_in()
    set_email(told, "other@example.com")
    told.sql("UPDATE Orders SET Status = 'complete'")
    told.move_in()

    assert (mail.outbox, Message.objects.count()) == ([], 0)


def test_a_customer_who_came_with_an_address_gets_in_by_a_mailed_link(told: ToldShop, client: Client) -> None:
    set_email(told, "amina@example.com")
    told.move_in()
    client.post(reverse("account_reset_password"), {"email": "amina@example.com"})

    assert [message.to for message in mail.outbox] == [["amina@example.com"]]
