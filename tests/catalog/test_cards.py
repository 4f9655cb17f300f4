"""The card that lists show of a product."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.template import engines
from django.test.html import parse_html
from django.utils import translation

from catalog.forms import Checkbox, ListingForm, Text
from catalog.reads.pictures import Picture
from catalog.reads.summaries import CategoryRef, ProductSummary
from core.db.ids import new_id
from core.money import Money

NOW = datetime(2026, 5, 4, tzinfo=UTC)
PICTURE = Picture(
    file="p/cup.webp",
    external_url="",
    public_id="cup",
    alt="A blue cup",
    width=1200,
    height=900,
    is_primary=True,
    sizes_key="0123",
)


def card(**values: Any) -> ProductSummary:
    plain: dict[str, Any] = {
        "slug": "cup",
        "brand": "",
        "is_active": True,
        "is_featured": False,
        "id": new_id(),
        "name": "Cup",
        "created_at": NOW,
        "updated_at": NOW,
        "category": CategoryRef(new_id(), "cups", "Cups"),
        "sku": "CUP-1",
        "price": Money(1250, "EUR"),
        "compare_at_price": None,
        "has_several_prices": False,
        "image": None,
        "variant_ids": (),
        "in_stock": True,
    }
    return ProductSummary(**plain | values)


def shown(*products: ProductSummary) -> str:
    template = engines["django"].from_string("{% load cards %}{% product_cards products %}")
    return template.render({"products": products})


def test_a_card_leads_to_the_product_and_tells_its_price() -> None:
    text = shown(card())
    assert '<h3><a href="/en/p/cup/">Cup</a></h3>' in text
    assert '<span class="price"><bdi class="money">€12.50</bdi></span>' in text
    assert "badge" not in text
    assert "product-card__brand" not in text


def test_a_list_has_every_card_in_its_order() -> None:
    text = shown(card(name="Cup"), card(name="Jug"))
    assert text.count('<li class="product-card">') == 2
    assert text.index("Cup") < text.index("Jug")
    for element in ("ul", "li", "div", "h3", "a", "p", "span", "bdi"):
        assert len(re.findall(rf"<{element}[ >]", text)) == text.count(f"</{element}>"), element


def test_a_picture_comes_in_the_sizes_that_there_are() -> None:
    text = shown(card(image=PICTURE))
    assert f'<img src="{PICTURE.medium_url}" srcset="{PICTURE.srcset}"' in text
    assert 'alt="A blue cup"' in text


def test_a_picture_without_words_and_sizes_is_called_like_the_product() -> None:
    picture = Picture("", "https://cdn.example/cup.jpg", "cup", "", None, None, True, "")
    text = shown(card(image=picture))
    assert '<img src="https://cdn.example/cup.jpg" alt="Cup"' in text
    assert "srcset" not in text


def test_a_product_without_a_picture_keeps_its_place() -> None:
    assert "no-picture.svg" in shown(card())


def test_a_reduced_price_stands_beside_the_one_before() -> None:
    text = shown(card(compare_at_price=Money(2000, "EUR")))
    assert "Reduced" in text
    assert '<s class="price price--was"><span class="visually-hidden">Before: </span>' in text


def test_the_lowest_of_several_prices_is_said_to_be_that() -> None:
    text = shown(card(has_several_prices=True, compare_at_price=Money(2000, "EUR")))
    assert '<span class="price">from <bdi class="money">€12.50</bdi></span>' in text
    assert "price--was" not in text


def test_a_sold_out_product_says_so_and_no_more() -> None:
    text = shown(card(in_stock=False, compare_at_price=Money(2000, "EUR")))
    assert "Sold out" in text
    assert "Reduced" not in text


def test_a_card_speaks_the_reader_s_language() -> None:
    with translation.override("ar"):
        assert "من" in shown(card(has_several_prices=True))


@pytest.mark.parametrize("field", ["name", "brand"])
def test_what_merchants_write_is_shown_as_text_on_a_card(field: str) -> None:
    text = shown(card(**{field: '<b onclick="x">"&'}))
    assert "<b " not in text
    assert "&lt;b onclick=&quot;x&quot;&gt;&quot;&amp;" in text


@pytest.mark.parametrize(
    ("name", "value"), [("price_from", "12.50"), ("price_from", '"><b>'), ("price_to", ""), ("in_stock", "on")]
)
def test_plain_inputs_are_what_django_writes(name: str, value: str) -> None:
    field = ListingForm({name: value})[name]
    assert isinstance(field.field.widget, Text | Checkbox)
    ours = parse_html(str(field)), field.widget_type
    field.field.widget.__class__ = field.field.widget.__class__.__bases__[1]
    assert (parse_html(str(field)), field.widget_type) == ours
