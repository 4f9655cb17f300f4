"""The API's doors to the catalogue: read by everybody."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.cards import variant_ids
from catalog.filters import ProductFilter
from catalog.models import Category, Product
from catalog.selectors import category_tree, product_cards, product_counts, product_details
from catalog.serializers import (
    CategoryDetailOutput,
    CategoryOutput,
    ProductOutput,
    ProductSummaryOutput,
)
from core.api.keys import by_id_or_slug
from core.api.viewsets import ApiViewSet
from core.errors import NotFound
from inventory.selectors import available_by_variant

_KEY = OpenApiParameter("key", str, OpenApiParameter.PATH, description="Id or slug.")


class CategoryViewSet(ApiViewSet):
    """The category tree as shoppers see it."""

    permission_classes = (AllowAny,)
    pagination_class = None
    queryset = Category.objects.none()

    @extend_schema(summary="The category tree", responses=CategoryOutput(many=True))
    def list(self, request: Request) -> Response:
        """All categories at once, depth first."""
        tree = category_tree()
        return self.answer(CategoryOutput, tree, many=True, counts=product_counts(tree))

    @extend_schema(summary="One category", parameters=[_KEY], responses=CategoryDetailOutput)
    def retrieve(self, request: Request, key: str) -> Response:
        tree = category_tree()
        found = next((node for node in tree if key in {node.slug, str(node.pk)}), None)
        if found is None:
            raise NotFound
        nodes = {node.pk: node for node in tree}
        return self.answer(CategoryDetailOutput, found, counts=product_counts(tree), nodes=nodes)


class ProductViewSet(ApiViewSet):
    """Products on sale."""

    permission_classes = (AllowAny,)
    filterset_class = ProductFilter
    queryset = Product.objects.none()

    @extend_schema(summary="Products on sale", responses=ProductSummaryOutput(many=True))
    def list(self, request: Request) -> Response:
        """The newest first unless sorted otherwise."""
        products = self.page_of(self.filter_queryset(product_cards(Product.objects.on_sale())))
        return self.page_answer(ProductSummaryOutput, products, available=available_by_variant(variant_ids(products)))

    @extend_schema(summary="One product", parameters=[_KEY], responses=ProductOutput)
    def retrieve(self, request: Request, key: str) -> Response:
        product = product_details(Product.objects.on_sale()).filter(by_id_or_slug(key)).first()
        if product is None:
            raise NotFound
        return self._product(product)

    def _product(self, product: Product, **options: Any) -> Response:
        return self.answer(ProductOutput, product, available=available_by_variant(variant_ids([product])), **options)
