import pytest

from core.errors import InvalidInput
from core.i18n.addresses import PostalAddress
from tests.factories.accounts import postal


@pytest.mark.parametrize("part", ["full_name", "line1", "city", "country"])
def test_an_address_without_a_needed_part_names_it(part: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        PostalAddress.from_dict(postal(**{part: "  "}))
    assert refused.value.field == f"shipping_address.{part}"


def test_a_country_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        PostalAddress.from_dict(postal(country="XX"), field="billing_address")
    assert (refused.value.code, refused.value.field) == ("unknown_country", "billing_address.country")


def test_what_is_no_part_of_an_address_is_left_out() -> None:
    assert "is_admin" not in PostalAddress.from_dict(postal(is_admin="yes")).as_dict()
