import factory
from factory.django import DjangoModelFactory

from catalog.models import Variant
from inventory.models import Location, StockItem
from inventory.services import receive_stock
from tests.factories.catalog import VariantFactory


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
