"""A row may have a text in one language and none in English: its plain column agrees with the English one."""

from typing import Any

import pytest
from django.utils.translation import override
from modeltranslation.translator import translator

from catalog.models import Category, Product
from catalog.services import create_category, create_product, update_category, update_product
from core.i18n.translated_columns import NAME
from core.integrity import make_check, registered
from core.money import Money
from shipping.models import ShippingMethod
from tests.api import V1, client_of
from tests.factories.catalog import CategoryFactory, OptionTypeFactory, OptionValueFactory, ProductFactory
from tests.factories.shipping import ShippingMethodFactory
from tests.factories.staff import StaffFactory

pytestmark = pytest.mark.django_db
FRENCH = {"description_fr": "En verre soufflé", "description_ar": "زجاج"}


def drift() -> Any:
    outcome = make_check(registered()["translations"], limit=5)
    return outcome.error or outcome.examples


def test_every_translated_model_has_the_trigger() -> None:
    models = [model for model in translator.get_registered_models(abstract=False) if model._meta.managed]
    without = [
        model for model in models if NAME not in {trigger.name for trigger in getattr(model._meta, "triggers", [])}
    ]

    assert (len(models) > 6, without) == (True, [])


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_texts_of_one_language_alone_are_no_drift(language: str) -> None:
    with override(language):
        category = create_category(name_en="Glass", **FRENCH)
        product = create_product(
            name_en="Cup", category=category, sku="C-1", base_price=Money(100, "USD"), seo_title_fr="Verre", **FRENCH
        )
        update_product(product_id=product.pk, description_fr="Autre")
        update_category(category_id=category.pk, description_fr="Autre")
        ShippingMethodFactory(description_fr="Rapide")

    assert drift() == []
    assert Product.objects.values_list("description_fr", flat=True).get() == "Autre"


def test_a_text_that_is_shown_falls_back_column_by_column() -> None:
    product = ProductFactory(name_en="Cup", name_fr=None, description_en=None, description_fr="En verre")

    with override("fr"):
        assert (product.name, product.description) == ("Cup", "En verre")
    with override("en"):
        assert product.description == "En verre"


def test_the_api_and_its_bulk_rows_leave_no_drift() -> None:
    staff, category = client_of(StaffFactory()), CategoryFactory()
    product = {"name_en": "Cup", "category": category.slug, "sku": "C-1", "base_price": "5", **FRENCH}
    assert staff.post(f"{V1}/bulk/products", {"rows": [product]}).status_code == 200
    found = Product.objects.get()
    assert staff.patch(f"{V1}/products/{found.pk}", {"description_fr": "Autre"}).status_code == 200
    assert staff.patch(f"{V1}/categories/{category.pk}", FRENCH).status_code == 200

    assert drift() == []


def test_whatever_writes_leaves_no_drift() -> None:
    product, category = ProductFactory(), CategoryFactory()
    Product.objects.filter(pk=product.pk).update(description_en=None, description_fr="Un")
    Category.objects.bulk_update([category], ["name"])
    with override("fr"):
        category.description = "Deux"
        category.save()
        option = OptionTypeFactory(name_fr="Taille")
        OptionValueFactory(option_type=option, name_fr="Grand")
        method = ShippingMethodFactory()
        method.name = "Rapide"
        method.save(update_fields=["name"])
    ShippingMethod.objects.filter(pk=method.pk).update(name_en="Fast")

    assert drift() == []


def test_the_plain_column_is_the_english_one_in_the_database() -> None:
    product = ProductFactory(description_en=None, description_fr="Un")
    with_english = ProductFactory(description_en="One", description_fr="Un")

    rows = Product.objects.rewrite(False).values_list("pk", "description")
    assert dict(rows) == {product.pk: "", with_english.pk: "One"}
