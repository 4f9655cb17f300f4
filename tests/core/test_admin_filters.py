"""Filters of the admin's lists: days in the staff's own language, and no value that is passed over in silence."""

from datetime import UTC, datetime

import pytest
from django.contrib import admin
from django.urls import reverse

from core import clock
from core.shop_settings.models import ShopSetting
from orders.models import Order
from tests.factories.checkout import confirmed_order
from tests.factories.staff import messages_of, staff_client

pytestmark = pytest.mark.django_db

ORDERS = reverse("admin:orders_order_changelist")
LISTS = sorted(
    reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    for model in admin.site._registry
    if model is not ShopSetting  # one page in place of a list
)


@pytest.fixture
def order() -> Order:
    """Placed on 1 December 2026."""
    with clock.at(datetime(2026, 12, 1, 10, tzinfo=UTC)):
        return confirmed_order()


def listed(language: str = "en", **filters: str) -> list[Order]:
    page = staff_client().get(ORDERS, filters, headers={"accept-language": language}, follow=True)
    return list(page.context["cl"].result_list)


@pytest.mark.parametrize(
    ("language", "typed"),
    [
        ("en", "12/01/2026"),
        ("fr", "01/12/2026"),
        ("fr", "01/12/26"),
        ("ar", "01/12/2026"),
        ("ar", "٠١/١٢/٢٠٢٦"),
        ("fr", "2026-12-01"),
    ],
)
def test_a_day_is_read_as_the_language_of_the_page_writes_it(order: Order, language: str, typed: str) -> None:
    assert listed(language, placed_at_from=typed, placed_at_to=typed) == [order]
    assert listed(language, placed_at_from="2026-12-02") == []
    assert listed(language, placed_at_to="2026-11-30") == []


@pytest.mark.parametrize(
    ("language", "typed", "told"),
    [
        ("en", "31/31/2026", "Placed: “31/31/2026” is not a day. Please write it like 2026-12-31."),
        ("en", "soon", "Placed: “soon” is not a day. Please write it like 2026-12-31."),
        ("en", "9999-12-31", "Placed: “9999-12-31” is not a day. Please write it like 2026-12-31."),
        ("en", "0001-01-01", "Placed: “0001-01-01” is not a day. Please write it like 2026-12-31."),
        ("fr", "12/31/2026", "Passée : « 12/31/2026 » n’est pas un jour. Écrivez par exemple 31/12/2026."),
    ],
)
@pytest.mark.parametrize("edge", ["from", "to"])
@pytest.mark.usefixtures("order")
def test_a_day_that_cannot_be_read_is_told_above_an_empty_list(language: str, typed: str, told: str, edge: str) -> None:
    with clock.at(datetime(2026, 6, 1, tzinfo=UTC)):
        page = staff_client().get(ORDERS, {f"placed_at_{edge}": typed}, headers={"accept-language": language})
    assert [message.replace("\xa0", " ") for message in messages_of(page)] == [told]
    assert list(page.context["cl"].result_list) == []


@pytest.mark.usefixtures("order")
def test_a_range_that_ends_before_it_begins_is_told() -> None:
    page = staff_client().get(ORDERS, {"placed_at_from": "2026-12-02", "placed_at_to": "2026-12-01"})
    assert messages_of(page) == ["Placed: the first day is after the last."]


@pytest.mark.parametrize("path", LISTS)
def test_no_list_breaks_by_a_value_of_a_filter(path: str) -> None:
    client = staff_client()
    specs = client.get(path).context["cl"].filter_specs
    names = {name for spec in specs for name in spec.expected_parameters() if name} | {"q", "p", "o", "id__exact"}
    for name in sorted(names):
        for value in ("%00", "9" * 30, "maybe", "%ED%A0%80"):
            assert client.get(f"{path}?{name}={value}").status_code in {200, 302, 400}, (name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("status__exact", "lost"), ("customer__exact", "x"), ("todo", "sleep"), ("payment_status__exact", "rich")],
)
def test_a_choice_that_is_none_is_told_and_all_is_shown(order: Order, name: str, value: str) -> None:
    page = staff_client().get(ORDERS, {name: value}, follow=True)
    (message,) = messages_of(page)
    assert "so the whole list is shown" in message
    assert list(page.context["cl"].result_list) == [order]


@pytest.mark.parametrize("page", ["search", "autocomplete"])
def test_boxes_that_search_while_staff_types_take_any_text(page: str) -> None:
    client = staff_client()
    names = {"app_label": "orders", "model_name": "order", "field_name": "customer", "s": "\x00", "term": "a\x00b"}
    assert client.get(reverse(f"admin:{page}"), names).status_code in {200, 400, 403}
