"""What a customer may like: of the category they bought most of, and only what can be bought."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from catalog.models import Category, Product
from checkout.recommendations import recommended_products
from checkout.services.cancel_order import cancel_order
from inventory.models import StockItem
from inventory.services import set_backorder_limit
from tests.api import V1, client_of, given, refused
from tests.factories.accounts import UserFactory
from tests.factories.catalog import CategoryFactory
from tests.factories.checkout import confirmed_order
from tests.factories.inventory import LocationFactory, stocked_variant
from tests.factories.staff import colleague

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer() -> User:
    user: User = UserFactory()
    return user


def made(category: Category, count: int = 1, **variant: Any) -> list[Product]:
    """So many products in stock, the newest first."""
    return [stocked_variant(10, product__category=category, **variant).product for _ in range(count)][::-1]


def recommended(customer: User) -> list[Product]:
    found = Product.objects.in_bulk(summary.id for summary in recommended_products(customer=customer))
    return [found[summary.id] for summary in recommended_products(customer=customer)]


def bought(customer: User, category: Category, quantity: int = 1) -> Any:
    variant = stocked_variant(10, product__category=category)
    return confirmed_order(variant=variant, quantity=quantity, customer=customer)


def test_the_newest_of_the_category_with_most_units_come_first(customer: User) -> None:
    teas, pots = CategoryFactory(), CategoryFactory()
    wanted = made(teas, 3)
    made(pots, 3)
    bought(customer, pots, 1)
    bought(customer, teas, 2)
    assert recommended(customer) == wanted


def test_the_next_category_and_then_the_newest_fill_up(customer: User) -> None:
    teas, pots, cups = CategoryFactory(), CategoryFactory(), CategoryFactory()
    [tea], [pot], [_older, cup] = made(teas), made(pots), [made(cups)[0], made(cups)[0]]
    bought(customer, pots, 1)
    bought(customer, teas, 2)
    assert recommended(customer) == [tea, pot, cup]


def test_without_orders_the_newest_are_shown(customer: User) -> None:
    newest = made(CategoryFactory(), 4)
    assert recommended(customer) == newest[:3]


def test_only_what_can_be_bought_and_is_new_to_them(customer: User) -> None:
    teas = CategoryFactory()
    [tea] = made(teas)
    stocked_variant(0, product__category=teas)
    stocked_variant(10, product__category=teas, is_active=False)
    made(CategoryFactory(is_active=False))
    bought(customer, teas)
    assert recommended(customer) == [tea]


def test_what_ships_later_can_be_bought_too(customer: User) -> None:
    sold_out = stocked_variant(0)
    item = StockItem.objects.create(variant=sold_out, location=LocationFactory())
    assert recommended(customer) == []
    set_backorder_limit(stock_item_id=item.pk, limit=1)
    assert recommended(customer) == [sold_out.product]


def test_cancelled_orders_say_nothing(customer: User) -> None:
    teas, pots = CategoryFactory(), CategoryFactory()
    [tea] = made(teas)
    [pot] = made(pots)
    cancel_order(order_id=bought(customer, teas, 5).pk, actor=None)
    bought(customer, pots)
    assert recommended(customer)[0] == pot
    assert tea in recommended(customer)


def test_the_number_is_a_setting(customer: User, settings: Any) -> None:
    settings.RECOMMENDATIONS_PER_USER = 5
    made(CategoryFactory(), 6)
    assert len(recommended_products(customer=customer)) == 5


def test_one_sees_ones_own_and_staff_anybodys(customer: User, api: Any) -> None:
    [tea] = made(CategoryFactory())
    url = f"{V1}/recommendations/{customer.pk}"
    refused(api.get(url), 401, "not_authenticated")
    refused(client_of(UserFactory()).get(url), 404, "not_found")
    refused(client_of(colleague("orders.view_order")).get(url), 404, "not_found")
    for user in (customer, colleague("accounts.view_user")):
        data = given(client_of(user).get(url))
        assert [(one["id"], one["in_stock"]) for one in data] == [(str(tea.pk), True)]
    refused(client_of(colleague()).get(f"{V1}/recommendations/{tea.pk}"), 404, "not_found")


def test_queries_do_not_grow(customer: User) -> None:
    def queries() -> int:
        client = client_of(customer)
        with CaptureQueriesContext(connection) as sent:
            given(client.get(f"{V1}/recommendations/{customer.pk}"))
        return len(sent)

    bought(customer, CategoryFactory())
    made(CategoryFactory(), 3)
    before = queries()
    for _ in range(4):
        category = CategoryFactory()
        bought(customer, category)
        made(category, 3)
    assert (before, queries()) == (6, 6)
