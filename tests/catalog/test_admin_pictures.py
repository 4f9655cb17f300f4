"""Pictures in the admin: a lost file stops nobody, and what is wrong in a closed tab is seen."""

from pathlib import Path

import pytest
from django.urls import reverse

from catalog.models import Product, ProductImage
from tests.factories.catalog import ProductImageFactory, VariantFactory
from tests.factories.files import picture, upload
from tests.factories.staff import errors_of, filled_in, staff_client

pytestmark = pytest.mark.django_db


def form_of(product: Product) -> str:
    return reverse("admin:catalog_product_change", args=[product.pk])


@pytest.fixture
def product() -> Product:
    """On sale, with one uploaded picture."""
    product: Product = VariantFactory(product__is_active=False).product
    ProductImageFactory(product=product, file=upload(picture()), external_url="", is_primary=True)
    Product.objects.filter(pk=product.pk).update(is_active=True)
    return product


def test_a_product_whose_picture_file_is_lost_can_be_saved(product: Product) -> None:
    image = ProductImage.objects.get(product=product)
    Path(image.file.path).unlink()
    client = staff_client()

    saved = client.post(form_of(product), filled_in(client.get(form_of(product)), name_en="Copper pot"))

    assert saved.status_code == 302
    product.refresh_from_db()
    assert product.name_en == "Copper pot"
    assert (image.width, image.height) == (ProductImage.objects.get().width, ProductImage.objects.get().height)


def test_the_tab_of_the_pictures_counts_an_error_of_all_of_them(product: Product) -> None:
    client = staff_client()
    opened = client.get(form_of(product))
    refused = client.post(form_of(product), filled_in(opened, **{"images-0-DELETE": "on"}))

    assert "needs a picture" in errors_of(refused)
    _before, _link, tab = refused.text.partition('<a href="#images"')
    assert "data-errors>1<" in tab.partition("</a>")[0]
