"""The matrix of a product's variants: made from combinations, changed in one grid."""

from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.bulk.matrix import generate_variants
from catalog.errors import SkuTaken
from catalog.models import OptionValue, Product, Variant
from core.errors import InvalidInput
from core.money import Money
from tests.catalog.test_admin import save
from tests.factories.catalog import OptionTypeFactory, OptionValueFactory, ProductFactory, VariantFactory
from tests.factories.staff import errors_of, messages_of, staff_client

pytestmark = pytest.mark.django_db

PRICE = Money(1999, "USD")


@pytest.fixture
def values() -> list[OptionValue]:
    """Two sizes, two colours."""
    size, colour = OptionTypeFactory(), OptionTypeFactory(code="colour", name_en="Colour", position=1)
    sizes = [OptionValueFactory(option_type=size, code=code, name_en=code) for code in ("m", "l")]
    return sizes + [OptionValueFactory(option_type=colour, code=code, name_en=code) for code in ("blue", "red")]


def generate(product: Product, values: list[OptionValue], **changes: Any) -> list[Variant]:
    fields = {"sku_pattern": "TEE-{options}", "price": PRICE} | changes
    return generate_variants(product_id=product.pk, value_ids=[value.pk for value in values], **fields)


def page_of(product: Product) -> str:
    return reverse("admin:catalog_product_matrix", args=[product.pk])


def send_grid(product: Product, *changes: dict[str, Any]) -> HttpResponse:
    """Send the grid as it is but for the changes, a dictionary a row."""
    client = staff_client()
    data: dict[str, Any] = {"save": "1"}
    grid = client.get(page_of(product)).context["grid"]
    for form in [grid.management_form, *grid.forms]:
        for field in form:
            value = field.field.prepare_value(field.value()) if field.value() is not None else ""
            data[field.html_name] = value
            if value is False:
                del data[field.html_name]
    for index, change in enumerate(changes):
        data |= {f"row-{index}-{name}": value for name, value in change.items()}
    return client.post(page_of(product), {name: value for name, value in data.items() if value is not None})


class TestGenerating:
    def test_makes_a_variant_of_every_combination(self, values: list[OptionValue]) -> None:
        product = ProductFactory()

        made = generate(product, values, weight_grams=180)

        assert [variant.sku for variant in made] == ["TEE-L-BLUE", "TEE-L-RED", "TEE-M-BLUE", "TEE-M-RED"]
        assert [variant.options_label for variant in product.variants.all()] == [
            "l / blue",
            "l / red",
            "m / blue",
            "m / red",
        ]
        assert {(v.price, v.weight_grams, v.is_active) for v in product.variants.all()} == {(PRICE, 180, True)}

    def test_keeps_what_is_there_and_adds_what_is_missing(self, values: list[OptionValue]) -> None:
        product = ProductFactory()
        before = generate(product, [values[0], values[2]], price=Money(500, "USD"))

        made = generate(product, values)

        assert len(made) == 3
        assert Variant.objects.get(pk=before[0].pk).price == Money(500, "USD")

    def test_again_makes_nothing(self, values: list[OptionValue]) -> None:
        product = ProductFactory()
        generate(product, values)

        assert generate(product, values) == []

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"sku_pattern": "TEE-{size}"}, "ambiguous_pattern"),
            ({"sku_pattern": "TEE-{fabric}-{options}"}, "unknown_placeholder"),
            ({"sku_pattern": "T" * 99 + "{options}"}, "too_long"),
            ({"price": Money(10**12 + 1, "USD")}, "invalid_amount"),
        ],
    )
    def test_refuses_what_cannot_be(self, values: list[OptionValue], changes: dict[str, Any], code: str) -> None:
        product = ProductFactory()

        with pytest.raises(InvalidInput) as refused:
            generate(product, values, **changes)

        assert refused.value.code == code
        assert not product.variants.exists()

    def test_refuses_another_currency_than_that_of_the_product(self, values: list[OptionValue]) -> None:
        product = VariantFactory(currency="EUR").product

        with pytest.raises(InvalidInput) as refused:
            generate(product, values)

        assert refused.value.code == "currency_mismatch"

    def test_refuses_skus_that_others_have_and_names_them(self, values: list[OptionValue]) -> None:
        VariantFactory(sku="TEE-M-RED")
        product = ProductFactory()

        with pytest.raises(SkuTaken, match="TEE-M-RED"):
            generate(product, values)

        assert not product.variants.exists()

    def test_refuses_more_variants_than_anybody_can_look_after(self, values: list[OptionValue]) -> None:
        colour = values[2].option_type
        many = [OptionValueFactory(option_type=colour, code=f"c{index}") for index in range(51)]

        with pytest.raises(InvalidInput, match="102 variants; a product has 100 at most"):
            generate(ProductFactory(), [*values[:2], *many])


class TestTheGrid:
    def test_unchanged_changes_nothing(self, values: list[OptionValue]) -> None:
        product = ProductFactory()
        generate(product, values)
        before = list(product.variants.values())

        response = send_grid(product)

        assert response.status_code == 302
        assert list(product.variants.values()) == before

    def test_saves_every_row_at_once(self, values: list[OptionValue]) -> None:
        product = ProductFactory()
        generate(product, values)

        send_grid(
            product,
            {"price": "21.50 USD", "compare_at": "30 USD"},
            {"sku": "TEE-OTHER", "weight_grams": "250", "is_active": None},
        )

        first, second = product.variants.all()[:2]
        assert (first.price_minor, first.compare_at_minor) == (2150, 3000)
        assert (second.sku, second.weight_grams, second.is_active) == ("TEE-OTHER", 250, False)

    def test_lets_two_variants_swap_their_skus(self, values: list[OptionValue]) -> None:
        product = ProductFactory()
        made = generate(product, values)

        send_grid(product, {"sku": made[1].sku}, {"sku": made[0].sku})

        assert [variant.sku for variant in product.variants.all()[:2]] == [made[1].sku, made[0].sku]

    def test_names_each_cell_at_fault_and_saves_nothing(self, values: list[OptionValue]) -> None:
        product = ProductFactory()
        generate(product, values)
        VariantFactory(sku="TAKEN")
        before = list(product.variants.values())

        response = send_grid(
            product, {"price": "5 USD"}, {"sku": "TAKEN"}, {"compare_at": "1 USD"}, {"compare_at": "90 EUR"}
        )

        assert [form.errors.as_data().keys() for form in response.context["grid"]] == [
            set(),
            {"sku"},
            {"compare_at"},
            {"compare_at"},
        ]
        assert list(product.variants.values()) == before

    def test_refuses_to_write_over_what_a_colleague_changed_meanwhile(self, values: list[OptionValue]) -> None:
        product = ProductFactory()
        generate(product, values)
        seen = product.variants.first().updated_at.replace(year=2020).isoformat()

        response = send_grid(product, {"seen": seen, "price": "5 USD"})

        assert "Somebody else changed this row meanwhile" in response.context["grid"].forms[0].errors["sku"][0]

    def test_does_not_write_to_the_variants_of_another_product(self, values: list[OptionValue]) -> None:
        product, other = ProductFactory(), VariantFactory()
        generate(product, values)

        response = send_grid(product, {"id": str(other.pk), "price": "5 USD"})

        assert response.status_code == 404
        assert Variant.objects.get(pk=other.pk).price == other.price


class TestThePage:
    def test_makes_variants_from_the_chosen_values(self, values: list[OptionValue]) -> None:
        product, client = ProductFactory(), staff_client()
        data = {
            "combine": "1",
            "values": [str(value.pk) for value in values],
            "sku_pattern": "TEE-{options}",
            "price": "19.99 USD",
        }

        response = client.post(page_of(product), data, follow=True)

        assert messages_of(response) == ["4 variants are made."]
        assert product.variants.count() == 4

    def test_says_what_is_wrong_beside_its_field(self, values: list[OptionValue]) -> None:
        data = {"combine": "1", "values": [str(values[0].pk)], "sku_pattern": "TEE", "price": "19.99 USD"}

        response = staff_client().post(page_of(ProductFactory()), data)

        assert "sku_pattern" in response.context["combine"].errors

    def test_is_only_for_who_may_write_variants(self) -> None:
        product = ProductFactory()

        response = staff_client("catalog.view_product", "catalog.change_product").get(page_of(product))

        assert response.status_code == 403

    def test_takes_as_many_queries_for_four_variants_as_for_a_hundred(self, values: list[OptionValue]) -> None:
        few, many, client = ProductFactory(), ProductFactory(), staff_client()
        generate(few, values, sku_pattern="FEW-{options}")
        colours = [OptionValueFactory(option_type=values[2].option_type, code=f"c{index}") for index in range(48)]
        generate(many, [*values, *colours])
        client.get(page_of(few))

        def queries(product: Product) -> int:
            with CaptureQueriesContext(connection) as captured:
                client.get(page_of(product))
            return len(captured)

        assert queries(few) == queries(many) <= 12


def test_the_form_of_a_product_refuses_two_variants_with_the_same_options(values: list[OptionValue]) -> None:
    product = ProductFactory()
    generate(product, values[:1] + values[2:3])
    VariantFactory(product=product, sku="AGAIN", position=9)

    response = save(product, **{"variants-1-chosen_options": [str(values[0].pk), str(values[2].pk)]})

    assert "Another variant of this product has the same options." in errors_of(response)
