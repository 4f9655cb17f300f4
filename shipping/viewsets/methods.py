"""The API's entry point to shipping methods."""

from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.viewsets import ApiViewSet
from core.staff import may
from shipping.actions import ShippingAction
from shipping.models import ShippingMethod
from shipping.serializers import ShippingMethodDetailOutput


class ShippingMethodViewSet(ApiViewSet):
    """How orders can be sent; the checkout says which of these serve a cart, and what they cost for it."""

    permission_classes = (AllowAny,)
    queryset = ShippingMethod.objects.select_related("pickup_location").order_by("position", "id")

    def get_queryset(self) -> "QuerySet[ShippingMethod]":
        methods = super().get_queryset()
        return (
            methods if may(self.request.user, ShippingAction.VIEW_SHIPPING_METHOD) else methods.filter(is_active=True)
        )

    @extend_schema(summary="List shipping methods", responses=ShippingMethodDetailOutput(many=True))
    def list(self, request: Request) -> Response:
        """The active ones in the shop's order; for staff also those that are not active."""
        return self.page_answer(ShippingMethodDetailOutput, self.page_of(self.get_queryset()))

    @extend_schema(summary="Retrieve a shipping method", responses=ShippingMethodDetailOutput)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        return self.answer(ShippingMethodDetailOutput, get_object_or_404(self.get_queryset(), pk=pk))
