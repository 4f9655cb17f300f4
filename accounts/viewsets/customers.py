"""The API's entry point to customers: staff look them up, people find themselves."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions import AccountAction
from accounts.filters import CustomerFilter
from accounts.models import User
from accounts.serializers import CustomerOutput
from core.api.viewsets import ApiViewSet
from core.errors import NotFound
from core.staff import may


class CustomerViewSet(ApiViewSet):
    """People with an account, or whom staff or an import added."""

    filterset_class = CustomerFilter
    queryset = User.objects.order_by("-date_joined", "-id")
    staff_actions = {"list": AccountAction.VIEW_CUSTOMER}

    def get_permissions(self) -> list[Any]:
        return [IsAuthenticated()] if self.action == "retrieve" else super().get_permissions()

    @extend_schema(summary="List customers", responses=CustomerOutput(many=True))
    def list(self, request: Request) -> Response:
        """For staff; the newest first."""
        return self.page_answer(CustomerOutput, self.page_of(self.filter_queryset(self.get_queryset())))

    @extend_schema(summary="Retrieve a customer", responses=CustomerOutput)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """For the customer and for staff; to others it is not there."""
        if pk != request.user.pk and not may(request.user, AccountAction.VIEW_CUSTOMER):
            raise NotFound
        customer = User.objects.filter(pk=pk).first()
        if customer is None:
            raise NotFound
        return self.answer(CustomerOutput, customer)
