"""The API's door to what a customer may like."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions import AccountAction
from accounts.models import User
from catalog.models import Product
from catalog.representations import origin_of
from catalog.serializers import ProductSummaryOutput
from checkout.recommendations import recommended_products
from core.api.viewsets import ApiViewSet
from core.errors import NotFound
from core.staff import may


class RecommendationViewSet(ApiViewSet):
    """For oneself; for any customer to staff who may see users."""

    pagination_class = None
    permission_classes = (IsAuthenticated,)
    queryset = Product.objects.none()

    @extend_schema(summary="List recommended products", responses=ProductSummaryOutput(many=True))
    def list(self, request: Request, pk: UUID) -> Response:
        """Of the categories they ordered most of lately, new to them, on sale and in stock; the best first."""
        products = recommended_products(customer=self._customer(pk))
        return self.answer(ProductSummaryOutput, products, many=True, origin=origin_of(request))

    def _customer(self, pk: UUID) -> User:
        if pk == self.request.user.pk or may(self.request.user, AccountAction.VIEW_CUSTOMER):
            customer = User.objects.filter(pk=pk).first()
            if customer is not None:
                return customer
        raise NotFound
