"""The API's entry point to tax zones, for staff."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.viewsets import ApiViewSet
from pricing.actions import PricingAction
from pricing.models import TaxZone
from pricing.selectors import tax_zones
from pricing.serializers import NewTaxZoneInput, TaxZoneInput, TaxZoneOutput
from pricing.services import create_tax_zone, update_tax_zone
from pricing.versions import lock_tax_zone_version, tax_zone_version


class TaxZoneViewSet(ApiViewSet):
    """The areas that are taxed alike, and their rates."""

    guarded = frozenset({"partial_update"})
    staff_actions = {
        "list": PricingAction.VIEW_TAX_ZONE,
        "retrieve": PricingAction.VIEW_TAX_ZONE,
        "create": PricingAction.ADD_TAX_ZONE,
        "partial_update": PricingAction.CHANGE_TAX_ZONE,
    }
    queryset = TaxZone.objects.none()

    def locked_version(self, *, pk: UUID) -> str:
        return lock_tax_zone_version(pk)

    @extend_schema(summary="List tax zones", responses=TaxZoneOutput(many=True))
    def list(self, request: Request) -> Response:
        """By code."""
        return self.page_answer(TaxZoneOutput, self.page_of(tax_zones()))

    @extend_schema(summary="Retrieve a tax zone", responses=TaxZoneOutput)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        return self._zone(pk)

    @extend_schema(summary="Add a tax zone", request=NewTaxZoneInput, responses={201: TaxZoneOutput})
    def create(self, request: Request) -> Response:
        """Each area belongs to one zone; the finest area of a destination decides."""
        return self._zone(create_tax_zone(**self.read(NewTaxZoneInput)).pk, status=201)

    @extend_schema(summary="Update a tax zone", request=TaxZoneInput, responses=TaxZoneOutput)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change what is given; `areas` and `rates` replace all that the zone has. Orders keep the tax they have."""
        changes = self.read(TaxZoneInput, document=lambda: self._zone(pk).data)
        return self._zone(update_tax_zone(zone_id=pk, **changes).pk)

    def _zone(self, pk: UUID, *, status: int = 200) -> Response:
        zone = get_object_or_404(tax_zones(), pk=pk)
        return self.answer(TaxZoneOutput, zone, status=status, version=tax_zone_version(zone))
