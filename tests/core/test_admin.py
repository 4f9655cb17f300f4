"""The admin as a whole: every list and page opens, in few queries, under its own policy."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import CustomerGroup, ExternalIdentity, SecurityEvent, User
from carts.models import Cart
from catalog.bulk.imports.models import ImportJob
from catalog.models import Category, OptionType, Product, Variant
from core import clock
from core.admin import MoneyField, PercentField
from core.context import Door
from core.models import ShopSetting
from core.money import Money
from desk.integrity_tasks import INTEGRITY_FAILED
from desk.kinds import Cause
from desk.models import StaffTask
from desk.services import raise_task
from inventory.models import Location, Reservation, StockItem, StockMove
from orders.models import Order
from payments.models import Payment, PaymentOperation, PaymentTransaction
from payments.services import refund_payment
from pricing.models import TaxZone
from shipping.models import Shipment, ShippingMethod
from tests.factories.accounts import AddressFactory, CustomerGroupFactory, MembershipFactory, UserFactory
from tests.factories.catalog import (
    CategoryFactory,
    OptionTypeFactory,
    OptionValueFactory,
    ProductImageFactory,
    VariantOptionFactory,
)
from tests.factories.checkout import cart_with, completed_order, confirmed_order, order_awaiting_transfer, shipped_order
from tests.factories.inventory import LocationFactory, stocked_variant
from tests.factories.payments import requested_refund
from tests.factories.pricing import TaxRateFactory, TaxZoneFactory
from tests.factories.shipping import ShippingMethodFactory
from tests.factories.staff import messages_of, staff_client

pytestmark = pytest.mark.django_db

REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)
OURS = {"accounts", "carts", "catalog", "desk", "inventory", "orders", "payments", "pricing", "shipping"}
MOST_QUERIES = 12


def labels(models: list[type[Model]]) -> list[str]:
    return [model._meta.label for model in models]


def address_of(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def shop() -> None:
    """A row of everything."""
    variant = stocked_variant(20)
    VariantOptionFactory(variant=variant)
    ProductImageFactory(product=variant.product)
    TaxRateFactory()
    order = completed_order(variant=variant, customer=AddressFactory().user)
    refund_payment(payment_id=order.payments.get().pk, amount=Money(100, "USD"), actor=None)
    requested_refund(order.payments.get())
    order_awaiting_transfer(variant=variant)
    ExternalIdentity.objects.create(user=UserFactory(), issuer="https://issuer.example", subject="1")
    SecurityEvent.objects.create(user=UserFactory(), kind=SecurityEvent.Kind.LOGGED_IN, door=Door.PAGE)
    MembershipFactory()
    _task(0)
    ShopSetting.objects.create(name="low_stock_units", value=7)
    ImportJob.objects.create(file_name="teas.csv", file_format="csv", language="en", started_by=UserFactory())


class TestEveryModel:
    @pytest.mark.parametrize("model", REGISTERED, ids=labels(REGISTERED))
    def test_has_a_list_that_opens_and_can_be_searched(self, model: type[Model], shop: None) -> None:
        client, address = staff_client(), address_of(model, "changelist")

        assert client.get(address).status_code == 200
        assert client.get(address, {"q": "thé à la men'the"}).status_code == 200

    @pytest.mark.parametrize(
        "model",
        ours := [model for model in REGISTERED if model._meta.app_label in OURS],
        ids=labels(ours),
    )
    def test_has_a_page_for_each_row(self, model: type[Model], shop: None) -> None:
        row = model._default_manager.order_by("pk").first()
        assert row is not None, "the fixture makes a row of everything"

        assert staff_client().get(address_of(model, "change", row.pk)).status_code == 200

    @pytest.mark.parametrize("model", REGISTERED, ids=labels(REGISTERED))
    def test_has_a_form_to_add_or_refuses(self, model: type[Model]) -> None:
        response = staff_client().get(address_of(model, "add"))
        may_add = admin.site._registry[model].has_add_permission(response.wsgi_request)

        assert response.status_code == (200 if may_add else 403)

    @pytest.mark.parametrize(
        "model",
        [Order, Payment, PaymentTransaction, PaymentOperation, Shipment, StockItem, StockMove, Reservation, Cart],
        ids=lambda m: m._meta.label,
    )
    def test_written_by_services_is_neither_added_nor_changed_nor_deleted(self, model: type[Model], shop: None) -> None:
        client, row = staff_client(), model._default_manager.order_by("pk").first()
        before = model._default_manager.values().get(pk=row.pk)

        # An order is added through the same service as everywhere, on a page of its own.
        assert client.get(address_of(model, "add")).status_code == (200 if model is Order else 403)
        assert client.post(address_of(model, "change", row.pk), {"status": "completed"}).status_code == 403
        assert client.post(address_of(model, "delete", row.pk), {"post": "yes"}).status_code == 403
        assert model._default_manager.values().get(pk=row.pk) == before


def _task(index: int) -> None:
    raise_task(kind=INTEGRITY_FAILED, cause=Cause(object_id=f"check-{index}", params={"check": "x", "count": index}))


def _zone(index: int) -> None:
    TaxRateFactory(zone=TaxZoneFactory(code=f"zone-{index}", countries=(), parts=[("FR", "", f"{index:02}")]))


def _location_with_stock(index: int) -> None:
    stocked_variant(5)
    LocationFactory(code=f"place-{index}")


def _product(index: int) -> None:
    variant = stocked_variant(5)
    VariantOptionFactory(variant=variant, value=OptionValueFactory(code=f"v{index}"))
    ProductImageFactory(product=variant.product)


LISTS: list[tuple[type[Model], Callable[[int], Any]]] = [
    (Product, _product),
    (Variant, _product),
    (Category, lambda index: CategoryFactory(parent=Category.objects.first())),
    (OptionType, lambda index: OptionValueFactory(option_type=OptionTypeFactory(code=f"option-{index}"))),
    (StockItem, _location_with_stock),
    (StockMove, _location_with_stock),
    (Location, _location_with_stock),
    (Reservation, lambda index: confirmed_order()),
    (Order, lambda index: shipped_order(customer=UserFactory())),
    (Shipment, lambda index: shipped_order(customer=UserFactory())),
    (Payment, lambda index: completed_order()),
    (PaymentTransaction, lambda index: completed_order()),
    (PaymentOperation, lambda index: requested_refund(completed_order().payments.get())),
    (Cart, lambda index: cart_with(customer=UserFactory())),
    (User, lambda index: UserFactory()),
    (CustomerGroup, lambda index: MembershipFactory(group=CustomerGroupFactory())),
    (StaffTask, _task),
    (ShippingMethod, lambda index: ShippingMethodFactory(code=f"method-{index}")),
    (TaxZone, _zone),
]


@pytest.mark.parametrize(("model", "make"), LISTS, ids=[model._meta.label for model, _make in LISTS])
def test_twenty_rows_take_as_many_queries_as_one(model: type[Model], make: Callable[[int], Any]) -> None:
    client, address = staff_client(), address_of(model, "changelist")
    client.get(address)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            response = client.get(address)
        assert response.status_code == 200
        return len(captured)

    make(0)
    with_one = queries()
    for index in range(1, 20):
        make(index)

    assert model._default_manager.count() >= 20
    assert queries() == with_one <= MOST_QUERIES


class TestFirstPage:
    def test_shows_what_is_to_be_done(self) -> None:
        variant = stocked_variant(3)
        waiting = order_awaiting_transfer(variant=variant)
        done = completed_order(variant=stocked_variant(9))
        # An hour ahead they are of today even if a day begins meanwhile.
        Order.objects.update(placed_at=clock.now() + timedelta(hours=1))

        page = staff_client().get(reverse("admin:index"))

        assert [row["order"] for row in page.context["awaiting"]] == [waiting]
        assert page.context["to_ship"] == []
        assert page.context["today"]["count"] == 2
        assert page.context["today"]["totals"] == [waiting.total + done.total]
        assert [item.variant for item in page.context["low_stock"]] == [variant]

    def test_shows_each_colleague_only_what_they_may_see(self) -> None:
        order_awaiting_transfer()

        page = staff_client("inventory.view_stockitem").get(reverse("admin:index"))

        assert "awaiting" not in page.context
        assert "low_stock" in page.context
        assert reverse("admin:orders_order_changelist") not in page.content.decode()

    def test_takes_few_queries_however_many_orders_there_are(self) -> None:
        client = staff_client()
        for _index in range(12):
            order_awaiting_transfer(customer=UserFactory())
        client.get(reverse("admin:index"))

        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("admin:index"))

        # The last two are the panel of staff tasks and their number in the menu.
        assert len(captured) <= 14


class TestPolicy:
    def test_the_admin_may_evaluate_but_loads_nothing_from_elsewhere(self) -> None:
        policy = staff_client().get(reverse("admin:index")).headers["Content-Security-Policy"]

        assert "script-src 'self' 'unsafe-eval'" in policy
        assert "default-src 'self'" in policy

    def test_the_storefront_stays_strict(self, client: Client) -> None:
        policy = client.get(reverse("catalog:home")).headers["Content-Security-Policy"]

        assert "unsafe" not in policy

    def test_no_page_names_another_host(self, shop: None) -> None:
        product = Product.objects.latest("created_at")

        page = staff_client().get(address_of(Product, "change", product.pk)).content.decode()

        for element in ("<script", "<link"):
            assert not [tag for tag in page.split(element)[1:] if "//" in tag.split(">")[0]]


class TestLogIn:
    def test_leads_to_the_admin_by_e_mail_too(self, client: Client) -> None:
        person = UserFactory(is_staff=True)
        page = client.get(reverse("admin:login"))

        response = client.post(
            reverse("admin:login"),
            {"username": person.email, "password": "a-good-password-1", "next": page.context["next"]},
        )

        assert response.headers["Location"] == reverse("admin:index")
        assert 'name="next"' in page.content.decode()

    def test_refuses_customers(self, client: Client) -> None:
        person = UserFactory()

        page = client.post(reverse("admin:login"), {"username": person.email, "password": "a-good-password-1"})

        assert page.status_code == 200
        assert page.context["form"].non_field_errors()
        assert "_auth_user_id" not in client.session

    def test_is_locked_after_many_wrong_passwords(self, client: Client) -> None:
        person = UserFactory(is_staff=True)
        for _attempt in range(12):
            client.post(reverse("admin:login"), {"username": person.email, "password": "wrong"})

        page = client.post(reverse("admin:login"), {"username": person.email, "password": "a-good-password-1"})

        assert page.context["form"].non_field_errors() == ["Too many failed attempts. Please try again in 5 minutes."]


class TestMoneyField:
    @pytest.mark.parametrize(
        ("typed", "minor", "currency"),
        [
            ("19.99 USD", 1999, "USD"),
            ("19.99", 1999, "USD"),
            ("19.5eur", 1950, "EUR"),
            ("0 USD", 0, "USD"),
            ("12.345 TND", 12345, "TND"),
            ("100 JPY", 100, "JPY"),
        ],
    )
    def test_reads_exactly_what_was_typed(self, typed: str, minor: int, currency: str) -> None:
        assert MoneyField().clean(typed) == Money(minor, currency)

    @pytest.mark.parametrize(
        ("typed", "error"),
        [
            ("19.999 USD", "USD has 2 decimals at most."),
            ("1.5 JPY", "JPY has 0 decimals at most."),
            ("19,99 USD", "Write the amount with a point and its currency, such as 19.99 USD."),
            ("-5 USD", "Write the amount with a point and its currency, such as 19.99 USD."),
            ("much", "Write the amount with a point and its currency, such as 19.99 USD."),
            ("5 XYZ", "XYZ is not a currency code."),
            ("99999999999999999999 USD", "This amount is too large."),
        ],
    )
    def test_says_what_is_wrong(self, typed: str, error: str) -> None:
        with pytest.raises(ValidationError) as refused:
            MoneyField().clean(typed)

        assert refused.value.messages == [error]

    def test_shows_the_amount_as_it_is_typed(self) -> None:
        assert MoneyField().prepare_value(Money(12345, "TND")) == "12.345 TND"


@pytest.mark.parametrize("typed", ["100", "-1", "5.00001"])
def test_percentages_outside_of_the_scale_are_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        PercentField().clean(typed)


def test_a_filter_by_day_includes_its_last_day() -> None:
    order = order_awaiting_transfer()
    day = order.placed_at.date().isoformat()
    client, address = staff_client(), address_of(Order, "changelist")

    found = client.get(address, {"placed_at_from": day, "placed_at_to": day}).context["cl"].result_list
    before = client.get(address, {"placed_at_to": "2020-01-01"}).context["cl"].result_list

    assert list(found) == [order]
    assert list(before) == []


def test_a_row_that_is_gone_leads_back_with_a_word() -> None:
    missing = "01890000-0000-7000-8000-000000000000"

    response = staff_client().get(reverse("admin:orders_order_ship", args=[missing]), follow=True)

    assert "doesn’t exist" in messages_of(response)[0]
