"""The price that a product is listed by: the database keeps it through whatever is written, and by whomever."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.db.models import Min, Q

from catalog.models import Category, Product, Variant
from tests.factories.catalog import CategoryFactory, VariantFactory
from tests.races import SECONDS, at_once, blocks_someone, wait_until

COLUMNS = ["sku", "price_minor", "currency", "is_active", "product_id"]


def listed(product: Product) -> int | None:
    return Product.objects.values_list("from_price_minor", flat=True).get(pk=product.pk)


@pytest.fixture
def product() -> Product:
    """On sale for 500, and for 900."""
    cheapest = VariantFactory(price_minor=500)
    VariantFactory(product=cheapest.product, price_minor=900)
    return cheapest.product


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


CHANGES: dict[str, tuple[Callable[[Product], object], int | None]] = {
    "nothing": (lambda product: None, 500),
    "a cheaper variant": (lambda product: VariantFactory(product=product, price_minor=100), 100),
    "a dearer variant": (lambda product: VariantFactory(product=product, price_minor=1000), 500),
    "a cheaper variant that is not sold": (
        lambda product: VariantFactory(product=product, price_minor=100, is_active=False),
        500,
    ),
    "a higher price": (lambda product: product.variants.filter(price_minor=500).update(price_minor=1200), 900),
    "the cheapest withdrawn": (lambda product: product.variants.filter(price_minor=500).update(is_active=False), 900),
    "the cheapest deleted": (lambda product: product.variants.get(price_minor=500).delete(), 900),
    "the cheapest given to another": (
        lambda product: product.variants.filter(price_minor=500).update(
            product=VariantFactory(price_minor=700).product
        ),
        900,
    ),
    "the product withdrawn": (lambda product: Product.objects.filter(pk=product.pk).update(is_active=False), None),
    "the category withdrawn": (lambda product: Category.objects.update(is_active=False), None),
    "moved to a category that is not shown": (
        lambda product: Product.objects.filter(pk=product.pk).update(category=CategoryFactory(is_active=False)),
        None,
    ),
    "a price in SQL": (lambda product: sql("UPDATE catalog_variant SET price_minor = price_minor / 5"), 100),
    "the column itself in SQL": (lambda product: sql("UPDATE catalog_product SET from_price_minor = 1"), 500),
}


@pytest.mark.django_db
@pytest.mark.parametrize("change", CHANGES)
def test_the_listed_price_follows(product: Product, change: str) -> None:
    do, expected = CHANGES[change]
    do(product)
    assert listed(product) == expected


@pytest.mark.django_db
def test_a_category_that_is_shown_again_lists_its_products_again(product: Product) -> None:
    for is_active, expected in ((False, None), (True, 500)):
        Category.objects.filter(pk=product.category_id).update(is_active=is_active)
        assert listed(product) == expected


@pytest.mark.django_db
def test_rows_loaded_by_copy_are_listed(product: Product) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY catalog_variant ({','.join(COLUMNS)}) FROM STDIN") as copy:
        for number in range(50):
            copy.write_row((f"COPIED-{number}", 50 + number, "USD", True, product.pk))
    assert listed(product) == 50


@pytest.mark.django_db
def test_a_saved_product_keeps_the_price_of_its_variants(product: Product) -> None:
    found = Product.objects.get(pk=product.pk)
    product.variants.update(price_minor=200)
    found.name_en = "Renamed"
    found.save()
    assert listed(product) == 200


def assert_all_listed_rightly() -> None:
    sold = Q(variants__is_active=True, is_active=True, category__is_active=True)
    products = Product.objects.annotate(expected=Min("variants__price_minor", filter=sold))
    assert {one.pk: one.from_price_minor for one in products} == {one.pk: one.expected for one in products}


@pytest.mark.django_db(transaction=True)
def test_of_two_prices_changed_at_once_both_count(product: Product) -> None:
    first, second = product.variants.order_by("price_minor")
    has_written = threading.Event()

    def slowly() -> None:
        with transaction.atomic():
            Variant.objects.filter(pk=first.pk).update(price_minor=2_000)
            has_written.set()
            wait_until(blocks_someone)

    def meanwhile() -> None:
        assert has_written.wait(SECONDS)
        Variant.objects.filter(pk=second.pk).update(price_minor=3_000)

    assert at_once(slowly, meanwhile) == [None, None]
    assert listed(product) == 2_000


@pytest.mark.django_db(transaction=True)
def test_writers_of_the_same_products_at_once_neither_deadlock_nor_leave_a_stale_price() -> None:
    shelves = [CategoryFactory() for _number in range(2)]
    products = [VariantFactory(product__category=shelf).product for shelf in shelves for _number in range(5)]
    movers = [product.pk for product in products[5:]]

    def prices(order: str) -> None:
        for cents in range(5):
            for pk in Product.objects.order_by(order).values_list("pk", flat=True):
                Variant.objects.filter(product=pk).update(price_minor=1_000 + cents)

    def switch() -> None:
        for number in range(10):
            Category.objects.filter(pk=shelves[0].pk).update(is_active=bool(number % 2))

    def move() -> None:
        for pk in movers:
            Product.objects.filter(pk=pk).update(category=shelves[0])

    assert at_once(lambda: prices("id"), lambda: prices("-id"), switch, move) == [None] * 4
    assert_all_listed_rightly()
