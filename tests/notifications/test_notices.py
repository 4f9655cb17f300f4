"""Who waits for a sold-out item is told once when it is back, in their language, and can end it."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from accounts.erasure import erase_person
from accounts.models import User
from catalog.models import Product, Variant
from core import clock
from core.outbox import relay
from core.outbox.models import OutboxCursor
from core.personal_data import Person, export
from inventory.models import Location
from inventory.services import receive_stock
from notifications.models import BackInStockNotice, Message
from notifications.notices import ask_notice, notify_all_back_in_stock, prune_notices
from notifications.services import send_due_messages
from tests.api import V1, client_of, given, refused
from tests.factories.accounts import UserFactory
from tests.factories.catalog import VariantFactory
from tests.factories.inventory import LocationFactory, stocked_variant
from tests.factories.staff import staff_client
from tests.notifications.waiting import confirm_all, wait_for
from tests.races import at_once

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
GUEST = "guest@souk.example"


@pytest.fixture(autouse=True)
def _no_limits_left_over() -> None:
    cache.clear()


@pytest.fixture
def gone() -> Variant:
    variant: Variant = stocked_variant(0, sku="GONE")
    return variant


@pytest.fixture
def amina() -> User:
    user: User = UserFactory(email="amina@souk.example")
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


def arrive(variant: Variant, units: int = 2) -> None:
    receive_stock(variant_id=variant.pk, location=LocationFactory(), quantity=units)


def page_of(client: Client, variant: Variant) -> str:
    return client.get(f"/en/p/{variant.product.slug}/").text


def told() -> list[str]:
    """The addresses that mails went to, once everything is delivered."""
    relay.run_once()
    send_due_messages()
    return [to for message in mail.outbox for to in message.to]


def ask(client: Client, variant: Variant, email: str | None = GUEST, **more: Any) -> Any:
    return client.post(f"/en/notices/ask/{variant.pk}/", {"email": email} if email else {}, **more)


def test_a_guest_asks_without_scripts_and_is_told_when_it_is_back(client: Client, gone: Variant) -> None:
    page = page_of(client, gone)
    assert "Tell me when it is back" in page
    assert "use your address for nothing else" in page
    answer = ask(client, gone, follow=True)
    assert answer.redirect_chain == [(f"/en/p/{gone.product.slug}/?variant={gone.pk}", 302)]
    assert "Please open the link that we have sent to this address" in answer.text
    assert told() == [GUEST]
    confirm_all()
    arrive(gone)
    assert told() == [GUEST, GUEST]


def test_htmx_swaps_the_answer_in(client: Client, gone: Variant) -> None:
    answer = ask(client, gone, headers=HTMX).text
    assert answer.lstrip().startswith('<section id="notice"')
    assert "Please open the link that we have sent to this address" in answer
    assert "<form" not in answer


def test_a_customer_asks_with_one_click_and_takes_it_back(client: Client, gone: Variant, amina: User) -> None:
    client.force_login(amina)
    assert '<bdi dir="ltr">amina@souk.example</bdi>' in page_of(client, gone)
    ask(client, gone, email="somebody@else.example")
    assert "Do not tell me" in page_of(client, gone)
    assert BackInStockNotice.objects.get().email == "amina@souk.example"
    client.post(f"/en/notices/withdraw/{gone.pk}/")
    assert not BackInStockNotice.objects.exists()


def test_a_customer_who_asked_as_a_guest_finds_that_notice(client: Client, gone: Variant, amina: User) -> None:
    ask(client, gone, email="Amina@souk.example")
    client.force_login(amina)
    ask(client, gone)
    assert BackInStockNotice.objects.get().customer == amina


def test_a_customer_without_an_address_takes_over_no_notice_by_naming_its_address(gone: Variant) -> None:
    ask_notice(variant_id=gone.pk, email=GUEST)
    ask_notice(variant_id=gone.pk, email=GUEST, customer=UserFactory(email=None))
    assert BackInStockNotice.objects.get().customer is None


def test_a_customer_is_written_to_at_the_address_of_today(client: Client, gone: Variant, amina: User) -> None:
    client.force_login(amina)
    ask(client, gone)
    User.objects.filter(pk=amina.pk).update(email="new@souk.example")
    arrive(gone)
    assert told() == ["new@souk.example"]


def test_the_answer_tells_nobody_who_is_known(client: Client, gone: Variant, amina: User) -> None:
    ask_notice(variant_id=gone.pk, email="waits@souk.example")
    answers = {ask(client, gone, email, headers=HTMX).text for email in (GUEST, amina.email, "waits@souk.example")}
    assert len(answers) == 1


@pytest.mark.parametrize("email", [None, "nonsense", "a" * 250 + "@x.example"])
def test_an_address_that_cannot_be_is_refused_with_the_reason(client: Client, gone: Variant, email: str | None) -> None:
    answer = ask(client, gone, email, headers=HTMX)
    assert answer.status_code == 422
    assert "field__errors" in answer.text
    assert ask(client, gone, email).status_code == 302
    assert not BackInStockNotice.objects.exists()


def test_what_is_in_stock_is_not_waited_for(client: Client) -> None:
    variant = stocked_variant(3)
    assert "Tell me when it is back" not in page_of(client, variant)
    assert "you can buy it now" in ask(client, variant, follow=True).text
    assert ask(client, variant, headers=HTMX)["HX-Redirect"].endswith(f"?variant={variant.pk}")
    assert not BackInStockNotice.objects.exists()


def test_what_is_not_sold_is_not_found(client: Client, gone: Variant) -> None:
    VariantFactory(product=gone.product)
    Variant.objects.filter(pk=gone.pk).update(is_active=False)
    assert ask(client, gone).status_code == 404
    assert client.get(f"/en/notices/ask/{gone.pk}/").status_code == 404


def test_asking_too_often_is_refused(client: Client, gone: Variant, settings: Settings) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"notice": "2/hour"}
    assert [ask(client, gone, f"{n}@souk.example").status_code for n in range(3)] == [302, 302, 429]
    assert APIClient().post(f"{V1}/stock-notices", {"variant_id": gone.pk, "email": GUEST}).status_code == 429
    assert BackInStockNotice.objects.count() == 2


def test_an_address_waits_for_no_more_than_fifty_items_and_nobody_is_told_so(client: Client, gone: Variant) -> None:
    others = VariantFactory.create_batch(50, product=gone.product)
    BackInStockNotice.objects.bulk_create(
        BackInStockNotice(variant=other, email=GUEST, language="en") for other in others
    )
    assert ask(client, gone).status_code == 302
    assert BackInStockNotice.objects.count() == 50


def test_the_database_keeps_one_open_notice_an_address_and_variant(gone: Variant) -> None:
    ask_notice(variant_id=gone.pk, email=GUEST)
    with pytest.raises(IntegrityError, match="notifications_notice_one_open"), transaction.atomic():
        BackInStockNotice.objects.create(variant=gone, email=GUEST.upper(), language="en")


@pytest.mark.django_db(transaction=True)
def test_asking_twice_at_once_is_asking_once() -> None:
    variant = stocked_variant(0)
    assert at_once(*[lambda: ask_notice(variant_id=variant.pk, email=GUEST)] * 4) == [False] * 4
    assert BackInStockNotice.objects.count() == 1


@pytest.mark.parametrize(
    ("language", "direction", "subject"),
    [("en", "ltr", "is back"), ("fr", "ltr", "de retour"), ("ar", "rtl", "متوفر من جديد")],
)
def test_the_mail_is_in_the_language_of_who_asked_and_leads_to_the_variant(
    gone: Variant, language: str, direction: str, subject: str, settings: Settings
) -> None:
    settings.SHOP_URL = "https://shop.example"
    with override(language):
        wait_for(variant_id=gone.pk, email=GUEST)
    arrive(gone)
    told()
    [message] = mail.outbox
    html = str(message.alternatives[0][0])  # type: ignore[attr-defined]
    assert f'<html lang="{language}" dir="{direction}">' in html
    assert subject in message.subject
    address = f"https://shop.example/{language}/p/{gone.product.slug}/?variant={gone.pk}"
    assert address in message.body
    assert address in html
    assert f"https://shop.example/{language}/notices/stop/" in message.body


class TestTellingOnce:
    @pytest.fixture(autouse=True)
    def _asked(self, gone: Variant) -> None:
        wait_for(variant_id=gone.pk, email=GUEST)

    def test_an_event_that_comes_again_tells_nobody_again(self, gone: Variant) -> None:
        arrive(gone)
        relay.run_once()
        OutboxCursor.objects.exclude(name="relay").update(position=0)
        assert told() == [GUEST]

    def test_killed_before_the_commit_the_consumer_tells_the_next_time(
        self, gone: Variant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def killed(*args: object, **kwargs: object) -> None:
            raise SystemExit

        arrive(gone)
        with monkeypatch.context() as patch:
            patch.setattr("notifications.notices.send_on_commit", killed)
            with pytest.raises(SystemExit):
                relay.run_once()
        assert not Message.objects.exists()
        assert BackInStockNotice.objects.get().told_at is None
        assert told() == [GUEST]

    def test_the_sweep_and_the_event_together_tell_once(self, gone: Variant) -> None:
        arrive(gone)
        assert notify_all_back_in_stock() == 1
        assert notify_all_back_in_stock() == 0
        assert told() == [GUEST]

    def test_what_was_sold_again_before_the_event_was_heard_is_waited_for_still(self, gone: Variant) -> None:
        arrive(gone)
        gone.stock_items.update(on_hand=0)
        assert told() == []
        assert BackInStockNotice.objects.get().told_at is None

    def test_after_being_told_one_can_ask_again(self, gone: Variant) -> None:
        arrive(gone)
        told()
        gone.stock_items.update(on_hand=0)
        wait_for(variant_id=gone.pk, email=GUEST)
        arrive(gone)
        assert told() == [GUEST, GUEST]

    @pytest.mark.parametrize(
        "close",
        [lambda: Location.objects.update(is_active=False), lambda: Product.objects.update(is_active=False)],
        ids=["location", "product"],
    )
    def test_what_comes_back_without_a_move_of_stock_is_found_by_the_sweep(
        self, gone: Variant, close: Callable[[], int]
    ) -> None:
        LocationFactory()
        close()
        arrive(gone)
        assert told() == []
        Location.objects.update(is_active=True)
        Product.objects.update(is_active=True)
        assert notify_all_back_in_stock() == 1
        assert told() == [GUEST]


class TestTheLinkThatEndsIt:
    @pytest.fixture
    def link(self, gone: Variant) -> str:
        wait_for(variant_id=gone.pk, email=GUEST)
        wait_for(variant_id=stocked_variant(0).pk, email=GUEST)
        wait_for(variant_id=stocked_variant(0).pk, email="other@souk.example")
        arrive(gone)
        told()
        headers = mail.outbox[0].extra_headers
        assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        address: str = headers["List-Unsubscribe"].strip("<>").removeprefix("http://testserver")
        return address

    def waiting(self) -> list[str]:
        return sorted(BackInStockNotice.objects.filter(told_at=None).values_list("email", flat=True))

    def test_changes_nothing_when_it_is_only_looked_at(self, client: Client, link: str) -> None:
        page = client.get(link)
        assert GUEST in page.text
        assert "noindex" in page.text
        assert self.waiting() == [GUEST, "other@souk.example"]

    def test_takes_the_address_off_all_lists_at_a_click_or_from_a_mail_reader(self, link: str) -> None:
        strict = Client(enforce_csrf_checks=True)
        for _again in range(2):
            answer = strict.post(link, {"List-Unsubscribe": "One-Click"})
            assert "unless you ask again" in answer.text
            assert self.waiting() == ["other@souk.example"]

    def test_is_not_found_once_it_was_tampered_with(self, client: Client, link: str) -> None:
        for address in (f"{link[:-3]}xy/", "/en/notices/stop/nonsense/"):
            assert client.get(address).status_code == 404
            assert client.post(address).status_code == 404
        assert len(self.waiting()) == 2

    def test_stops_a_mail_that_still_waits(self, client: Client, link: str) -> None:
        second = BackInStockNotice.objects.get(email=GUEST, told_at=None).variant
        arrive(second)
        relay.run_once()
        client.post(link)
        send_due_messages()
        assert [message.to for message in mail.outbox] == [[GUEST]]


def test_what_was_told_or_asked_long_ago_is_forgotten_with_its_mails(gone: Variant) -> None:
    wait_for(variant_id=gone.pk, email=GUEST)
    arrive(gone)
    told()
    wait_for(variant_id=stocked_variant(0).pk, email=GUEST)
    now = clock.now()
    assert prune_notices(now=now + timedelta(days=80)) == 0
    assert prune_notices(now=now + timedelta(days=100)) == 1
    assert not Message.objects.exists()
    assert prune_notices(now=now + timedelta(days=400)) == 1


def test_a_person_takes_their_notices_along_and_has_them_erased(gone: Variant, amina: User) -> None:
    wait_for(variant_id=gone.pk, email="", customer=amina)
    arrive(gone)
    told()
    out = b"".join(export(Person(amina.pk, None)))
    assert b'"variant__sku":"GONE"' in out
    assert b'"to":"amina@souk.example"' in out
    stranger = UserFactory()
    wait_for(variant_id=stocked_variant(0).pk, email="", customer=stranger)
    erase_person(user_id=amina.pk)
    assert BackInStockNotice.objects.get().customer == stranger
    assert not Message.objects.exists()


def test_integrators_ask_for_guests_and_customers_list_and_withdraw(gone: Variant, amina: User) -> None:
    address = f"{V1}/stock-notices"
    body = {"variant_id": str(gone.pk)}
    assert refused(APIClient().post(address, body), 422, "required")["fields"]["email"]["code"] == "required"
    for _again in range(2):
        given(APIClient().post(address, body | {"email": GUEST}), 202)
    client = client_of(amina)
    for _again in range(2):
        answer = client.post(address, body | {"email": "other@souk.example"}, headers={"Idempotency-Key": "a"})
        given(answer, 202)
    assert answer["Idempotency-Replayed"] == "true"
    [notice] = given(client.get(address))
    assert (notice["variant_id"], notice["email"]) == (str(gone.pk), "amina@souk.example")
    assert BackInStockNotice.objects.count() == 2
    given(client_of(UserFactory()).delete(f"{address}/{gone.pk}"))
    assert given(client.get(address)) == [notice]
    given(client.delete(f"{address}/{gone.pk}"))
    assert given(client.get(address)) == []


@pytest.mark.parametrize("logged_in", [False, True])
def test_the_page_of_a_sold_out_product_asks_little(
    client: Client,
    gone: Variant,
    amina: User,
    logged_in: bool,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    if logged_in:
        client.force_login(amina)
        ask(client, gone)
    page_of(client, gone)
    # Two of a customer's say who it is.
    with django_assert_max_num_queries(10 if logged_in else 8):
        page_of(client, gone)


def test_staff_sees_who_waits_and_changes_nothing(gone: Variant, django_assert_max_num_queries: Any) -> None:
    for number in range(5):
        wait_for(variant_id=gone.pk, email=f"waits-{number}@souk.example")
    client = staff_client("notifications.view_backinstocknotice")
    listed = reverse("admin:notifications_backinstocknotice_changelist")
    with django_assert_max_num_queries(9):
        assert "waits-4@souk.example" in client.get(listed, {"state": "waiting"}).text
    assert "waits-4@souk.example" not in client.get(listed, {"state": "told"}).text
    notice = BackInStockNotice.objects.first()
    assert notice is not None
    address = reverse("admin:notifications_backinstocknotice_change", args=[notice.pk])
    assert notice.email in client.get(address).text
    assert client.post(address, {"email": "x@y.example"}).status_code == 403


class TestConfirming:
    """A guest's address gets nothing but one mail that asks, until its reader confirms."""

    @pytest.fixture
    def link(self, client: Client, gone: Variant) -> str:
        ask(client, gone)
        told()
        found = re.search(r"http://testserver(\S+/notices/confirm/\S+)", str(mail.outbox[0].body))
        assert found
        return found[1]

    def test_without_it_nobody_is_told_and_in_time_it_is_forgotten(self, client: Client, gone: Variant) -> None:
        ask(client, gone)
        assert told() == [GUEST]
        arrive(gone)
        assert notify_all_back_in_stock() == 0
        assert told() == [GUEST]
        assert prune_notices(now=clock.now() + timedelta(days=8)) == 1
        assert not Message.objects.exists()

    def test_looking_at_the_link_confirms_nothing_and_the_button_does(
        self, client: Client, gone: Variant, link: str
    ) -> None:
        page = client.get(link)
        assert gone.product.name in page.text
        notice = BackInStockNotice.objects.get()
        assert notice.confirmed_at is None
        assert "We will write to" in client.post(link, {"notice": notice.pk}).text
        arrive(gone)
        assert told() == [GUEST, GUEST]
        assert "We will write to" in client.get(link).text

    def test_strangers_send_no_second_mail_that_day_for_whatever_item(
        self, client: Client, gone: Variant, settings: Settings
    ) -> None:
        settings.RATE_LIMITS = {"notice_confirmations": "1/day"}
        for variant, email in [(gone, GUEST), (stocked_variant(0), GUEST.upper()), (stocked_variant(0), f"x+{GUEST}")]:
            ask(client, variant, email)
            APIClient().post(f"{V1}/stock-notices", {"variant_id": variant.pk, "email": GUEST})
        ask(client, gone)
        assert told() == [GUEST, f"x+{GUEST}"]

    def test_what_was_asked_for_later_is_on_the_page_and_not_ticked(self, client: Client, link: str) -> None:
        ask(client, stocked_variant(0))
        page = client.get(link).text
        assert page.count('name="notice"') == 2
        assert page.count(" checked>") == 1

    def test_only_what_waits_for_this_address_is_confirmed(self, client: Client, link: str) -> None:
        ask(client, stocked_variant(0), "other@souk.example")
        others = BackInStockNotice.objects.get(email="other@souk.example")
        assert client.post(link, {"notice": [str(others.pk)]}).status_code == 422
        others.refresh_from_db()
        assert others.confirmed_at is None

    @pytest.mark.parametrize("language", ["en", "fr", "ar"])
    def test_it_speaks_the_language_of_who_asked(self, client: Client, gone: Variant, language: str) -> None:
        client.post(f"/{language}/notices/ask/{gone.pk}/", {"email": GUEST})
        told()
        body = str(mail.outbox[0].body)
        assert f"http://testserver/{language}/notices/confirm/" in body
        with override(language):
            assert str(_("Tell you when it is back?")) in body
            page = client.get(re.search(r"http://testserver(\S+/confirm/\S+)", body)[1]).text  # type: ignore[index]
            assert str(_("Yes, write to me")) in page

    def test_it_greets_nobody_and_can_be_ended(self, link: str) -> None:
        [sent] = mail.outbox
        assert "Amina" not in sent.body
        assert "/notices/stop/" in sent.extra_headers["List-Unsubscribe"]

    def test_a_link_that_was_made_up_or_is_forgotten_says_so(self, client: Client, link: str) -> None:
        tampered = client.get(f"{link[:-2]}x/")
        assert tampered.status_code == 404
        assert "This link is too old" in tampered.text
        BackInStockNotice.objects.all().delete()
        assert client.post(link, {}).status_code == 404

    def test_a_link_that_ends_notices_confirms_none(self, client: Client, gone: Variant, link: str) -> None:
        stop = re.search(r"/notices/stop/([^/\s]+)/", str(mail.outbox[0].body))
        assert stop
        assert client.get(f"/en/notices/confirm/{stop[1]}/").status_code == 404

    def test_customers_whose_address_is_confirmed_need_not(self, client: Client, gone: Variant, amina: User) -> None:
        client.force_login(amina)
        assert "We will write to you when it is back." in ask(client, gone, follow=True).text
        assert told() == []
        arrive(gone)
        assert told() == [amina.email]

    def test_customers_whose_address_is_not_confirmed_are_asked(self, client: Client, gone: Variant) -> None:
        client.force_login(UserFactory(email="leila@souk.example"))
        ask(client, gone)
        assert "Please open the link" in page_of(client, gone)
        assert told() == ["leila@souk.example"]
        arrive(gone)
        assert told() == ["leila@souk.example"]

    def test_a_full_list_of_strangers_keeps_no_customer_out(self, gone: Variant, amina: User) -> None:
        others = VariantFactory.create_batch(50, product=gone.product)
        BackInStockNotice.objects.bulk_create(
            BackInStockNotice(variant=other, email=amina.email, language="en") for other in others
        )
        assert ask_notice(variant_id=gone.pk, email="", customer=amina)
        assert BackInStockNotice.objects.get(variant=gone).confirmed_at

    def test_the_api_says_that_a_link_was_sent(self, gone: Variant, amina: User) -> None:
        answer = APIClient().post(f"{V1}/stock-notices", {"variant_id": gone.pk, "email": GUEST})
        assert answer.status_code == 202
        assert "Please open the link" in answer.json()["message"]
        own = client_of(amina).post(f"{V1}/stock-notices", {"variant_id": gone.pk})
        assert "We will write to you" in own.json()["message"]
