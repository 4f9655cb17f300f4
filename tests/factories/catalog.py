import factory
from factory.django import DjangoModelFactory

from catalog.models import Category, OptionType, OptionValue, Product, ProductImage, Variant, VariantOption


class CategoryFactory(DjangoModelFactory):
    class Meta:
        model = Category

    name_en = factory.Sequence(lambda n: f"Teas {n}")
    name_fr = factory.Sequence(lambda n: f"Thés {n}")
    name_ar = factory.Sequence(lambda n: f"شاي {n}")
    slug = factory.Sequence(lambda n: f"teas-{n}")


class ProductFactory(DjangoModelFactory):
    """On sale once it has a variant."""

    class Meta:
        model = Product

    category = factory.SubFactory(CategoryFactory)
    name_en = factory.Sequence(lambda n: f"Mint tea {n}")
    name_fr = factory.Sequence(lambda n: f"Thé à la menthe {n}")
    name_ar = factory.Sequence(lambda n: f"شاي بالنعناع {n}")
    slug = factory.Sequence(lambda n: f"mint-tea-{n}")
    is_active = True


class VariantFactory(DjangoModelFactory):
    class Meta:
        model = Variant

    product = factory.SubFactory(ProductFactory)
    sku = factory.Sequence(lambda n: f"TEA-{n:04}")
    price_minor = 1999
    currency = "USD"


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
    class Meta:
        model = ProductImage

    product = factory.SubFactory(ProductFactory)
    external_url = "https://pictures.example/tea.webp"
    alt_en = "A glass of mint tea"
    width = 800
    height = 800
    is_primary = True
