"""Parcels of a person: their rows name no one, the address is the order's."""

from collections.abc import Iterable

from core.personal_data import Person, PersonalData, Row
from orders.personal_data import orders_about
from shipping.models import Shipment


class ShipmentsOfPerson(PersonalData):
    """What was sent to the person."""

    def sections(self, person: Person) -> Iterable[tuple[str, Iterable[Row]]]:
        parcels = Shipment.objects.filter(order__in=orders_about(person)).order_by("id")
        fields = ("order__number", "status", "carrier", "tracking_number", "created_at")
        yield "shipments", parcels.values(*fields).iterator()
