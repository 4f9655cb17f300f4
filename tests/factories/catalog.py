from typing import Any

import factory
from django.db import transaction
from factory.django import DjangoModelFactory

from catalog.bulk.imports.models import ImportJob
from catalog.bulk.imports.services import import_file
from catalog.models import Category, OptionType, OptionValue, Product, ProductImage, Variant, VariantOption
from tests.factories.accounts import StaffFactory


class CategoryFactory(DjangoModelFactory):
    class Meta:
        model = Category

    name_en = factory.Sequence(lambda n: f"Teas {n}")
    name_fr = factory.Sequence(lambda n: f"Thés {n}")
    name_ar = factory.Sequence(lambda n: f"شاي {n}")
    slug = factory.Sequence(lambda n: f"teas-{n}")


# Shows a product until a test gives it a picture of its own.
STAND_IN = "https://pictures.example/stand-in.webp"


class ProductFactory(DjangoModelFactory):
    """On sale once it has a variant, a draft till then."""

    class Meta:
        model = Product

    category = factory.SubFactory(CategoryFactory)
    name_en = factory.Sequence(lambda n: f"Mint tea {n}")
    name_fr = factory.Sequence(lambda n: f"Thé à la menthe {n}")
    name_ar = factory.Sequence(lambda n: f"شاي بالنعناع {n}")
    slug = factory.Sequence(lambda n: f"mint-tea-{n}")
    is_active = True

    @classmethod
    def _create(cls, model_class: type[Product], *args: Any, **kwargs: Any) -> Product:
        wanted = kwargs.pop("is_active")
        product: Product = super()._create(model_class, *args, is_active=False, **kwargs)
        product.goes_on_sale = wanted  # type: ignore[attr-defined]
        return product


def put_on_sale(product: Product) -> None:
    """Give the product the picture that it needs, and show it."""
    with transaction.atomic():
        if not product.images.exists():
            ProductImage.objects.create(
                product=product, external_url=STAND_IN, is_primary=True, width=800, height=800, alt_en=product.name_en
            )
        Product.objects.filter(pk=product.pk).update(is_active=True)
    product.is_active = True


class VariantFactory(DjangoModelFactory):
    class Meta:
        model = Variant
        skip_postgeneration_save = True

    product = factory.SubFactory(ProductFactory)
    sku = factory.Sequence(lambda n: f"TEA-{n:04}")
    price_minor = 1999
    currency = "USD"

    @factory.post_generation
    def _on_sale(self: Variant, create: bool, extracted: Any, **kwargs: Any) -> None:
        if self.is_active and getattr(self.product, "goes_on_sale", False) and not self.product.is_active:
            put_on_sale(self.product)


class OptionTypeFactory(DjangoModelFactory):
    class Meta:
        model = OptionType
        django_get_or_create = ("code",)

    code = "size"
    name_en = "Size"
    name_fr = "Taille"
    name_ar = "المقاس"


class OptionValueFactory(DjangoModelFactory):
    class Meta:
        model = OptionValue
        django_get_or_create = ("option_type", "code")

    option_type = factory.SubFactory(OptionTypeFactory)
    code = "m"
    name_en = "M"


class VariantOptionFactory(DjangoModelFactory):
    class Meta:
        model = VariantOption

    variant = factory.SubFactory(VariantFactory)
    value = factory.SubFactory(OptionValueFactory)


class ProductImageFactory(DjangoModelFactory):
    """A picture; a primary one takes the place of the stand-in."""

    class Meta:
        model = ProductImage

    @classmethod
    def _create(cls, model_class: type[ProductImage], *args: Any, **kwargs: Any) -> ProductImage:
        with transaction.atomic():
            if kwargs["is_primary"]:
                ProductImage.objects.filter(product=kwargs["product"], external_url=STAND_IN).delete()
            made: ProductImage = super()._create(model_class, *args, **kwargs)
        return made

    product = factory.SubFactory(ProductFactory)
    external_url = "https://pictures.example/tea.webp"
    alt_en = "A glass of mint tea"
    width = 800
    height = 800
    is_primary = True


def import_of(content: bytes) -> ImportJob:
    """A queued import of a CSV file."""
    return import_file(
        content=content, file_name="spring.csv", file_format="csv", started_by_id=StaffFactory().pk, language="en"
    )
