"""Staff reads what was changed of a row: by whom, through which door, and each column before and after."""

import re
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import Change
from catalog.models import Category, Product, Variant
from core.context import Door, Work, working
from manage import main
from tests.factories.accounts import UserFactory
from tests.factories.catalog import CategoryFactory, VariantFactory
from tests.factories.checkout import confirmed_order
from tests.factories.pricing import TaxRateFactory
from tests.factories.staff import colleague, staff_client

pytestmark = pytest.mark.django_db


def history_of(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_history", args=[row.pk])


def text_of(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def cells_of(response: Any) -> dict[str, tuple[str, str]]:
    """The columns of the newest change, by their label."""
    told, _badge = response.context["entries"][0]
    return {cell.label: (cell.before, cell.after) for cell in told.cells}


def test_a_history_says_who_did_what_through_which_door_in_which_request() -> None:
    category, person = CategoryFactory(name_en="Lamps"), colleague()
    work = Work(door=Door.API, actor=lambda: person.pk, activity="PATCH /api/v1/categories", reference="req-7")
    with working(work):
        Category.objects.filter(pk=category.pk).update(is_active=False)

    page = staff_client().get(history_of(category))

    assert cells_of(page) == {"Active": ("Yes", "No")}
    assert "Karim Benali · API Request: PATCH /api/v1/categories req-7" in text_of(page)


def test_an_amount_is_told_in_the_currency_of_its_time_as_a_part_of_the_product() -> None:
    variant = VariantFactory(sku="LAMP-1", price_minor=1000, currency="EUR")
    Variant.objects.filter(pk=variant.pk).update(price_minor=1250)
    Variant.objects.filter(pk=variant.pk).update(currency="TND")

    entries = staff_client().get(history_of(variant.product)).context["entries"]

    priced = next(told for told, _badge in entries if any(cell.label == "Price" for cell in told.cells))
    assert (priced.kind, priced.name) == ("Variant", "LAMP-1")
    assert [(cell.before, cell.after) for cell in priced.cells] == [("€10.00", "€12.50")]
    assert "from_price_minor" not in {cell.column for told, _badge in entries for cell in told.cells}


def test_a_translated_column_is_told_with_its_language_and_once() -> None:
    category = CategoryFactory(name_en="Lamps", name_fr="Lampes")
    category.name_en, category.name_fr = "Lights", "Lumières"
    category.save()

    page = staff_client().get(history_of(category))

    assert cells_of(page) == {"Name (English)": ("Lamps", "Lights"), "Name (French)": ("Lampes", "Lumières")}


def test_a_foreign_key_is_told_by_name_even_when_its_row_is_gone() -> None:
    old, new = CategoryFactory(name_en="Old"), CategoryFactory(name_en="New")
    category = CategoryFactory(parent=old)
    Category.objects.filter(pk=category.pk).update(parent=new)
    gone = str(old.pk)
    old.delete()

    page = staff_client().get(history_of(category))

    assert cells_of(page) == {"Parent": (f"{gone}, which is gone", "New")}


def test_a_choice_a_fraction_and_a_country_are_told_as_people_say_them() -> None:
    rate = TaxRateFactory(rate="0.19", zone__countries=["TN"])

    entries = staff_client().get(history_of(rate.zone)).context["entries"]

    told = {cell.label: cell.after for entry, _badge in entries for cell in entry.cells}
    assert (told["Rate"], told["Country"]) == ("19%", "Tunisia")
    assert told["Tax class"] == "Standard rate"


def test_what_was_written_in_sql_is_said_to_be() -> None:
    category = CategoryFactory()
    connection.connection.execute("SELECT set_config('souk.work', '', true)")
    connection.connection.execute("UPDATE catalog_category SET is_active = false")

    assert "Past the application, in SQL" in text_of(staff_client().get(history_of(category)))


def test_a_group_that_a_person_joined_is_told_by_name() -> None:
    user = UserFactory()
    user.groups.add(Group.objects.create(name="Packers"))

    page = staff_client().get(history_of(user))

    told, _badge = page.context["entries"][0]
    assert (told.kind, [cell.after for cell in told.cells]) == ("Groups", ["Packers"])


def test_a_history_is_for_who_may_look_at_the_row() -> None:
    category = CategoryFactory()

    assert staff_client("catalog.view_category").get(history_of(category)).status_code == 200
    assert staff_client("catalog.view_product").get(history_of(category)).status_code == 403
    assert Client().get(history_of(category)).status_code == 302


def test_a_history_has_pages_newest_first_and_the_same_queries_however_long() -> None:
    short, long = VariantFactory().product, VariantFactory().product
    client = staff_client()
    for product, times in ((short, 1), (long, 60)):
        for price in range(times):
            product.variants.update(price_minor=5000 + price)
    client.get(history_of(short))

    def queries(product: Product) -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(history_of(product))
        return len(captured)

    assert queries(long) <= queries(short) <= 12
    first, second = (client.get(history_of(long), {"p": number}).context["entries"] for number in (1, 2))
    assert first
    assert second
    ids = [told.change.pk for told, _badge in [*first, *second]]
    assert ids == sorted(ids, reverse=True)


def test_a_history_speaks_arabic() -> None:
    category = CategoryFactory()
    Category.objects.filter(pk=category.pk).update(is_active=False)

    page = staff_client().get(history_of(category), headers={"Accept-Language": "ar"})

    text = text_of(page)
    assert 'dir="rtl"' in page.content.decode()
    assert "قبل" in text
    assert "Request" not in text


def test_a_request_of_a_page_leaves_its_door_its_shopper_and_its_address() -> None:
    shopper = UserFactory(first_name="Nour", last_name="Saidi")
    order = confirmed_order(customer=shopper)
    client, address = Client(), reverse("accounts:cancel_order", args=[order.number])
    client.force_login(shopper)
    client.post(address)

    page = staff_client().get(history_of(order))

    assert "Nour Saidi · Page Request: POST " + address in text_of(page)


@pytest.mark.django_db(transaction=True)
def test_a_command_leaves_its_door_its_name_and_the_id_of_its_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "sys.argv",
        ["manage.py", "createsuperuser", "--skip-checks", "--noinput", "--username=boss", "--email=b@s.example"],
    )
    main()

    change = Change.objects.filter(model="accounts.user").latest("id")

    assert (change.door, change.activity, change.actor_id) == ("command", "createsuperuser", None)
    assert UUID(change.reference)
