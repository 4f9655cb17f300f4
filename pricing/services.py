"""Writes to tax zones. One writer at a time, so that whoever is refused an area is told which zone has it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import NotRequired, TypedDict, Unpack
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from core.db.advisory_locks import AdvisoryLock, lock_until_commit
from core.db.locking import lock_rows
from core.errors import InvalidInput, NotFound
from pricing.areas import Area
from pricing.models import TaxRate, TaxZone, TaxZoneArea


@dataclass(frozen=True, slots=True)
class Rate:
    """A zone's rate for one tax class, as a fraction, with its name on the invoice."""

    tax_class: str
    rate: Decimal
    name: str


class ZoneFields(TypedDict):
    """What may be written of a zone; `areas` and `rates` are all that it has."""

    code: NotRequired[str]
    name: NotRequired[str]
    prices_include_tax: NotRequired[bool]
    areas: NotRequired[Sequence[Area]]
    rates: NotRequired[Sequence[Rate]]


@transaction.atomic
def create_tax_zone(**fields: Unpack[ZoneFields]) -> TaxZone:
    """Add a zone, which needs all but `rates`. Raises InvalidInput for a code, an area or a class that is taken."""
    lock_tax_areas()
    zone = TaxZone()
    _write(zone, fields)
    return zone


@transaction.atomic
def update_tax_zone(*, zone_id: UUID, **changes: Unpack[ZoneFields]) -> TaxZone:
    """Change what is given. Raises NotFound, or InvalidInput as create_tax_zone does."""
    zone = lock_tax_zone(zone_id)
    _write(zone, changes)
    return zone


@transaction.atomic
def set_countries(*, zone: TaxZone, countries: Sequence[str]) -> None:
    """Make these the whole countries of a zone; the parts of countries that it has stay. Raises InvalidInput."""
    lock_tax_areas()
    parts = [row.area for row in TaxZoneArea.objects.filter(zone=zone) if not row.area.is_country]
    _write_areas(zone, [*(Area(country) for country in countries), *parts])


def lock_tax_areas() -> None:
    """Keep everybody else from giving areas to zones until the transaction ends. Needs a transaction."""
    lock_until_commit(AdvisoryLock.TAX_AREAS)


def lock_tax_zone(zone_id: UUID) -> TaxZone:
    """Lock a zone with the areas of all zones. Needs a transaction; raises NotFound."""
    lock_tax_areas()
    rows = lock_rows(TaxZone.objects.filter(pk=zone_id))
    if not rows:
        raise NotFound
    return rows[0]


def require_free(areas: Sequence[Area], *, zone_id: UUID | None, field: str = "areas") -> None:
    """Raise InvalidInput naming the zone that has one of the areas already. One query."""
    wanted = set(areas)
    taken = TaxZoneArea.objects.filter(country__in={area.country for area in areas}).exclude(zone=zone_id)
    for row in taken.select_related("zone"):
        if row.area in wanted:
            message = _("%(area)s: already in the zone “%(zone)s”.") % {"area": row.area, "zone": row.zone.name}
            details = {"zone": row.zone.code, "area": areas.index(row.area)}
            raise InvalidInput(message, code="area_taken", field=field, details=details)


def _write(zone: TaxZone, fields: ZoneFields) -> None:
    for name in ("code", "name", "prices_include_tax"):
        if name in fields:
            setattr(zone, name, fields[name])
    with _code_named():
        zone.save()
    if "areas" in fields:
        _write_areas(zone, fields["areas"])
    if "rates" in fields:
        _write_rates(zone, fields["rates"])


def _write_areas(zone: TaxZone, areas: Sequence[Area]) -> None:
    if not areas:
        raise InvalidInput(_("Give the zone at least one area."), code="no_areas", field="areas")
    _require_once([str(area) for area in areas], field="areas")
    require_free(areas, zone_id=zone.pk)
    present = {row.area: row for row in TaxZoneArea.objects.filter(zone=zone)}
    TaxZoneArea.objects.filter(pk__in=[row.pk for area, row in present.items() if area not in set(areas)]).delete()
    TaxZoneArea.objects.bulk_create(
        TaxZoneArea(zone=zone, country=area.country, region=area.region, postal_prefix=area.postal_prefix)
        for area in areas
        if area not in present
    )


def _write_rates(zone: TaxZone, rates: Sequence[Rate]) -> None:
    _require_once([rate.tax_class for rate in rates], field="rates")
    present = {row.tax_class: row for row in TaxRate.objects.filter(zone=zone)}
    wanted = {rate.tax_class: rate for rate in rates}
    TaxRate.objects.filter(pk__in=[row.pk for key, row in present.items() if key not in wanted]).delete()
    for tax_class, rate in wanted.items():
        row = present.get(tax_class) or TaxRate(zone=zone, tax_class=tax_class)
        if (row.rate, row.name) != (rate.rate, rate.name):
            row.rate, row.name = rate.rate, rate.name
            row.save()


def _require_once(names: Sequence[str], *, field: str) -> None:
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InvalidInput(_("Given twice: %(name)s.") % {"name": twice}, code="given_twice", field=field)


@contextmanager
def _code_named() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "code" in str(getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")):
            raise InvalidInput(_("Another zone has this code."), code="code_taken", field="code") from error
        raise
