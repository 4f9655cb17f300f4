"""One box that finds orders, people, products and SKUs, each for those who may see it and by an index."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories.accounts import UserFactory
from tests.factories.catalog import VariantFactory
from tests.factories.checkout import order_awaiting_transfer
from tests.factories.staff import staff_client

pytestmark = pytest.mark.django_db


def find(term: str, *permissions: str) -> list[str]:
    """The titles of what is found."""
    page = staff_client(*permissions).get(reverse("admin:search"), {"s": term, "extended": "1"})
    return [result.title for result in page.context["results"]]


def test_an_order_by_the_beginning_of_its_number() -> None:
    order = order_awaiting_transfer()

    assert order.number in find(order.number[:5].lower())


def test_a_person_by_e_mail() -> None:
    person = UserFactory(email="samira@example.com")

    assert find("Samira@") == [person.email]


def test_a_variant_by_sku_and_a_product_by_name_in_every_language() -> None:
    variant = VariantFactory(sku="KETTLE-01", product__name_en="Brass kettle", product__name_fr="Bouilloire")

    assert "KETTLE-01" in find("kettle-")
    assert find("bouill") == [variant.product.name]


@pytest.mark.parametrize(
    ("permission", "found"),
    [("catalog.view_variant", "AA-01"), ("accounts.view_user", "aa-01@example.com"), ("orders.view_order", None)],
)
def test_only_what_one_may_see(permission: str, found: str | None) -> None:
    VariantFactory(sku="AA-01")
    UserFactory(email="aa-01@example.com")

    assert find("aa-01", permission) == ([found] if found else [])


def test_a_letter_alone_asks_for_nothing() -> None:
    VariantFactory(sku="A-1")

    assert "A-1" not in find("a")


@pytest.mark.parametrize("term", ["kettle-01", "samira@example.com", "%_\\"])
def test_no_question_walks_a_whole_table(term: str) -> None:
    client = staff_client()
    with CaptureQueriesContext(connection) as captured:
        client.get(reverse("admin:search"), {"s": term, "extended": "1"})
    asked = [one["sql"] for one in captured if "LIKE" in one["sql"]]
    assert asked

    with connection.cursor() as cursor:
        # On an empty table the planner would read it whole whatever the indexes.
        cursor.execute("SET LOCAL enable_seqscan = off")
        for sql in asked:
            cursor.execute(f"EXPLAIN {sql}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert "Seq Scan" not in plan, plan
