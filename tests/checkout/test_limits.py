"""Guests are limited by address, cart and recipient; customers may do more; an order takes all that there is."""

from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils.translation import override
from pytest_django import Settings
from rest_framework.test import APIClient

from carts.models import Cart
from core.limits import LimitReached, Standing
from core.outbox import relay
from core.rates import parse_rate
from inventory.models import Reservation, StockItem
from notifications.services import send_due_messages
from orders.models import Order
from tests.api import V1, client_of, given, refused
from tests.checkout.test_pages import ADDRESS
from tests.factories.accounts import StaffFactory, UserFactory, postal
from tests.factories.inventory import stocked_variant
from tests.factories.shipping import ShippingMethodFactory
from tests.races import at_once

pytestmark = pytest.mark.django_db

VICTIM = "victim@stranger.example"


def put_in(client: APIClient, variant: Any, quantity: int = 1) -> Any:
    answer = client.post(f"{V1}/cart/items", {"variant_id": variant.pk, "quantity": quantity})
    if answer.status_code == 201:
        client.credentials(HTTP_X_CART_TOKEN=answer["X-Cart-Token"])
    return answer


def order(client: APIClient, **said: Any) -> Any:
    return client.post(
        f"{V1}/checkout/place",
        {
            "email": VICTIM,
            "shipping_address": postal(),
            "shipping_method": "standard",
            "payment_provider": "cash_on_delivery",
        }
        | said,
    )


@pytest.fixture
def tea() -> Any:
    ShippingMethodFactory()
    return stocked_variant(40)


def reserved(variant: Any) -> int:
    return StockItem.objects.get(variant=variant).reserved


class TestRequests:
    def test_an_address_opens_only_so_many_carts(self, tea: Any, settings: Settings) -> None:
        settings.RATE_LIMITS = {"guest_new_carts": "3/hour"}
        answers = [put_in(APIClient(), tea) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [201, 201, 201, 429]
        assert refused(answers[-1], 429, "throttled")["retry_after"] == int(answers[-1]["Retry-After"]) == 1200
        assert Cart.objects.count() == 3

    def test_a_made_up_token_opens_no_more_carts(self, tea: Any, settings: Settings) -> None:
        settings.RATE_LIMITS = {"guest_new_carts": "1/hour"}
        put_in(APIClient(), tea)
        client = APIClient()
        client.credentials(HTTP_X_CART_TOKEN="made-up")
        refused(put_in(client, tea), 429, "throttled")

    def test_pages_and_api_count_together(self, client: Client, tea: Any, settings: Settings) -> None:
        settings.RATE_LIMITS = {"guest_new_carts": "1/hour"}
        put_in(APIClient(), tea)
        assert client.post("/en/cart/items/", {"variant": tea.pk, "quantity": 1}).status_code == 429
        assert Cart.objects.count() == 1

    @pytest.mark.parametrize("limit", ["guest_cart", "one_cart"])
    def test_a_cart_is_changed_only_so_often(self, tea: Any, settings: Settings, limit: str) -> None:
        client = APIClient()
        put_in(client, tea)
        settings.RATE_LIMITS = {limit: "2/min"}
        assert [put_in(client, tea).status_code for _ in range(3)] == [201, 201, 429]
        line = given(client.get(f"{V1}/cart"))["lines"][0]["id"]
        refused(client.patch(f"{V1}/cart/items/{line}", {"quantity": 1}), 429, "throttled")

    def test_another_address_goes_on(self, tea: Any, settings: Settings) -> None:
        settings.RATE_LIMITS = {"guest_cart": "1/min"}
        first, second = APIClient(REMOTE_ADDR="2001:db8:1:2::1"), APIClient(REMOTE_ADDR="2001:db8:1:3::1")
        neighbour = APIClient(REMOTE_ADDR="2001:db8:1:2::ffff")
        assert [put_in(one, tea).status_code for one in (first, neighbour, second)] == [201, 429, 201]

    def test_customers_have_their_own_limit_and_staff_none(self, tea: Any, settings: Settings) -> None:
        settings.RATE_LIMITS = {"guest_cart": "1/min", "customer_cart": "2/min"}
        customer, staff = client_of(UserFactory()), client_of(StaffFactory())
        body = {"variant_id": tea.pk}
        assert [customer.post(f"{V1}/cart/items", body).status_code for _ in range(3)] == [201, 201, 429]
        assert [staff.post(f"{V1}/cart/items", body).status_code for _ in range(3)] == [201] * 3

    def test_the_checkout_is_touched_only_so_often(self, tea: Any, settings: Settings) -> None:
        client = APIClient()
        put_in(client, tea)
        settings.RATE_LIMITS = {"guest_checkout": "2/min"}
        assert [client.patch(f"{V1}/checkout", {}).status_code for _ in range(3)] == [200, 200, 429]

    def test_a_request_that_is_sent_again_is_answered_again(self, tea: Any, settings: Settings) -> None:
        client = APIClient()
        put_in(client, tea)
        settings.RATE_LIMITS = {"guest_orders": "2/hour", "recipient_mails": "1/hour"}
        key = {"Idempotency-Key": "once"}
        body = {
            "email": VICTIM,
            "shipping_address": postal(),
            "shipping_method": "standard",
            "payment_provider": "cash_on_delivery",
        }
        first, again = (client.post(f"{V1}/checkout/place", body, headers=key) for _ in range(2))
        assert given(first, 201) == given(again, 201)


class TestOrders:
    def test_an_address_places_only_so_many_orders(self, tea: Any, settings: Settings) -> None:
        settings.RATE_LIMITS = {"guest_orders": "3/10min"}
        codes = []
        for _ in range(5):
            client = APIClient()
            put_in(client, tea)
            codes.append(order(client).status_code)
        assert codes == [201, 201, 201, 429, 429]
        assert Order.objects.count() == reserved(tea) == 3

    def test_a_stranger_gets_only_so_many_mails_whoever_sends_them(self, tea: Any, settings: Settings) -> None:
        settings.RATE_LIMITS = {"recipient_mails": "2/hour"}
        spellings = [VICTIM, "Victim+1@Stranger.example", VICTIM, "victim+2@stranger.example"]
        codes = []
        for number, email in enumerate(spellings):
            client = APIClient(REMOTE_ADDR=f"192.0.2.{number}")
            put_in(client, tea)
            codes.append(order(client, email=email).status_code)
        assert codes == [201, 201, 429, 429]
        relay.run_once()
        send_due_messages()
        assert len(mail.outbox) == 2

    def test_a_customer_who_names_a_stranger_is_counted_and_at_home_is_not(self, tea: Any, settings: Settings) -> None:
        settings.RATE_LIMITS = {"recipient_mails": "1/hour"}
        amina = UserFactory(email="amina@souk.example")
        client = client_of(amina)
        codes = []
        for email in (amina.email, amina.email, VICTIM, VICTIM):
            client.post(f"{V1}/cart/items", {"variant_id": tea.pk})
            codes.append(order(client, email=email).status_code)
        assert codes == [201, 201, 201, 429]

    @pytest.mark.django_db(transaction=True)
    def test_orders_at_the_same_moment_do_not_pass_the_limit_together(self, settings: Settings) -> None:
        settings.RATE_LIMITS = {"recipient_mails": "2/hour"}
        ShippingMethodFactory()
        variant, clients = stocked_variant(20), [APIClient() for _ in range(6)]
        for client in clients:
            put_in(client, variant)
        answers = at_once(*[lambda client=client: order(client).status_code for client in clients])
        assert sorted(answers) == [201, 201, 429, 429, 429, 429]
        assert Order.objects.count() == 2

    def test_the_page_asks_to_wait_in_the_shoppers_language_and_keeps_what_was_typed(
        self, client: Client, tea: Any, settings: Settings
    ) -> None:
        client.post("/fr/cart/items/", {"variant": tea.pk, "quantity": 2})
        settings.RATE_LIMITS = {"guest_checkout": "1/hour"}
        client.get("/fr/checkout/address/")
        page = client.post("/fr/checkout/address/", ADDRESS)
        assert page.status_code == 429
        assert int(page["Retry-After"]) > 0
        assert "Veuillez réessayer dans" in page.text
        assert 'name="shipping-line1" value="12 rue des Oliviers"' in page.text
        assert 'action="/fr/checkout/address/"' in page.text

    @pytest.mark.parametrize("language", ["en", "fr", "ar"])
    def test_a_fragment_says_it_where_the_shopper_is(
        self, client: Client, tea: Any, settings: Settings, language: str
    ) -> None:
        settings.RATE_LIMITS = {"guest_cart": "1/hour"}
        body = {"variant": tea.pk, "quantity": 2}
        client.post(f"/{language}/cart/items/", body, headers={"HX-Request": "true"})
        refusal = client.post(f"/{language}/cart/items/", body, headers={"HX-Request": "true"})
        assert refusal.status_code == 429
        assert "<html" not in refusal.text
        with override(language):
            assert str(LimitReached(Standing("guest_cart", parse_rate("1/hour"), 0, 3600))) in refusal.text

    def test_a_second_click_on_order_is_led_to_the_first_ones_order(
        self, client: Client, tea: Any, settings: Settings
    ) -> None:
        client.post("/en/cart/items/", {"variant": tea.pk, "quantity": 1})
        client.post("/en/checkout/address/", ADDRESS)
        client.post("/en/checkout/delivery/", {"choice": "standard"})
        client.post("/en/checkout/payment/", {"choice": "cash_on_delivery"})
        settings.RATE_LIMITS = {"guest_orders": "1/hour"}
        cart = Cart.objects.get()
        first, second = (client.post("/en/checkout/review/", {"cart": cart.pk}) for _ in range(2))
        assert first.url == second.url  # type: ignore[attr-defined]


class TestShareOfTheStock:
    @pytest.fixture(autouse=True)
    def _a_quarter_or_five(self, settings: Settings) -> None:
        settings.GUEST_RESERVATION_PERCENT, settings.GUEST_RESERVATION_UNITS = 25, 5

    def test_a_guest_reserves_no_more_than_the_share_and_is_told(self, tea: Any) -> None:
        client = APIClient()
        put_in(client, tea, 40)
        checkout = given(client.patch(f"{V1}/checkout", {}))
        assert reserved(tea) == 10
        assert checkout["held_until"] is None
        [notice] = given(client.get(f"{V1}/cart"))["lines"][0]["notices"]
        assert notice["code"] == "partly_reserved"
        assert "We keep 10 of these 40" in notice["message"]

    def test_ordering_takes_all_that_is_available(self, tea: Any) -> None:
        client = APIClient()
        put_in(client, tea, 40)
        client.patch(f"{V1}/checkout", {})
        given(order(client), 201)
        assert reserved(tea) == 40

    def test_several_carts_of_an_address_share_it(self, tea: Any) -> None:
        for _ in range(4):
            client = APIClient()
            put_in(client, tea, 8)
            client.patch(f"{V1}/checkout", {})
        assert reserved(tea) == 10

    def test_others_have_a_share_of_their_own(self, tea: Any) -> None:
        for number in range(2):
            client = APIClient(REMOTE_ADDR=f"192.0.2.{number}")
            put_in(client, tea, 40 - 10 * number)
            client.patch(f"{V1}/checkout", {})
        assert reserved(tea) == 10 + 7

    def test_asking_again_changes_nothing(self, tea: Any) -> None:
        client = APIClient()
        put_in(client, tea, 40)
        for _ in range(3):
            client.patch(f"{V1}/checkout", {})
        assert reserved(tea) == 10
        assert Reservation.objects.count() == 1

    def test_a_larger_quantity_later_keeps_to_it(self, tea: Any) -> None:
        client = APIClient()
        put_in(client, tea, 2)
        client.patch(f"{V1}/checkout", {})
        line = given(client.get(f"{V1}/cart"))["lines"][0]["id"]
        given(client.patch(f"{V1}/cart/items/{line}", {"quantity": 30}))
        assert reserved(tea) == 10

    def test_a_few_units_may_be_reserved_in_any_case(self) -> None:
        client, rare = APIClient(), stocked_variant(6)
        put_in(client, rare, 6)
        client.patch(f"{V1}/checkout", {})
        assert reserved(rare) == 5

    def test_a_customer_reserves_what_is_in_the_cart(self, tea: Any) -> None:
        client = client_of(UserFactory())
        client.post(f"{V1}/cart/items", {"variant_id": tea.pk, "quantity": 40})
        assert given(client.patch(f"{V1}/checkout", {}))["held_until"]
        assert reserved(tea) == 40

    def test_the_page_says_what_is_kept_and_promises_no_more(self, client: Client, tea: Any) -> None:
        client.post("/fr/cart/items/", {"variant": tea.pk, "quantity": 40})
        page = client.get("/fr/checkout/address/").text
        assert "10 de ces 40" in page
        assert reserved(tea) == 10

    @pytest.mark.django_db(transaction=True)
    def test_carts_at_the_same_moment_do_not_pass_it_together(self) -> None:
        variant, clients = stocked_variant(40), [APIClient() for _ in range(4)]
        for client in clients:
            put_in(client, variant, 9)
        at_once(*[lambda client=client: client.patch(f"{V1}/checkout", {}) for client in clients])
        assert reserved(variant) == 10
