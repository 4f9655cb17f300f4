"""Folding: what people type finds what was written."""

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from accounts.selectors import people_matching
from catalog.models import Product
from catalog.search.rows import refresh_rows
from core.text.cleaning import fold, fold_letters, search_words
from core.text.words import BeginsWords
from orders.models import Order
from orders.order_words import OrderWords
from tests.factories.accounts import UserFactory
from tests.factories.catalog import ProductFactory
from tests.factories.checkout import confirmed_order
from tests.factories.inventory import stocked_variant


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Théière à la Menthe", "theiere a la menthe"),
        ("Œuf", "oeuf"),
        ("إبريق", "ابريق"),
        ("سجّادة", "سجاده"),
        ("مرآة", "مراه"),
        ("STRASSE", "straße"),
        ("tea-pot, large", "tea pot large"),
    ],
)
def test_spelling_variants_fold_to_the_same(written: str, typed: str) -> None:
    assert fold(written) == fold(typed)


@pytest.mark.parametrize("written", ["النعناع", "بالنعناع", "والنعناع", "نعناع"])
def test_an_arabic_word_is_found_with_or_without_its_article(written: str) -> None:
    assert search_words(written) == ["نعناع"]


def test_a_short_word_that_looks_like_an_article_stays() -> None:
    assert search_words("الا") == ["الا"]


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("زيت", "زیت"), ("كتاب", "کتاب"), ("قهوة", "قهوہ"), ("قهوه", "قهوۃ"), ("مرآة", "مراة"), ("ﻻﺗﻴﻪ", "لاتيه"),
        ("مـــاء", "ماء"), ("مُحَمَّد", "محمد"), ("رأس", "ٱس".replace("ٱ", "را")), ("٥٠٠", "500"), ("۵۰۰", "٥٠٠"),
        ("５００", "500"), ("ＴＥＡ", "tea"), ("Işık", "isik"), ("İZMİR", "izmir"), ("Straße", "STRASSE"),
        ("می‌خواهم", "میخواهم"), ("co\u00adop", "coop"), ("ﬁne", "fine"), ("Þór", "thor"), ("tea‑pot", "tea-pot"),
        ("tea—pot", "tea pot"), ("\u200fزيت\u200e", "زيت"),
    ],
)  # fmt: skip
def test_look_alikes_and_other_digits_fold_to_the_same(written: str, typed: str) -> None:
    assert fold(written) == fold(typed)


_LETTERS = "aéÉœŒßŁñıİçğæø ١۲３-’'أإآٱىیئؤةۃہکكـَّﻻﷲ\u200c\u200f\u00adΣςЯйё"


@pytest.mark.django_db
@given(text=st.text(st.sampled_from(_LETTERS), max_size=30))
def test_the_database_folds_as_the_shop_does(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT core_fold(%s)", [text])
        [[folded]] = cursor.fetchall()
    assert folded == fold_letters(text)


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["زیت", "زيت", "زيـت", "٥٠٠", "500", "۵۰۰", "زیت ۵۰۰", "Dar", "دار"])
def test_the_shop_finds_look_alikes_and_other_digits(query: str) -> None:
    product = ProductFactory(name_en="Dar oil 500", name_ar="زيت ۵٠٠ دار", tags=["زیت"])
    refresh_rows(product_ids=[product.pk])
    assert list(Product.objects.matching(query)) == [product]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query", ["cups 16-07", "16-07 cups", "cups 16–07", "cups ١٦-٠٧", "CUP-16-07", "cup1607", "cups 16 07"]
)
def test_a_word_and_a_hyphenated_sku_find_the_product(query: str) -> None:
    variant = stocked_variant(product=ProductFactory(name_en="Tea cups"), sku="CUP-16-07")
    refresh_rows(product_ids=[variant.product_id])
    assert list(Product.objects.matching(query)) == [variant.product]


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["زیت", "زيت", "الزیت", "cafe ٥٠٠", "CAFÉ 500", "ﺯﻳﺖ"])
def test_staff_finds_people_and_orders_by_look_alikes(text: str) -> None:
    person = UserFactory(first_name="Café ۵۰۰", last_name="الزيت")
    order = confirmed_order()
    order.shipping_address |= {"full_name": "Café 500 الزيت"}
    order.save()
    assert list(people_matching(User.objects.all(), text)) == [person]
    assert list(Order.objects.filter(BeginsWords(OrderWords(), text))) == [order]


@pytest.mark.django_db
def test_a_name_that_comes_apart_into_very_many_letters_is_stored() -> None:
    person = UserFactory(first_name="㌀" * 150, company="﷽" * 200)
    assert list(people_matching(User.objects.all(), "アパート")) == [person]
