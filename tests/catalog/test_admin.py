"""Staff keeps the catalogue: products with variants, prices, options and pictures."""

import base64
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from catalog.models import Category, Product, ProductImage, Variant
from tests.factories.catalog import (
    CategoryFactory,
    OptionTypeFactory,
    OptionValueFactory,
    ProductFactory,
    ProductImageFactory,
    VariantFactory,
    VariantOptionFactory,
)
from tests.factories.files import sent_tasks, stored_picture
from tests.factories.inventory import stocked_variant
from tests.factories.staff import errors_of, filled_in, messages_of, staff_client

pytestmark = pytest.mark.django_db

# The smallest GIF there is.
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==")


def page_of(product: Product) -> str:
    return reverse("admin:catalog_product_change", args=[product.pk])


def save(product: Product, **changes: Any) -> HttpResponse:
    """Open a product's form and send it with changes; a field's name has its row before it."""
    client = staff_client()
    return client.post(page_of(product), filled_in(client.get(page_of(product)), **changes))


def add_variant(price: str, **changes: Any) -> HttpResponse:
    client, address = staff_client(), reverse("admin:catalog_product_add")
    category = CategoryFactory()
    data = {
        "category": category.pk,
        "slug": "mint-tea",
        "name_en": "Mint tea",
        "name_fr": "Thé à la menthe",
        "name_ar": "شاي بالنعناع",
        "variants-0-sku": "TEA-1",
        "variants-0-price": price,
        "variants-0-is_active": "on",
        "variants-0-position": "0",
    }
    return client.post(address, filled_in(client.get(address), **data | changes))


class TestANewProduct:
    def test_is_saved_in_three_languages_with_its_price_in_minor_units(self) -> None:
        response = add_variant("19.99 USD", **{"variants-0-compare_at": "25 USD"})

        assert response.status_code == 302
        product = Product.objects.get()
        assert (product.name_en, product.name_fr, product.name_ar) == ("Mint tea", "Thé à la menthe", "شاي بالنعناع")
        variant = product.variants.get()
        assert (variant.price_minor, variant.compare_at_minor, variant.currency) == (1999, 2500, "USD")

    def test_is_found_by_shoppers_in_every_language(self) -> None:
        add_variant("19.99 USD")

        assert Product.objects.matching("نعناع").count() == 1

    @pytest.mark.parametrize(
        ("price", "error"),
        [
            ("19.999 USD", "USD has 2 decimals at most."),
            ("free", "Write the amount with a point and its currency"),
            ("", "This field is required."),
        ],
    )
    def test_is_not_saved_with_a_price_that_cannot_be(self, price: str, error: str) -> None:
        response = add_variant(price)

        assert error in errors_of(response)
        assert not Product.objects.exists()

    def test_is_not_put_on_sale_without_a_picture(self) -> None:
        response = add_variant("5 USD", is_active="on")

        assert "A product on sale needs a picture and an active variant." in errors_of(response)
        assert not Product.objects.exists()

    def test_needs_an_english_name(self) -> None:
        response = add_variant("5 USD", name_en="")

        assert "name_en" in response.context["adminform"].form.errors

    def test_has_a_compare_at_price_above_its_price(self) -> None:
        response = add_variant("20 USD", **{"variants-0-compare_at": "20 USD"})

        assert "The compare-at price must be above the price." in errors_of(response)

    def test_has_all_amounts_in_one_currency(self) -> None:
        response = add_variant("20 USD", **{"variants-0-compare_at": "30 EUR"})

        assert "Give all amounts in the same currency." in errors_of(response)


class TestAProductOnSale:
    def test_keeps_its_last_active_variant(self) -> None:
        product = VariantFactory().product

        response = save(product, **{"variants-0-is_active": None})

        assert "A product on sale needs a picture and an active variant." in errors_of(response)
        assert product.variants.get().is_active

    def test_keeps_its_last_picture(self) -> None:
        product = VariantFactory().product

        response = save(product, **{"images-0-DELETE": "on"})

        assert "A product on sale needs a picture and an active variant." in errors_of(response)
        assert product.images.exists()

    def test_loses_both_when_it_is_taken_off_sale(self) -> None:
        product = VariantFactory().product

        response = save(product, is_active=None, **{"variants-0-is_active": None, "images-0-DELETE": "on"})

        assert response.status_code == 302
        assert not product.images.exists()


class TestVariants:
    def test_show_their_price_as_it_is_typed(self) -> None:
        variant = VariantFactory(price_minor=12345, currency="TND")

        page = staff_client().get(page_of(variant.product))

        assert filled_in(page)["variants-0-price"] == "12.345 TND"

    def test_are_unchanged_when_the_form_is_sent_as_it_is(self) -> None:
        variant = VariantFactory(compare_at_minor=2500)
        VariantOptionFactory(variant=variant)
        before = Variant.objects.values().get()

        response = save(variant.product)

        assert response.status_code == 302
        assert Variant.objects.values().get() | {"updated_at": None} == before | {"updated_at": None}
        assert variant.options.count() == 1

    def test_get_the_options_that_are_chosen(self) -> None:
        variant = VariantFactory()
        medium, large = OptionValueFactory(code="m"), OptionValueFactory(code="l")
        blue = OptionValueFactory(option_type=OptionTypeFactory(code="colour"), code="blue")
        VariantOptionFactory(variant=variant, value=medium)

        response = save(variant.product, **{"variants-0-chosen_options": [large.pk, blue.pk]})

        assert response.status_code == 302, errors_of(response)

        assert {option.value for option in variant.options.all()} == {large, blue}

    def test_have_one_value_of_each_option(self) -> None:
        variant = VariantFactory()
        values = [OptionValueFactory(code="m"), OptionValueFactory(code="l")]

        response = save(variant.product, **{"variants-0-chosen_options": [value.pk for value in values]})

        assert "Choose one value of “Size” only." in errors_of(response)
        assert not variant.options.exists()

    def test_of_a_product_share_one_currency(self) -> None:
        product = ProductFactory()
        VariantFactory(product=product, position=0)
        VariantFactory(product=product, position=1)

        response = save(product, **{"variants-1-price": "5 EUR"})

        assert "Give the prices of all variants in the same currency." in errors_of(response)

    def test_with_stock_are_not_deleted(self) -> None:
        variant = stocked_variant(3)

        response = save(variant.product, **{"variants-0-DELETE": "on"})

        assert response.status_code == 200
        assert "stock item" in errors_of(response)
        assert Variant.objects.filter(pk=variant.pk).exists()

    def test_without_stock_are_deleted(self) -> None:
        product = ProductFactory()
        kept, gone = VariantFactory(product=product, position=0), VariantFactory(product=product, position=1)

        save(product, **{"variants-1-DELETE": "on"})

        assert list(product.variants.all()) == [kept]
        assert not Variant.objects.filter(pk=gone.pk).exists()


class TestPictures:
    @pytest.fixture
    def product(self) -> Product:
        product: Product = VariantFactory().product
        ProductImageFactory(product=product, position=0, is_primary=True, alt_en="first")
        ProductImageFactory(product=product, position=1, is_primary=False, alt_en="second")
        return product

    def test_are_shown(self, product: Product) -> None:
        page = staff_client().get(page_of(product)).content.decode()

        assert 'src="https://pictures.example/tea.webp"' in page

    def test_hand_the_primary_flag_over_in_one_save(self, product: Product) -> None:
        response = save(product, **{"images-0-is_primary": None, "images-1-is_primary": "on"})

        assert response.status_code == 302
        assert product.images.get(is_primary=True).alt_en == "second"

    def test_hand_it_over_from_a_picture_that_is_deleted(self, product: Product) -> None:
        response = save(product, **{"images-0-DELETE": "on", "images-1-is_primary": "on"})

        assert response.status_code == 302
        assert [(picture.alt_en, picture.is_primary) for picture in product.images.all()] == [("second", True)]

    def test_have_one_primary(self, product: Product) -> None:
        response = save(product, **{"images-1-is_primary": "on"})

        assert "Choose one picture as the primary one." in errors_of(response)
        assert product.images.get(is_primary=True).alt_en == "first"

    def test_make_the_first_the_primary_one_if_none_is_chosen(self, product: Product) -> None:
        save(product, **{"images-0-is_primary": None, "images-0-position": "5"})

        assert product.images.get(is_primary=True).alt_en == "second"

    def test_come_by_upload(self, product: Product) -> None:
        upload = SimpleUploadedFile("tea.gif", PIXEL, "image/gif")

        response = save(product, **{"images-TOTAL_FORMS": "3", "images-2-file": upload, "images-2-position": "2"})

        assert response.status_code == 302
        picture = product.images.get(position=2)
        assert (picture.width, picture.height) == (1, 1)
        assert default_storage.exists(picture.file.name)
        assert "tea" not in picture.file.name

    def test_are_refused_by_content_whatever_they_are_called(self, product: Product) -> None:
        upload = SimpleUploadedFile("tea.jpg", b"<svg onload='alert(1)'/>", "image/jpeg")

        response = save(product, **{"images-TOTAL_FORMS": "3", "images-2-file": upload, "images-2-position": "2"})

        assert "This is not a picture that the shop can show." in errors_of(response)
        assert product.images.count() == 2

    def test_are_sent_to_be_cut_to_sizes(
        self, product: Product, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        upload = SimpleUploadedFile("whatever", PIXEL, "text/plain")

        with django_capture_on_commit_callbacks() as callbacks:
            save(product, **{"images-TOTAL_FORMS": "3", "images-2-file": upload, "images-2-position": "2"})

        picture = product.images.get(position=2)
        assert sent_tasks(callbacks) == [("catalog.tasks.make_sizes", {"image_id": str(picture.pk)})]

    def test_lose_their_sizes_with_their_file(self, product: Product) -> None:
        uploaded = ProductImageFactory(
            product=product, is_primary=False, position=2, external_url="", file=stored_picture(), sizes_key="old"
        )

        save(product, **{"images-2-file": SimpleUploadedFile("new.gif", PIXEL)})

        uploaded.refresh_from_db()
        assert (uploaded.width, uploaded.sizes_key) == (1, "")

    def test_come_by_upload_or_by_address_but_not_both(self, product: Product) -> None:
        upload = SimpleUploadedFile("tea.gif", PIXEL, "image/gif")

        response = save(product, **{"images-1-file": upload})

        assert "Upload a file or give an address: one of the two." in errors_of(response)

    def test_need_one_of_the_two(self, product: Product) -> None:
        response = save(product, **{"images-1-external_url": ""})

        assert "Upload a file or give an address: one of the two." in errors_of(response)


class TestTheListOfProducts:
    def found(self, **query: Any) -> list[Product]:
        response = staff_client().get(reverse("admin:catalog_product_changelist"), query)
        return list(response.context["cl"].result_list)

    def test_finds_by_folded_names_and_by_the_beginning_of_a_sku(self) -> None:
        tea = VariantFactory(sku="TEA-0815", product__name_fr="Thé à la menthe").product
        VariantFactory(sku="RUG-1", product__name_en="Rug", product__name_fr="Tapis", product__name_ar="سجادة")

        assert self.found(q="the menthe") == [tea]
        assert self.found(q="tea-08") == [tea]
        assert self.found(q="nothing like it") == []

    def test_filters_by_a_category_and_all_below_it(self) -> None:
        root = CategoryFactory()
        below = VariantFactory(product__category=CategoryFactory(parent=root)).product
        VariantFactory()

        assert self.found(category=root.pk) == [below]

    def test_filters_by_stock(self) -> None:
        there, gone = stocked_variant(2).product, VariantFactory().product

        assert self.found(stock="in") == [there]
        assert self.found(stock="out") == [gone]

    def test_shows_the_cheapest_price_and_what_is_available_everywhere(self) -> None:
        product = ProductFactory()
        stocked_variant(4, product=product, price_minor=2500)
        stocked_variant(3, product=product, price_minor=1500)

        page = staff_client().get(reverse("admin:catalog_product_changelist"))

        assert page.context["cl"].result_list[0].available == 7
        assert "$15.00" in page.content.decode()


class TestDeleting:
    def test_a_product_with_stock_is_refused(self) -> None:
        product = stocked_variant(1).product

        page = staff_client().post(reverse("admin:catalog_product_delete", args=[product.pk]), {"post": "yes"})

        assert page.context["protected"]
        assert Product.objects.filter(pk=product.pk).exists()

    def test_a_product_without_stock_is_possible(self) -> None:
        product = VariantFactory().product

        staff_client().post(reverse("admin:catalog_product_delete", args=[product.pk]), {"post": "yes"})

        assert not Product.objects.exists()

    def test_a_category_with_products_is_refused(self) -> None:
        category = VariantFactory().product.category

        staff_client().post(reverse("admin:catalog_category_delete", args=[category.pk]), {"post": "yes"})

        assert Category.objects.filter(pk=category.pk).exists()


class TestCategories:
    def test_are_listed_as_a_tree(self) -> None:
        tea = CategoryFactory(name_en="Tea", position=10)
        CategoryFactory(name_en="Rugs", position=20)
        CategoryFactory(name_en="Mint", parent=tea, position=30)

        page = staff_client().get(reverse("admin:catalog_category_changelist"))

        assert [category.name_en for category in page.context["cl"].result_list] == ["Tea", "Mint", "Rugs"]

    def test_do_not_end_below_themselves(self) -> None:
        root = CategoryFactory()
        child = CategoryFactory(parent=root)
        client, address = staff_client(), reverse("admin:catalog_category_change", args=[root.pk])

        response = client.post(address, filled_in(client.get(address), parent=child.pk))

        assert response.context["adminform"].form.non_field_errors()


def test_options_are_kept_with_their_values() -> None:
    client, address = staff_client(), reverse("admin:catalog_optiontype_add")
    data = {
        "code": "colour",
        "name_en": "Colour",
        "position": "0",
        "values-0-code": "blue",
        "values-0-name_en": "Blue",
        "values-0-position": "0",
    }

    response = client.post(address, filled_in(client.get(address), **data), follow=True)

    assert "was added" in messages_of(response)[0]
    assert ProductImage.objects.count() == 0
    page = client.get(reverse("admin:catalog_optiontype_changelist")).content.decode()
    assert "Blue" in page


def test_who_may_only_look_sees_a_product_and_changes_nothing() -> None:
    variant = stocked_variant(1)
    client = staff_client("catalog.view_product", "catalog.view_variant", "catalog.view_productimage")

    page = client.get(page_of(variant.product))

    assert "19.99" in page.content.decode()
    assert client.post(page_of(variant.product), {"name_en": "Other"}).status_code == 403
