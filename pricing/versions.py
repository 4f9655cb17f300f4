"""The version of what people edit of a tax zone, for the API's If-Match."""

from uuid import UUID

from core.versions import columns_of, version_of
from pricing.models import TaxZone
from pricing.services import lock_tax_zone


def tax_zone_version(zone: TaxZone) -> str:
    """Return the version of a zone: its own row, its areas and its rates."""
    areas = sorted(str(area.pk) for area in zone.areas.all())
    rates = sorted((str(rate.pk), str(rate.rate.normalize()), rate.name) for rate in zone.rates.all())
    return version_of(columns_of(zone), areas, rates)


def lock_tax_zone_version(zone_id: UUID) -> str:
    """Return the version of a zone that is locked. Needs a transaction; raises NotFound."""
    return tax_zone_version(lock_tax_zone(zone_id))
