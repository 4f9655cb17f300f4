"""What is on sale has a name, a picture and an active variant, and pictures have one primary among them."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.expressions import RawSQL

from catalog.errors import NeededOnSale
from catalog.models import Product, ProductImage, Variant
from catalog.publishing import ImageChanges, change_image, delete_image, lacking_for_sale, put_on_sale, take_off_sale
from core.errors import NotFound
from tests.factories.catalog import ProductFactory, ProductImageFactory, VariantFactory

pytestmark = pytest.mark.django_db

NO_PICTURE = "has_primary_picture"
NO_VARIANT = "has_active_variant"


def refused_at_commit(statement: str, constraint: str) -> None:
    """The statement runs, and what it leaves behind is refused when the transaction would end."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        with pytest.raises(IntegrityError) as caught, transaction.atomic():
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    connection.set_rollback(True)
    assert constraint in str(caught.value.__cause__.diag.constraint_name)  # type: ignore[union-attr]


class TestTheDatabaseRefuses:
    @pytest.mark.parametrize(
        ("statement", "constraint"),
        [
            ("DELETE FROM catalog_productimage", NO_PICTURE),
            ("UPDATE catalog_productimage SET is_primary = false", NO_PICTURE),
            ("UPDATE catalog_variant SET is_active = false", NO_VARIANT),
            ("DELETE FROM catalog_variant", NO_VARIANT),
        ],
    )
    def test_to_take_from_what_is_on_sale(self, statement: str, constraint: str) -> None:
        VariantFactory()
        refused_at_commit(statement, constraint)

    def test_to_show_what_has_no_picture(self) -> None:
        VariantFactory(product=ProductFactory(is_active=False))
        refused_at_commit("UPDATE catalog_product SET is_active = true", NO_PICTURE)

    def test_to_show_what_has_no_active_variant(self) -> None:
        VariantFactory(product=ProductImageFactory(product__is_active=False).product, is_active=False)
        refused_at_commit("UPDATE catalog_product SET is_active = true", NO_VARIANT)

    @pytest.mark.parametrize("name", ["''", "' '", "NULL"])
    def test_to_show_what_has_no_name(self, name: str) -> None:
        VariantFactory()
        with pytest.raises(IntegrityError, match="on_sale_has_name"), connection.cursor() as cursor:
            cursor.execute(f"UPDATE catalog_product SET name_en = {name}")

    def test_pictures_of_a_draft_without_a_primary_one(self) -> None:
        ProductImageFactory(product__is_active=False)
        refused_at_commit("UPDATE catalog_productimage SET is_primary = false", NO_PICTURE)

    def test_a_first_picture_that_is_not_the_primary_one(self) -> None:
        ProductFactory(is_active=False)
        refused_at_commit(
            "INSERT INTO catalog_productimage (product_id, external_url, file, alt)"
            " SELECT id, 'https://pictures.example/1', '', '' FROM catalog_product",
            NO_PICTURE,
        )

    def test_to_move_the_primary_picture_to_another_product(self) -> None:
        VariantFactory(product__slug="from")
        ProductFactory(slug="to", is_active=False)
        refused_at_commit(
            "UPDATE catalog_productimage SET product_id = (SELECT id FROM catalog_product WHERE slug = 'to')",
            NO_PICTURE,
        )

    def test_to_move_the_last_variant_to_another_product(self) -> None:
        VariantFactory(product__slug="from")
        ProductFactory(slug="to", is_active=False)
        refused_at_commit(
            "UPDATE catalog_variant SET product_id = (SELECT id FROM catalog_product WHERE slug = 'to')", NO_VARIANT
        )

    def test_attributes_that_are_not_flat(self) -> None:
        ProductFactory()
        for value in ("[1]", '{"a": {}}', '{"a": [1]}', '{"a": null}', "5"):
            with pytest.raises(IntegrityError, match="attributes_flat"), transaction.atomic():
                Product.objects.update(attributes=RawSQL("%s::jsonb", [value]))

    def test_nothing_of_a_product_that_is_gone(self) -> None:
        product = VariantFactory().product
        Variant.objects.filter(product=product).delete()
        product.delete()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_nothing_of_a_primary_picture_that_changes_hands(self) -> None:
        first = ProductImage.objects.get(product=VariantFactory().product)
        second = ProductImageFactory(product=first.product, is_primary=False)
        first.delete()
        ProductImage.objects.filter(pk=second.pk).update(is_primary=True)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class TestPuttingOnSale:
    def test_shows_what_is_ready_and_says_what_the_others_lack(self) -> None:
        ready = VariantFactory(product=ProductImageFactory(product__is_active=False).product).product
        bare = ProductFactory(is_active=False)
        nameless = VariantFactory(product=ProductImageFactory(product__is_active=False).product).product
        Product.objects.filter(pk=nameless.pk).update(name_en=" ")

        made = put_on_sale(product_ids=[ready.pk, bare.pk, nameless.pk])

        assert made.done == [ready.pk]
        assert made.not_ready == {bare.pk: ["picture", "variant"], nameless.pk: ["name"]}
        assert list(Product.objects.filter(is_active=True)) == [ready]

    def test_is_asked_in_one_query_for_any_number(self, django_assert_num_queries: Callable[..., object]) -> None:
        products = [VariantFactory().product for _number in range(5)]
        with django_assert_num_queries(1):  # type: ignore[attr-defined]
            assert lacking_for_sale(product_ids=[product.pk for product in products]) == {}

    def test_is_undone(self) -> None:
        product = VariantFactory().product
        assert take_off_sale(product_ids=[product.pk]) == 1
        assert take_off_sale(product_ids=[product.pk]) == 0


class TestPictures:
    def test_the_next_one_becomes_primary_when_the_primary_one_goes(self) -> None:
        image = ProductImageFactory(product=VariantFactory().product)
        last = ProductImageFactory(product=image.product, is_primary=False, position=2)
        following = ProductImageFactory(product=image.product, is_primary=False, position=1)

        delete_image(product_id=image.product_id, public_id=image.public_id)

        assert list(image.product.images.order_by("position").values_list("pk", "is_primary")) == [
            (following.pk, True),
            (last.pk, False),
        ]

    def test_the_last_one_of_a_product_on_sale_stays(self) -> None:
        image = ProductImageFactory(product=VariantFactory().product)
        with pytest.raises(NeededOnSale):
            delete_image(product_id=image.product_id, public_id=image.public_id)
        take_off_sale(product_ids=[image.product_id])
        delete_image(product_id=image.product_id, public_id=image.public_id)
        assert not ProductImage.objects.exists()

    def test_another_one_is_made_primary(self) -> None:
        image = ProductImageFactory(product=VariantFactory().product)
        other = ProductImageFactory(product=image.product, is_primary=False)
        for _twice in range(2):
            change_image(product_id=image.product_id, public_id=other.public_id, changes={"is_primary": True})
            assert list(ProductImage.objects.filter(is_primary=True)) == [other]

    def test_those_of_another_product_are_not_found(self) -> None:
        image, stranger = ProductImageFactory(), ProductImageFactory()
        names = {"product_id": image.product_id, "public_id": stranger.public_id}
        with pytest.raises(NotFound):
            delete_image(**names)
        with pytest.raises(NotFound):
            change_image(**names, changes=ImageChanges(is_primary=True))
        assert ProductImage.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_who_each_switch_off_one_of_two_variants_one_is_refused() -> None:
    first = VariantFactory()
    second = VariantFactory(product=first.product)
    ready = threading.Barrier(2)

    def switch_off(variant: Variant) -> bool:
        try:
            with transaction.atomic():
                Variant.objects.filter(pk=variant.pk).update(is_active=False)
                # Whoever is made to wait by the other's lock does not come here in time.
                with suppress(threading.BrokenBarrierError):
                    ready.wait(timeout=1)
        except IntegrityError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(switch_off, [first, second])) == [False, True]
    assert Variant.objects.filter(is_active=True).count() == 1
