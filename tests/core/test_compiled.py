"""Compiled querysets answer what the querysets that they are made of would."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models.functions import Upper
from django.utils.translation import override

from catalog.models import Category, Product
from core.db.ids import new_id
from core.db.locking import lock_rows, prepared_rows
from core.fast.arrays import WRITTEN_OUT
from core.fast.compiled import Compiled, Param, among
from shipping.models import ShippingMethod
from tests.factories.accounts import AddressFactory, UserFactory
from tests.factories.catalog import CategoryFactory, ProductFactory
from tests.factories.shipping import ShippingMethodFactory
from tests.races import at_once

pytestmark = pytest.mark.django_db

Queries = Callable[[int], Any]


def by_id() -> Compiled[Category]:
    return Compiled(lambda: Category.objects.filter(pk=Param("category")))


def test_finds_the_rows_of_the_values_that_are_given() -> None:
    first, second = CategoryFactory(), CategoryFactory()
    compiled = by_id()

    assert compiled.rows(category=first.pk) == [first]
    assert compiled.rows(category=second.pk) == [second]
    assert compiled.rows(category=new_id()) == []
    assert compiled.first(category=new_id()) is None


def test_is_one_query(django_assert_num_queries: Queries) -> None:
    category, compiled = CategoryFactory(), by_id()

    with django_assert_num_queries(1):
        assert compiled.rows(category=category.pk) == [category]


def test_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def make() -> object:
        made.append(1)
        return Category.objects.filter(pk=Param("category"))

    compiled = Compiled(make)  # type: ignore[arg-type]
    for _time in range(3):
        compiled.rows(category=new_id())

    assert made == [1]


def of_many() -> Compiled[Category]:
    return Compiled(lambda: Category.objects.filter(among("id", "ids")).order_by("id"))


@pytest.mark.parametrize("count", [1, 2, 3, 5, WRITTEN_OUT, WRITTEN_OUT + 1])
def test_finds_what_is_among_so_many(count: int, django_assert_num_queries: Queries) -> None:
    CategoryFactory()
    categories, compiled = sorted(CategoryFactory.create_batch(count), key=lambda one: one.pk), of_many()

    with django_assert_num_queries(1):
        assert compiled.rows(ids=[one.pk for one in categories]) == categories


def test_asks_nothing_where_there_is_nothing_to_be_among(django_assert_num_queries: Queries) -> None:
    with django_assert_num_queries(0):
        assert of_many().rows(ids=[]) == []


def test_is_compiled_for_few_sizes_of_a_list() -> None:
    compiled = of_many()
    for count in range(1, WRITTEN_OUT + 9):
        compiled.rows(ids=[new_id() for _number in range(count)])

    assert len(compiled._statements) == 7


@pytest.mark.django_db(transaction=True)
def test_a_list_is_planned_once_for_its_size() -> None:
    compiled = of_many()
    for _again in range(20):
        compiled.rows(ids=[new_id(), new_id()])

    [(generic, custom)] = prepared_rows(
        "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE strpos(statement, %s) > 0",
        ['"catalog_category"."id" = ANY(ARRAY['],
    )
    assert generic > custom


def test_reads_related_rows_beside(django_assert_num_queries: Queries) -> None:
    child = CategoryFactory(parent=CategoryFactory(name_en="Kitchen"))
    compiled = Compiled(lambda: Category.objects.filter(pk=Param("category")).select_related("parent"))

    with django_assert_num_queries(1):
        [found] = compiled.rows(category=child.pk)
        assert found.parent is not None
        assert found.parent.name == "Kitchen"


def test_prefetches_what_the_queryset_does(django_assert_num_queries: Queries) -> None:
    parent = CategoryFactory()
    child = CategoryFactory(parent=parent)
    compiled = Compiled(lambda: Category.objects.filter(pk=Param("category")).prefetch_related("children"))

    with django_assert_num_queries(2):
        assert list(compiled.rows(category=parent.pk)[0].children.all()) == [child]


def test_answers_values_as_the_queryset_would() -> None:
    category = CategoryFactory(name_en="Kitchen")
    compiled: Compiled[tuple[str]] = Compiled(
        lambda: Category.objects.filter(pk=Param("category")).values_list("name_en")
    )

    assert compiled.rows(category=category.pk) == [("Kitchen",)]


def test_values_are_what_their_fields_make_of_them() -> None:
    product = ProductFactory(attributes={"colour": "blue"})
    compiled = Compiled(lambda: Product.objects.filter(pk=Param("product")))

    [found] = compiled.rows(product=product.pk)
    assert found.attributes == {"colour": "blue"}
    assert not found._state.adding
    assert found._state.db == "default"


def test_what_is_annotated_stands_beside() -> None:
    category = CategoryFactory(name_en="Kitchen")
    compiled = Compiled(lambda: Category.objects.filter(pk=Param("category")).annotate(loud=Upper("name_en")))

    assert compiled.rows(category=category.pk)[0].loud == "KITCHEN"


def test_what_is_deferred_is_read_when_it_is_asked_for(django_assert_num_queries: Queries) -> None:
    category = CategoryFactory(name_en="Kitchen")
    compiled = Compiled(lambda: Category.objects.filter(pk=Param("category")).only("slug"))

    with django_assert_num_queries(2):
        [found] = compiled.rows(category=category.pk)
        assert found.name_en == "Kitchen"


def test_speaks_the_language_of_who_asks() -> None:
    ShippingMethodFactory(name_en="Standard", name_ar="عادي")
    compiled: Compiled[tuple[str]] = Compiled(lambda: ShippingMethod.objects.values_list("name"))

    for language, name in [("en", "Standard"), ("ar", "عادي"), ("en", "Standard")]:
        with override(language):
            assert compiled.rows() == [(name,)]


def test_rows_are_other_objects_each_time() -> None:
    category, compiled = CategoryFactory(name_en="Kitchen"), by_id()
    compiled.rows(category=category.pk)[0].name = "Garden"

    assert compiled.rows(category=category.pk)[0].name == "Kitchen"


def test_rows_can_be_saved_and_their_relations_asked() -> None:
    user = UserFactory()
    AddressFactory(user=user)
    compiled = Compiled(lambda: type(user).objects.filter(pk=Param("user")))

    [found] = compiled.rows(user=user.pk)
    found.first_name = "Nour"
    found.save()

    assert found.addresses.count() == 1
    assert type(user).objects.get(pk=user.pk).first_name == "Nour"


@pytest.mark.django_db(transaction=True)
class TestLocks:
    def test_need_a_transaction(self) -> None:
        with pytest.raises(RuntimeError, match="atomic"):
            lock_rows(by_id(), category=new_id())

    def test_keep_others_out(self) -> None:
        category, compiled = CategoryFactory(), by_id()

        def is_free() -> bool:
            with connection.cursor() as cursor:
                statement = "SELECT id FROM catalog_category WHERE id = %s FOR UPDATE SKIP LOCKED"
                cursor.execute(statement, [category.pk])
                return cursor.fetchone() is not None

        with transaction.atomic():
            compiled.rows(category=category.pk)
            assert at_once(is_free) == [True]
            assert lock_rows(compiled, category=category.pk) == [category]
            assert at_once(is_free) == [False]

    def test_without_key_let_others_refer_to_the_row(self) -> None:
        category, compiled = CategoryFactory(), by_id()

        def refer() -> bool:
            with connection.cursor() as cursor:
                statement = "SELECT id FROM catalog_category WHERE id = %s FOR KEY SHARE SKIP LOCKED"
                cursor.execute(statement, [category.pk])
                return cursor.fetchone() is not None

        with transaction.atomic():
            lock_rows(compiled, no_key=True, category=category.pk)
            assert at_once(refer) == [True]
            lock_rows(compiled, category=category.pk)
            assert at_once(refer) == [False]

    def test_threads_ask_by_connections_of_their_own(self) -> None:
        categories, compiled = [CategoryFactory() for _number in range(4)], by_id()

        def ask(category: Category) -> bool:
            return all(compiled.rows(category=category.pk) == [category] for _time in range(20))

        assert at_once(*[lambda one=one: ask(one) for one in categories]) == [True] * 4
