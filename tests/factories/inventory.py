import factory
from factory.django import DjangoModelFactory

from catalog.models import Variant
from inventory.models import Location, StockItem
from inventory.services import limit_backorders, receive_stock
from tests.factories.catalog import ProductImageFactory, VariantFactory


class LocationFactory(DjangoModelFactory):
    class Meta:
        model = Location
        django_get_or_create = ("code",)

    code = "main"
    name = "Main warehouse"


class StockItemFactory(DjangoModelFactory):
    class Meta:
        model = StockItem

    variant = factory.SubFactory(VariantFactory)
    location = factory.SubFactory(LocationFactory)


def stocked_variant(on_hand: int = 10, **variant: object) -> Variant:
    """A variant on sale with so many units in the main warehouse, the receipt in the ledger."""
    made: Variant = VariantFactory(**variant)
    if on_hand:
        receive_stock(variant_id=made.pk, location=LocationFactory(), quantity=on_hand)
    return made


def sold_ahead(on_hand: int, limit: int) -> Variant:
    """A variant with a picture of which so many more are sold than are there."""
    variant = stocked_variant(on_hand)
    ProductImageFactory(product=variant.product)
    limit_backorders(variant_id=variant.pk, location=LocationFactory(), limit=limit)
    return variant
