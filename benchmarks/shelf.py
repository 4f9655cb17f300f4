"""Fresh stock to fight for: what the storm and the races start from."""

from collections.abc import Sequence

from django.conf import settings

from catalog.models import Category, Product, ProductImage, Variant
from core.db.ids import new_id
from inventory.models import Location
from inventory.services import receive_stock
from shipping.models import ShippingMethod

ADDRESS = {
    "full_name": "Nour Haddad",
    "line1": "12 Rue des Jasmins",
    "city": "Tunis",
    "postal_code": "1000",
    "country": "TN",
}
EMAIL = "nour@fought-for.example"
METHOD = "to-be-had"


def new_variant(units: Sequence[int]) -> Variant:
    """A variant on sale of a new product, with so many units at the first, the second … location."""
    slug = f"fought-for-{new_id().hex}"
    category, _made = Category.objects.get_or_create(slug="fought-for", defaults={"name_en": "Fought for"})
    product = Product.objects.create(category=category, slug=slug, name_en=slug, is_active=False)
    variant = Variant.objects.create(
        product=product, sku=slug.upper(), price_minor=1_999, currency=settings.SHOP_CURRENCY
    )
    picture = f"https://pictures.example/{slug}.webp"
    ProductImage.objects.create(product=product, external_url=picture, is_primary=True, width=8, height=8, alt_en=slug)
    Product.objects.filter(pk=product.pk).update(is_active=True)
    for location, quantity in zip(_locations(len(units)), units, strict=True):
        receive_stock(variant_id=variant.pk, location=location, quantity=quantity)
    return variant


def offer_delivery() -> None:
    """A shipping method that every cart can have."""
    values = {"name_en": "Delivery", "price_minor": 500, "currency": settings.SHOP_CURRENCY}
    ShippingMethod.objects.get_or_create(code=METHOD, defaults=values)


def _locations(count: int) -> list[Location]:
    return [
        Location.objects.get_or_create(code=f"fought-for-{number}", defaults={"name": code, "priority": number})[0]
        for number, code in enumerate(("North", "South", "East", "West")[:count])
    ]
