"""Addresses as each country writes them."""

import pytest
from django.utils import translation

from accounts.services import set_default_address
from core.i18n import countries
from core.i18n.address_rules import address_rules
from tests.api import V1, client_of, client_with_cart, faulty, given
from tests.factories.accounts import AddressFactory, UserFactory, postal
from tests.factories.checkout import cart_with


@pytest.mark.parametrize("country", sorted(countries.CODES))
def test_every_country_has_rules_that_its_own_example_keeps(country: str) -> None:
    rules = address_rules(country)
    assert {"full_name", "line1"} <= rules.parts
    assert rules.required <= rules.parts
    assert rules.postal_pattern is None or rules.postal_pattern.fullmatch(rules.postal_example)


@pytest.mark.parametrize(
    ("country", "asked"),
    [
        ("US", {"full_name", "line1", "city", "region", "postal_code"}),
        ("FR", {"full_name", "line1", "city", "postal_code"}),
        ("TN", {"full_name", "line1", "city"}),
        ("AE", {"full_name", "line1", "region"}),
        ("SG", {"full_name", "line1", "postal_code"}),
    ],
)
def test_what_is_needed_differs_by_country(country: str, asked: set[str]) -> None:
    _settled, wrong = address_rules(country).settle({})
    assert set(wrong) == asked == address_rules(country).required


@pytest.mark.parametrize(
    ("country", "typed", "kept"),
    [("GB", " ec1y  8sy ", "EC1Y 8SY"), ("TN", "١٠٠٢", "1002"), ("CA", "h3z 2y7", "H3Z 2Y7"), ("US", "78701", "78701")],
)
def test_a_postal_code_is_kept_as_it_is_printed(country: str, typed: str, kept: str) -> None:
    settled, wrong = address_rules(country).settle(postal(postal_code=typed))
    assert settled["postal_code"] == kept
    assert "postal_code" not in wrong


@pytest.mark.parametrize(("country", "typed"), [("US", "7870"), ("GB", "EC1Y 8SY London"), ("FR", "ABCDE")])
def test_a_postal_code_that_the_country_does_not_have_is_refused_with_an_example(country: str, typed: str) -> None:
    rules = address_rules(country)
    _settled, wrong = rules.settle(postal(postal_code=typed))
    assert wrong["postal_code"].code == "invalid_postal_code"
    assert rules.postal_example in str(wrong["postal_code"])


@pytest.mark.parametrize(
    ("country", "typed", "kept"),
    [
        ("US", "texas", "TX"),
        ("US", "TX", "TX"),
        ("AE", "دبي", "Dubai"),
        ("AE", "dubai", "Dubai"),
        ("CA", "colombie-britannique", "BC"),
    ],
)
def test_a_region_is_known_by_code_and_by_name_in_any_language(country: str, typed: str, kept: str) -> None:
    assert address_rules(country).settle(postal(region=typed))[0]["region"] == kept


def test_a_region_that_the_country_does_not_have_is_refused() -> None:
    assert address_rules("US").settle(postal(region="Bavaria"))[1]["region"].code == "unknown_region"


def test_regions_are_named_in_the_reader_s_script_if_they_can() -> None:
    dubai = address_rules("AE").region("Dubai")
    assert dubai is not None
    assert [dubai.label(language) for language in ("en", "fr", "ar")] == ["Dubai", "Dubai", "دبي"]


@pytest.mark.parametrize(("country", "region", "city"), [("AE", "Dubai", "Dubai"), ("SG", "", "Singapore")])
def test_where_the_region_or_the_country_is_the_city_nobody_is_asked_for_it(
    country: str, region: str, city: str
) -> None:
    typed = postal(country=country, city="", region=region, postal_code="546080")
    settled, wrong = address_rules(country).settle(typed)
    assert (settled["city"], wrong) == (city, {})


@pytest.mark.parametrize(
    ("country", "last"), [("US", "Austin, TX 78701"), ("FR", "78701 Austin"), ("GB", "78701"), ("AE", "TX")]
)
def test_a_label_ends_as_the_country_s_post_wants_it(country: str, last: str) -> None:
    assert address_rules(country).lines(postal(country=country))[-1] == last


def test_a_label_has_no_empty_lines_and_no_stray_signs() -> None:
    bare = postal(region="", postal_code="", line2="Flat 2")
    assert address_rules("US").lines(bare) == ["Amina Haddad", "1 Main Street", "Flat 2", "Austin"]


def test_refusals_come_in_the_reader_s_language() -> None:
    with translation.override("fr"):
        wrong = address_rules("US").settle(postal(postal_code="7"))[1]
        assert "95014" in str(wrong["postal_code"])
        assert "pays" in str(wrong["postal_code"])


@pytest.mark.django_db
def test_the_api_refuses_what_the_pages_refuse() -> None:
    customer = client_of(UserFactory())
    typed = postal(region="Bavaria", postal_code="7")
    details = faulty(customer.post(f"{V1}/users/me/addresses", typed))
    assert set(details) == {"region", "postal_code"}
    kept = given(customer.post(f"{V1}/users/me/addresses", postal(region="texas")), 201)
    assert kept["region"] == "TX"
    changed = customer.patch(f"{V1}/users/me/addresses/{kept['id']}", {"postal_code": "7"})
    assert changed.status_code == 422


@pytest.mark.django_db
def test_the_api_s_checkout_refuses_what_the_pages_refuse() -> None:
    shopper = client_with_cart(str(cart_with().token))
    sent = {"email": "a@souk.example", "shipping_address": postal(postal_code="")}
    response = shopper.patch(f"{V1}/checkout", sent)
    assert response.status_code == 400
    assert "postal_code" in response.content.decode()


@pytest.mark.django_db
def test_an_entry_from_elsewhere_may_become_the_default_as_it_is() -> None:
    entry = AddressFactory(country="US", postal_code="", region="")
    set_default_address(user=entry.user, address_id=entry.pk, shipping=True)
    entry.refresh_from_db()
    assert entry.is_default_shipping
