"""Codes as people type them, on any keyboard and copied from anywhere."""

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from carts.models import CartLine
from core.i18n.address_rules import address_rules
from core.text.codes import bare_code, plain_code
from orders.numbers import ALPHABET, check_character, normalize_order_number, possible_numbers
from tests.api import V1, client_of, given
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.checkout import confirmed_order
from tests.factories.inventory import stocked_variant

KEYBOARDS = {"arabic": "٠١٢٣٤٥٦٧٨٩", "persian": "۰۱۲۳۴۵۶۷۸۹", "full width": "０１２３４５６７８９"}


def typed(text: str, keyboard: str) -> str:
    return text.translate(str.maketrans("0123456789", KEYBOARDS[keyboard]))


@pytest.mark.parametrize("keyboard", KEYBOARDS)
@pytest.mark.parametrize(
    "form", ["{}", " {}\u00a0", "\u200f{}\u200e", "\u2066{}\u2069", "#{}", "\ufeff{}\n", "{}\u00ad"]
)
def test_a_code_is_the_same_in_other_digits_with_marks_and_blanks(keyboard: str, form: str) -> None:
    assert bare_code(form.format(typed("123456", keyboard))) == "123456"


@pytest.mark.parametrize("between", [" ", "-", "‑", "–", "—", "−", "\u00a0", "\u202f", "\u200f", ".", "/"])
def test_a_code_is_the_same_in_groups(between: str) -> None:
    assert bare_code(between.join(("123", "456"))) == "123456"


def test_what_may_belong_to_a_code_stays() -> None:
    assert plain_code("\u200fSK–TUN\u00a0٠١ ") == "SK-TUN 01"


@pytest.mark.parametrize("keyboard", KEYBOARDS)
@pytest.mark.parametrize(
    "form", ["{}", "#{}", "\u2067{}\u2069", "№ {}", "№{}", "{} ", "({})", "“{}”", "{},", "*{}*", "\u2028{}", "ـ{}"]
)
def test_an_order_number_is_found_in_every_spelling(keyboard: str, form: str) -> None:
    body = "7K2M0191"
    number = body + check_character(body)
    assert set(number) <= set(ALPHABET)
    written = form.format(typed(f"{number[:3].lower()}–{number[3:6]} {number[6:]}", keyboard))
    assert normalize_order_number(written) == number
    assert normalize_order_number(number.replace("0", "o").replace("1", "l")) == number


@pytest.mark.parametrize("stored", ["1001", "#1001"])
@pytest.mark.parametrize("text", ["1001", "#1001", "١٠٠١", "# ۱۰۰۱", "\u200e1001", "№1001"])
def test_an_imported_number_is_found_with_its_sign_or_without(stored: str, text: str) -> None:
    assert stored in possible_numbers(text)


@pytest.mark.parametrize(("country", "text", "kept"), [
    ("FR", "\u200f٦٩٠٠١", "69001"), ("US", "７８７０１", "78701"), ("GB", "sw1a\u00a01aa", "SW1A 1AA"),
    ("US", "۷۸۷۰۱–۱۲۳۴", "78701-1234"),
])  # fmt: skip
def test_a_postal_code_is_kept_as_its_country_writes_it(country: str, text: str, kept: str) -> None:
    values = {
        "full_name": "A",
        "line1": "1",
        "city": "B",
        "region": "TX" if country == "US" else "",
        "postal_code": text,
    }
    settled, wrong = address_rules(country).settle(values | {"phone": "\u202a+٣٣ ١ ٢٣\u202c"})
    assert (settled["postal_code"], wrong.get("postal_code")) == (kept, None)
    assert settled["phone"] == "+33 1 23"


@pytest.mark.django_db
@pytest.mark.parametrize("keyboard", KEYBOARDS)
def test_an_order_is_followed_by_a_number_of_any_keyboard(api: APIClient, client: Client, keyboard: str) -> None:
    order = confirmed_order()
    pair = {"number": f"#{typed(order.number.lower(), keyboard)}\u200f", "email": order.email}
    assert given(api.get(f"{V1}/orders/track", pair))["number"] == order.number
    assert order.number in client.post("/en/orders/track/", pair).text
    [found] = given(client_of(StaffFactory()).get(f"{V1}/orders", {"number": pair["number"]}))
    assert found["number"] == order.number


@pytest.mark.django_db
@pytest.mark.parametrize("keyboard", KEYBOARDS)
def test_staff_finds_an_order_and_an_item_in_any_digits(client: Client, keyboard: str) -> None:
    order = confirmed_order(variant=stocked_variant(sku="POT-0916"))
    client.force_login(StaffFactory(is_superuser=True))
    for text in (order.number.lower(), order.number[:5], "pot-0916"):
        page = client.get("/admin/orders/order/", {"q": f"\u200f{typed(text, keyboard)}"}).text
        assert order.number in page, text


@pytest.mark.django_db
@pytest.mark.parametrize("mark", ["\u200e", "\u2067", "\ufeff", "\u00a0"])
def test_staffs_one_box_reads_what_was_copied_with_marks(client: Client, mark: str) -> None:
    order, person = confirmed_order(variant=stocked_variant(sku="POT-0916")), UserFactory()
    client.force_login(StaffFactory(is_superuser=True))
    for text in (f"#{order.number}", person.email, "pot-0916"):
        page = client.get("/admin/search/", {"s": f"{mark}{text}{mark}", "extended": "1"}).text
        assert any(address in page for address in ("/orders/order/", "/accounts/user/", "/catalog/product/")), text


@pytest.mark.django_db
@pytest.mark.parametrize("units", ["٣", "۳", "３", "\u200f3"])
def test_a_quantity_is_read_in_any_digits(client: Client, units: str) -> None:
    variant = stocked_variant(9)
    client.post(reverse("carts:add"), {"variant": variant.pk, "quantity": units})
    assert CartLine.objects.get(variant=variant).quantity == 3
