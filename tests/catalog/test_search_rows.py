"""What products are found by follows whatever is written, and by whomever; no mark is lost on the way."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.management import call_command
from django.db import connection, transaction

from catalog import consumers
from catalog.models import Category, OptionValue, Product, SearchMark, Variant
from catalog.search import rows as search_rows
from catalog.search.rows import outdated_products, refresh_marked
from catalog.search.triggers import MARKED
from catalog.selectors import search_products
from core.outbox import relay
from core.outbox.models import OutboxEvent
from core.outbox.selectors import lag
from tests.factories.catalog import (
    CategoryFactory,
    OptionTypeFactory,
    OptionValueFactory,
    ProductFactory,
    VariantFactory,
    VariantOptionFactory,
)
from tests.races import SECONDS, at_once, blocks_someone, wait_until


@pytest.fixture
def product() -> Product:
    """A black teapot, POT-BLK-1, in Kitchen > Teapots; nothing of it is left to be told."""
    kitchen = CategoryFactory(name_en="Kitchen", name_fr="Cuisine", name_ar="المطبخ")
    shelf = CategoryFactory(name_en="Teapots", name_fr="Théières", name_ar="أباريق", parent=kitchen)
    pot = ProductFactory(
        category=shelf, name_en="Copper pot", name_fr="Pot", name_ar="إناء", brand="Atlas", tags=["gift"]
    )
    variant = VariantFactory(product=pot, sku="POT-BLK-1")
    black = OptionValueFactory(
        option_type=OptionTypeFactory(code="colour"), code="black", name_en="Black", name_fr="Noir", name_ar="أسود"
    )
    VariantOptionFactory(variant=variant, value=black)
    relay.run_once()
    return pot


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def found(query: str) -> set[Product]:
    return set(search_products(query))


def drafted(sku: str) -> Variant:
    variant: Variant = VariantFactory(sku=sku, product=ProductFactory(is_active=False))
    return variant


def outdated() -> list[Any]:
    return [product_id for product_id, _text in outdated_products()]


QUERIES = [
    "copper pot", "atlas", "gift", "teapots", "théière", "theieres", "الأباريق", "kitchen", "cuisine",
    "المطبخ", "مطبخ", "black", "noir", "اسود", "copper kitchen black", "POT-BLK-1", "pot-blk", "pot blk 1", "potblk1",
    "blk", "blk-1",
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("query", QUERIES)
def test_a_product_is_found_by_its_own_words_and_by_those_around_it(product: Product, query: str) -> None:
    assert found(query) == {product}


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["lk-1", "copper red", "colour", "kitchen mug"])
def test_what_is_none_of_its_words_does_not_find_it(product: Product, query: str) -> None:
    assert found(query) == set()


CHANGES: dict[str, tuple[Callable[[Product], object], str]] = {
    "a name in SQL": (lambda _: sql("UPDATE catalog_product SET name_ar = 'طبق'"), "طبق"),
    "a brand in SQL": (lambda _: sql("UPDATE catalog_product SET brand = 'Zellige'"), "zellige"),
    "a tag in SQL": (lambda _: sql("UPDATE catalog_product SET tags = '{ramadan}'"), "ramadan"),
    "another category": (lambda p: Product.objects.update(category=CategoryFactory(name_en="Travel")), "travel"),
    "the category's name": (lambda p: Category.objects.filter(pk=p.category_id).update(name_fr="Bouilloire"), "bouil"),
    "the name of what is above it": (
        lambda p: Category.objects.filter(parent=None).update(name_en="Pantry"),
        "pantry",
    ),
    "the category hung elsewhere": (
        lambda p: Category.objects.filter(pk=p.category_id).update(parent=CategoryFactory(name_en="Outdoors")),
        "outdoors",
    ),
    "what is above it hung elsewhere": (
        lambda p: Category.objects.filter(pk=p.category.parent_id).update(parent=CategoryFactory(name_en="Outdoors")),
        "outdoors copper",
    ),
    "a SKU": (lambda p: Variant.objects.update(sku="KETTLE-7-X"), "kettle-7"),
    "a new variant": (lambda p: VariantFactory(product=p, sku="KETTLE-7-X"), "kettle-7"),
    "a variant given to it": (
        lambda p: Variant.objects.filter(pk=drafted("KETTLE-7-X").pk).update(product=p),
        "kettle-7",
    ),
    "a variant sold again": (
        lambda p: [
            VariantFactory(product=p, sku="KETTLE-7-X", is_active=False),
            relay.run_once(),
            Variant.objects.filter(sku="KETTLE-7-X").update(is_active=True),
        ],
        "kettle-7",
    ),
    "the name of an option value": (lambda p: OptionValue.objects.update(name_fr="Anthracite"), "anthracite"),
    "another option value": (
        lambda p: VariantOptionFactory(variant=p.variants.get(), value=OptionValueFactory(name_en="Enormous")),
        "enormous",
    ),
    "an option value exchanged": (
        lambda p: p.variants.get().options.update(
            value=OptionValueFactory(option_type=OptionTypeFactory(code="colour"), code="red", name_en="Crimson")
        ),
        "crimson",
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("change", CHANGES)
def test_what_was_changed_is_found_once_it_was_told(product: Product, change: str) -> None:
    do, query = CHANGES[change]
    assert found(query) == set()
    do(product)
    relay.run_once()
    assert product in found(query)
    assert outdated() == []
    assert not SearchMark.objects.exists()


GONE: dict[str, tuple[Callable[[Product], object], str]] = {
    "a variant withdrawn": (lambda p: Variant.objects.update(is_active=False), "noir"),
    "a variant deleted": (lambda p: Variant.objects.get().delete(), "pot-blk"),
    "an option taken away": (lambda p: p.variants.get().options.all().delete(), "noir"),
    "a variant given away": (lambda p: Variant.objects.update(product=ProductFactory()), "copper noir"),
    "a category renamed": (lambda p: Category.objects.update(name_fr="Autre"), "cuisine"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("change", GONE)
def test_by_what_is_gone_it_is_found_no_more(product: Product, change: str) -> None:
    do, query = GONE[change]
    Product.objects.filter(pk=product.pk).update(is_active=False)
    do(product)
    relay.run_once()
    assert not Product.objects.matching(query).exists()
    assert outdated() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        lambda: Variant.objects.update(price_minor=5),
        lambda: Product.objects.update(is_featured=True, description_en="Hammered by hand"),
        lambda: Category.objects.update(description_en="Hot", position=4),
        lambda: OptionValue.objects.update(position=4),
        lambda: Product.objects.filter(pk=None).update(brand="Nobody"),
    ],
)
def test_what_nobody_searches_for_leaves_no_mark(product: Product, change: Callable[[], object]) -> None:
    change()
    assert not SearchMark.objects.exists()


@pytest.mark.django_db
def test_a_saved_product_is_found_at_once_and_keeps_the_words_around_it(product: Product) -> None:
    one = Product.objects.get(pk=product.pk)
    one.name_en = "Silver pot"
    one.save()
    assert found("silver kitchen black") == {product}


@pytest.mark.django_db
def test_rows_loaded_by_copy_are_found_once_it_was_told(product: Product) -> None:
    columns = ["sku", "price_minor", "currency", "product_id"]
    with connection.cursor() as cursor, cursor.copy(f"COPY catalog_variant ({','.join(columns)}) FROM STDIN") as copy:
        for number in range(50):
            copy.write_row((f"COPIED-{number}", 50, "USD", product.pk))
    relay.run_once()
    assert found("copied-4") == {product}


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_writes_much_tells_of_it_once(product: Product) -> None:
    before = OutboxEvent.objects.filter(event_type=MARKED).count()
    with transaction.atomic():
        for number in range(10):
            Product.objects.update(brand=f"Brand {number}")
            VariantFactory(product=product)
    assert OutboxEvent.objects.filter(event_type=MARKED).count() == before + 1


@pytest.mark.django_db(transaction=True)
def test_what_was_told_in_a_savepoint_that_is_undone_is_told_again(product: Product) -> None:
    with transaction.atomic():
        with transaction.atomic():
            Product.objects.update(brand="Undone")
            transaction.set_rollback(True)
        Product.objects.update(brand="Zellige")
    relay.run_once()
    assert found("zellige") == {product}


@pytest.mark.django_db
def test_more_than_a_batch_is_done_event_by_event(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (search_rows, consumers):
        monkeypatch.setattr(module, "BATCH", 3)
    others = [VariantFactory(product__category=product.category).product for _number in range(7)]
    relay.run_once()
    Category.objects.filter(parent=None).update(name_en="Pantry")
    assert SearchMark.objects.count() == 1
    report = relay.run_once()
    assert report.delivered == 3
    assert found("pantry") == {product, *others}


@pytest.mark.django_db
def test_the_lag_tells_that_nobody_has_looked_yet(product: Product) -> None:
    Product.objects.update(brand="Zellige")
    assert lag().waiting == 1
    relay.run_once()
    assert (lag().waiting, set(lag().behind.values())) == (0, {0})


@pytest.mark.django_db
def test_the_command_mends_what_was_written_past_the_triggers(
    product: Product, capsys: pytest.CaptureFixture[str]
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE catalog_product SET search_text = ''")
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert outdated() == [product.pk]
    call_command("refresh_search")
    assert capsys.readouterr().out == "1 products looked at.\n"
    assert outdated() == []


@pytest.mark.django_db
def test_a_category_in_a_circle_neither_hangs_the_refresh_nor_loses_its_name(product: Product) -> None:
    Category.objects.filter(parent=None).update(parent=product.category)
    relay.run_once()
    assert found("teapots kitchen") == {product}


@pytest.mark.django_db(transaction=True)
def test_a_mark_of_a_change_that_commits_while_marks_are_taken_is_not_lost(product: Product) -> None:
    """Its writer adds to a mark that is there already; who takes that one sees neither the change nor its mark."""
    written, may_commit = threading.Event(), threading.Event()
    Category.objects.filter(parent=None).update(name_en="Scullery")

    def slow_writer() -> None:
        with transaction.atomic():
            Category.objects.filter(parent=None).update(name_en="Pantry")
            written.set()
            assert may_commit.wait(SECONDS)

    def refresher() -> None:
        assert written.wait(SECONDS)
        while refresh_marked():
            pass
        may_commit.set()

    assert at_once(slow_writer, refresher) == [None, None]
    while refresh_marked():
        pass
    assert (found("pantry"), found("scullery")) == ({product}, set())


@pytest.mark.django_db(transaction=True)
def test_a_change_between_reading_and_writing_is_written_next(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_read, has_changed = threading.Event(), threading.Event()
    read = search_rows._outdated

    def read_and_wait(product_ids: Any) -> Any:
        texts = read(product_ids)
        has_read.set()
        assert has_changed.wait(SECONDS)
        return texts

    def change() -> None:
        assert has_read.wait(SECONDS)
        Category.objects.filter(parent=None).update(name_en="Pantry")
        has_changed.set()

    Product.objects.update(brand="Zellige")
    monkeypatch.setattr(search_rows, "_outdated", read_and_wait)
    assert at_once(refresh_marked, change) == [1, None]
    monkeypatch.setattr(search_rows, "_outdated", read)
    assert found("zellige pantry") == set()
    relay.run_once()
    assert found("zellige pantry") == {product}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("by_lock", [True, False])
def test_who_has_read_earlier_does_not_write_later(
    product: Product, monkeypatch: pytest.MonkeyPatch, by_lock: bool
) -> None:
    """Marks are taken in turn; without the lock that says so, the rows of those that are taken hold the second back."""
    if not by_lock:
        monkeypatch.setattr(search_rows, "lock_until_commit", lambda _lock: None)
    has_read, second_is_through, read = threading.Event(), threading.Event(), search_rows._outdated

    def first_waits(product_ids: Any) -> Any:
        texts = read(product_ids)
        if not has_read.is_set():
            has_read.set()
            wait_until(lambda: second_is_through.is_set() or blocks_someone())
        return texts

    def change_and_refresh() -> None:
        assert has_read.wait(SECONDS)
        Product.objects.update(brand="Majolica")
        refresh_marked()
        second_is_through.set()

    Product.objects.update(brand="Zellige")
    monkeypatch.setattr(search_rows, "_outdated", first_waits)
    assert at_once(refresh_marked, change_and_refresh) == [1, None]
    relay.run_once()
    assert found("majolica") == {product}
    assert outdated() == []


@pytest.mark.django_db(transaction=True)
def test_a_product_that_comes_under_a_category_while_that_is_renamed_has_the_new_name(product: Product) -> None:
    """Neither of the two writers sees what the other does; who takes the later mark sees both."""
    garden = CategoryFactory(name_en="Garden")
    moved, renamed, refreshed = threading.Event(), threading.Event(), threading.Event()

    def move() -> None:
        with transaction.atomic():
            Category.objects.filter(pk=product.category_id).update(parent=garden)
            moved.set()
            assert renamed.wait(SECONDS)
        while refresh_marked():
            pass
        refreshed.set()

    def rename() -> None:
        assert moved.wait(SECONDS)
        with transaction.atomic():
            Category.objects.filter(pk=garden.pk).update(name_en="Orchard")
            renamed.set()
            assert refreshed.wait(SECONDS)

    assert at_once(move, rename) == [None, None]
    assert found("garden") == {product}
    while refresh_marked():
        pass
    assert (found("orchard"), found("garden")) == ({product}, set())


@pytest.mark.django_db(transaction=True)
def test_a_mark_that_comes_between_the_two_steps_of_taking_is_left_for_the_next(
    product: Product,
) -> None:
    def rename() -> None:
        Category.objects.filter(parent=None).update(name_en="Pantry")

    def expanded(execute: Callable[..., Any], statement: Any, params: Any, many: bool, context: Any) -> Any:
        result = execute(statement, params, many, context)
        if statement.endswith(search_rows._EXPAND):
            assert at_once(rename) == [None]
        return result

    with connection.execute_wrapper(expanded):
        assert refresh_marked() == 0
    assert SearchMark.objects.get().kind == SearchMark.Kind.CATEGORY
    relay.run_once()
    assert found("pantry") == {product}


@pytest.mark.django_db(transaction=True)
def test_many_writers_and_refreshers_at_once_end_with_the_right_words(product: Product) -> None:
    others = [VariantFactory(product__category=product.category).product for _number in range(10)]
    writers = 3
    done = threading.Barrier(writers)
    finished = threading.Event()

    def rename(column: str) -> None:
        for number in range(15):
            Category.objects.filter(parent=None).update(**{column: f"word{number}"})
            Product.objects.filter(pk=others[number % 10].pk).update(brand=f"brand{number}{column}")
            one = Product.objects.get(pk=others[-number % 10].pk)
            one.is_featured = not one.is_featured
            one.save()
        if done.wait(SECONDS) == 0:
            finished.set()

    def refresh() -> None:
        while not finished.is_set() and not done.broken:
            refresh_marked()

    renames = [lambda name=name: rename(name) for name in ("name_en", "name_fr", "name_ar")]
    assert at_once(*renames, refresh, refresh) == [None] * 5
    relay.run_once()
    assert outdated() == []
    assert found("word14") == {product, *others}


_KILLED = """
import os, signal, sys
import django
django.setup()
from catalog.search import rows as search_rows
{patch}
from core.outbox import relay
relay.run_once()
"""
_DIE = "(_ for _ in ()).throw(SystemExit(os.kill(os.getpid(), signal.SIGKILL)))"
STEPS = {
    "after taking": f"search_rows.refresh_rows = lambda **_: {_DIE}",
    "after reading": f"read = search_rows._outdated\nsearch_rows._outdated = lambda ids: (read(ids), {_DIE})",
    "after writing": "write = search_rows.refresh_rows\n"
    f"search_rows.refresh_rows = lambda **ids: (write(**ids), {_DIE})",
}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", STEPS)
def test_a_relay_killed_at_any_step_leaves_the_work_to_the_next(product: Product, step: str, tmp_path: Path) -> None:
    Category.objects.filter(parent=None).update(name_en="Pantry")
    database = connection.settings_dict
    own = {
        "DATABASE_URL": f"postgres://{database['USER']}@/{database['HOST']}/{database['NAME']}",
        "REDIS_URL": configured.CACHES["default"]["LOCATION"],
        "DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [sys.executable, "-c", _KILLED.format(patch=STEPS[step])]
    killed = subprocess.run(command, cwd=configured.BASE_DIR, env=os.environ | own, timeout=SECONDS, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert found("pantry") == set()
    relay.run_once()
    assert found("pantry") == {product}
    assert outdated() == []
