"""The demo shop before it meets the database: its texts, its story and its pictures."""

import io
import re
from collections import Counter
from dataclasses import fields, is_dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from catalog.media.canvas import WEBP_BUDGET, colour
from core.i18n import countries
from orders.numbers import check_character
from sampledata.artwork import BACKDROPS, KINDS, VIEWS, Look, draw_product
from sampledata.content import LANGUAGES, shop_text
from sampledata.pictures import drawn_meanwhile, pictures_of
from sampledata.plan import Fate, plan_story

SHOP = shop_text()
LOOK = Look(colour("#c05a3a"), colour("#e9c46a"), label="SOUK")


def texts(value: Any, path: str = "") -> list[tuple[str, dict[str, str]]]:
    """Every text in several languages below a value, with where it was found."""
    if isinstance(value, dict) and value.keys() & set(LANGUAGES):
        return [(path, value)]
    if isinstance(value, dict):
        return [found for key, one in value.items() for found in texts(one, f"{path}/{key}")]
    if isinstance(value, tuple | list):
        return [found for place, one in enumerate(value) for found in texts(one, f"{path}/{place}")]
    if is_dataclass(value):
        return [found for one in fields(value) for found in texts(getattr(value, one.name), f"{path}/{one.name}")]
    return []


def depth(key: str) -> int:
    parents = {category.key: category.parent for category in SHOP.categories}
    parent = parents[key]
    return 1 if parent is None else 1 + depth(parent)


# Texts -------------------------------------------------------------------------------------------------------------


def test_the_shop_sells_sixty_products() -> None:
    assert len(SHOP.products) == 60


def test_the_tree_has_five_roots_and_is_three_deep() -> None:
    levels = Counter(depth(category.key) for category in SHOP.categories)

    assert levels[1] == 5
    assert max(levels) == 3


def test_goods_hang_on_leaves_only() -> None:
    inner = {category.parent for category in SHOP.categories}

    assert not [product.key for product in SHOP.products if product.category in inner]


def test_every_leaf_has_goods() -> None:
    inner = {category.parent for category in SHOP.categories}
    leaves = {category.key for category in SHOP.categories} - inner

    assert leaves == {product.category for product in SHOP.products}


def test_every_text_is_there_in_three_languages() -> None:
    found = texts(SHOP)

    assert len(found) > 200
    assert not [path for path, words in found if set(words) != set(LANGUAGES) or not all(words.values())]


def test_arabic_texts_are_written_in_arabic() -> None:
    measures = re.compile(r"[\d ]+")
    written = [(path, words["ar"]) for path, words in texts(SHOP) if not measures.fullmatch(words["ar"])]

    assert not [path for path, arabic in written if not re.search("[\u0621-\u064a]", arabic)]
    assert not [path for path, arabic in written if re.search("[a-z]", arabic)]


def test_descriptions_are_told_in_each_language_of_their_own() -> None:
    told = [product.description for product in SHOP.products]

    assert not [words["en"] for words in told if len(set(words.values())) < 3]


def test_about_a_third_of_the_products_come_in_several_variants() -> None:
    several = [product for product in SHOP.products if len(product.variants) > 1]

    assert 18 <= len(several) <= 24
    assert all(variant.options for product in several for variant in product.variants)


def test_no_sku_is_used_twice() -> None:
    skus = Counter(variant.sku for product in SHOP.products for variant in product.variants)

    assert skus.most_common(1)[0][1] == 1


def test_former_prices_are_higher() -> None:
    reduced = [v for p in SHOP.products for v in p.variants if v.compare_at is not None]

    assert reduced
    assert all(variant.compare_at > variant.price for variant in reduced if variant.compare_at)


def test_something_is_sold_out_and_something_nearly() -> None:
    units = [sum(variant.stock) for product in SHOP.products for variant in product.variants]

    assert 0 in units
    assert any(0 < left <= 3 for left in units)


def test_people_live_in_countries_that_exist() -> None:
    lands = {address["country"] for person in (*SHOP.people, *SHOP.guests) for address in person.addresses}

    assert {"FR", "US", "DZ", "TN", "MA"} <= lands <= countries.CODES


# Story -------------------------------------------------------------------------------------------------------------


def test_one_seed_tells_one_story() -> None:
    assert plan_story(SHOP, seed=3) == plan_story(SHOP, seed=3)


def test_another_seed_tells_another_story() -> None:
    assert plan_story(SHOP, seed=3) != plan_story(SHOP, seed=4)


@pytest.mark.parametrize("seed", range(20))
def test_no_story_sells_more_than_was_received(seed: int) -> None:
    received = {v.sku: sum(v.stock) for p in SHOP.products for v in p.variants}
    sold: Counter[str] = Counter()
    for order in plan_story(SHOP, seed=seed).orders:
        sold.update(dict(order.lines))

    assert not [sku for sku, units in sold.items() if units > received[sku]]


def test_every_fate_happens() -> None:
    assert {order.fate for order in plan_story(SHOP, seed=1).orders} == set(Fate)


def test_the_demo_shopper_has_orders_to_look_at() -> None:
    own = {order.fate for order in plan_story(SHOP, seed=1).orders if order.person.key == "shopper"}

    assert {Fate.DELIVERED, Fate.ON_THE_ROAD, Fate.AWAITING_MONEY} <= own


def test_orders_are_told_from_the_oldest_on() -> None:
    ages = [order.age for order in plan_story(SHOP, seed=1).orders]

    assert ages == sorted(ages, reverse=True)
    assert ages[0] > timedelta(weeks=5)
    assert ages[-1] > timedelta(hours=1)


def test_order_numbers_carry_their_check_character() -> None:
    numbers = [order.number for order in plan_story(SHOP, seed=1).orders]

    assert all(number[8] == check_character(number[:8]) for number in numbers)


# Pictures ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_is_drawn_as_webp_of_800_by_800_within_the_budget(kind: str) -> None:
    drawn = draw_product(kind, LOOK, ground="sand")
    picture = Image.open(io.BytesIO(drawn))

    assert (picture.format, picture.size) == ("WEBP", (800, 800))
    assert len(drawn) <= WEBP_BUDGET


def test_a_drawing_is_the_same_every_time() -> None:
    assert draw_product("lantern", LOOK, ground="dusk") == draw_product("lantern", LOOK, ground="dusk")


def test_views_colours_and_grounds_make_other_pictures() -> None:
    other = Look(colour("#2f4f86"), colour("#e9c46a"), label="SOUK")
    pictures = {draw_product("tagine", LOOK, ground="sand", view=view) for view in range(VIEWS)}
    pictures |= {draw_product("tagine", other, ground="sand"), draw_product("tagine", LOOK, ground="sea")}

    assert len(pictures) == VIEWS + 2


def test_a_view_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="view 3"):
        draw_product("lantern", LOOK, ground="sand", view=VIEWS)


def test_every_product_can_be_drawn() -> None:
    drawings = [product.picture for product in SHOP.products]

    assert {drawing.kind for drawing in drawings} <= KINDS.keys()
    assert {drawing.ground for drawing in drawings} <= BACKDROPS.keys()
    assert all(drawing.views[0] == 0 for drawing in drawings)


def test_every_colour_of_a_product_has_a_picture() -> None:
    lamp = next(product for product in SHOP.products if product.key == "nabeul-table-lamp")
    shown = {sku for picture in pictures_of(lamp, SHOP) for sku in picture.skus}

    assert shown == {variant.sku for variant in lamp.variants}


def test_every_size_of_a_colour_is_shown_by_the_pictures_of_the_colour() -> None:
    tunic = next(product for product in SHOP.products if product.key == "embroidered-tunic")
    by_picture = [picture.skus for picture in pictures_of(tunic, SHOP)]

    indigo = tuple(variant.sku for variant in tunic.variants if variant.options["colour"] == "indigo")
    burgundy = tuple(variant.sku for variant in tunic.variants if variant.options["colour"] == "burgundy")
    assert by_picture == [indigo, indigo, burgundy]


def test_pictures_are_drawn_once() -> None:
    lamp = next(product for product in SHOP.products if product.key == "nabeul-table-lamp")
    pictures = pictures_of(lamp, SHOP)
    counts = []
    for _ in range(2):
        with drawn_meanwhile(pictures) as store:
            counts.append(store())

    assert counts == [len(pictures), 0]
    assert all(default_storage.exists(picture.file) for picture in pictures)
