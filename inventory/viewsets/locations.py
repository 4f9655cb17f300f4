"""The API's entry point to stock locations, for staff."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.viewsets import ApiViewSet
from inventory.actions import InventoryAction
from inventory.models import Location
from inventory.serializers import LocationOutput


class LocationViewSet(ApiViewSet):
    """The places that hold stock."""

    queryset = Location.objects.order_by("priority", "code")
    staff_actions = {"list": InventoryAction.VIEW_LOCATION, "retrieve": InventoryAction.VIEW_LOCATION}

    @extend_schema(summary="List locations", responses=LocationOutput(many=True))
    def list(self, request: Request) -> Response:
        """In the order in which they are asked for stock, inactive ones too."""
        return self.page_answer(LocationOutput, self.page_of(self.get_queryset()))

    @extend_schema(summary="Retrieve a location", responses=LocationOutput)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        return self.answer(LocationOutput, get_object_or_404(self.get_queryset(), pk=pk))
