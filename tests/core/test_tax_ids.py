"""Tax numbers are read by the rules of their country and kept in one spelling."""

import pytest

from core.errors import InvalidInput
from core.tax_ids import settled_tax_id


@pytest.mark.parametrize(
    ("country", "typed", "kept"),
    [
        ("FR", " fr 40 303 265 045 ", "FR40303265045"),
        ("FR", "40303265045", "FR40303265045"),
        ("DE", "DE 136,695 976", "DE136695976"),
        ("GR", "094259216", "EL094259216"),
        ("GR", "GR094259216", "EL094259216"),
        ("ES", "54362315-K", "ES54362315K"),
        ("IE", "6433435F", "IE6433435F"),
        ("GB", "GB 980 7806 84", "980780684"),
        ("GB", "XI 980780684", "XI980780684"),
        ("TN", "1182431 M/A/M/000", "1182431MAM000"),
        ("US", "12-3456789", "123456789"),
        ("AE", "١٠٠١٢٣٤٥٦٧٨٩٠٠٣", "100123456789003"),
        ("FR", "", ""),
        ("FR", "   ", ""),
    ],
)
def test_a_number_is_kept_in_one_spelling(country: str, typed: str, kept: str) -> None:
    assert settled_tax_id(typed, country=country) == kept
    assert settled_tax_id(kept, country=country) == kept


@pytest.mark.parametrize(
    ("country", "typed"),
    [
        ("FR", "FR40303265044"),
        ("FR", "DE136695976"),
        ("DE", "123"),
        ("US", "999"),
        ("AE", "12"),
        ("AE", "ЖЖЖЖЖЖ"),
        ("FR", "-"),
        ("ZA", "1" * 33),
    ],
)
def test_what_is_none_there_is_refused_by_its_field(country: str, typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        settled_tax_id(typed, country=country)

    assert (refused.value.code, refused.value.field) == ("invalid_tax_id", "tax_id")
