"""The API's doors to the catalogue: read by everybody, written by staff with the permission."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions import CatalogAction
from catalog.filters import ProductListFilter
from catalog.media.parsers import PICTURES_AT_ONCE, UploadParser
from catalog.media.services import add_images
from catalog.models import Category, Product, ProductImage, Variant
from catalog.querysets import ProductQuerySet
from catalog.reads.details import ProductDetail, product_detail
from catalog.reads.summaries import product_summaries
from catalog.representations import origin_of
from catalog.selectors import category_tree, product_counts, products_of_status, products_on_sale
from catalog.serializers import (
    CategoryDetailOutput,
    CategoryInput,
    CategoryOutput,
    CategoryWrittenOutput,
    ImagesInput,
    ImagesOutput,
    NewProductInput,
    ProductInput,
    ProductOutput,
    ProductStaffOutput,
    ProductSummaryOutput,
)
from catalog.services import (
    OF_THE_VARIANT,
    create_category,
    delete_category,
    delete_product,
    update_category,
    update_product,
)
from catalog.versions import category_version, lock_category_version, lock_product_version, product_version
from core.actions import Action
from core.api.filters import UPDATED_SINCE
from core.api.keys import by_id_or_slug
from core.api.parameters import one_of
from core.api.viewsets import ApiViewSet, done
from core.errors import NotFound
from core.staff import may
from inventory.actions import InventoryAction
from inventory.selectors import available_by_variant, stock_of
from inventory.services import create_stocked_product

_DONE = OpenApiResponse(description="Done; `message` says what.")
_STATUS = OpenApiParameter(
    "status",
    str,
    enum=["on_sale", "draft", "all"],
    default="on_sale",
    description="For staff who may see drafts: products that are not on sale, or all.",
)
_KEY = OpenApiParameter("key", str, OpenApiParameter.PATH, description="Id or slug.")


class CatalogueViewSet(ApiViewSet):
    """Reading is free; writes are for staff."""

    is_public = True
    permission_classes = (AllowAny,)

    def id_of(self, key: str, model: Any = None) -> UUID:
        """The id of what the key names, on sale or not. Raises NotFound."""
        model = model or self.queryset.model
        found: UUID | None = model.objects.filter(by_id_or_slug(key)).values_list("pk", flat=True).first()
        if found is None:
            raise NotFound
        return found


class CategoryViewSet(CatalogueViewSet):
    """The category tree as shoppers see it."""

    guarded = frozenset({"partial_update", "destroy"})
    pagination_class = None
    staff_actions = {
        "create": CatalogAction.ADD_CATEGORY,
        "partial_update": CatalogAction.CHANGE_CATEGORY,
        "destroy": CatalogAction.DELETE_CATEGORY,
    }
    queryset = Category.objects.none()

    def locked_version(self, *, key: str) -> str:
        return lock_category_version(self.id_of(key))

    @extend_schema(summary="List categories", responses=CategoryOutput(many=True))
    def list(self, request: Request) -> Response:
        """All categories at once, depth first."""
        tree = category_tree()
        return self.answer(CategoryOutput, tree, many=True, counts=product_counts(tree))

    @extend_schema(summary="Retrieve a category", parameters=[_KEY], responses=CategoryDetailOutput)
    def retrieve(self, request: Request, key: str) -> Response:
        tree = category_tree()
        found = next((node for node in tree if key in {node.slug, str(node.pk)}), None)
        if found is None:
            raise NotFound
        nodes = {node.pk: node for node in tree}
        counts, version = product_counts(tree), category_version(found)
        return self.answer(CategoryDetailOutput, found, counts=counts, nodes=nodes, version=version)

    @extend_schema(summary="Add a category", request=CategoryInput, responses={201: CategoryWrittenOutput})
    def create(self, request: Request) -> Response:
        return self._written(create_category(**self.read(CategoryInput)), status=201)

    @extend_schema(
        summary="Update a category", parameters=[_KEY], request=CategoryInput, responses=CategoryWrittenOutput
    )
    def partial_update(self, request: Request, key: str) -> Response:
        """Changes what is given."""
        category_id = self.id_of(key)
        changes = self.read(CategoryInput, partial=True, document=lambda: self._document(category_id))
        return self._written(update_category(category_id=category_id, **changes))

    @extend_schema(summary="Delete a category", parameters=[_KEY], responses={200: _DONE})
    def destroy(self, request: Request, key: str) -> Response:
        """Only an empty one; others are made inactive."""
        delete_category(category_id=self.id_of(key))
        return done(_("The category is deleted."))

    def _document(self, category_id: UUID) -> dict[str, Any]:
        """All that staff may have read of a category; one that shoppers do not see is read by nobody."""
        category = Category.objects.get(pk=category_id)
        shown = self.retrieve(self.request, category.slug).data if category.is_active else {}
        return {**shown, **self._written(category).data}

    def _written(self, category: Category, **options: Any) -> Response:
        return self.answer(CategoryWrittenOutput, category, version=category_version(category), **options)


class ProductViewSet(CatalogueViewSet):
    """Products on sale; staff find the others by their key."""

    filterset_class = ProductListFilter
    parameters = {"list": frozenset({"status"})}
    guarded = frozenset({"partial_update", "destroy"})
    staff_actions = {
        "create": CatalogAction.ADD_PRODUCT,
        "partial_update": CatalogAction.CHANGE_PRODUCT,
        "destroy": CatalogAction.DELETE_PRODUCT,
    }
    queryset = Product.objects.none()

    def locked_version(self, *, key: str) -> str:
        return lock_product_version(self.id_of(key))

    @extend_schema(summary="List products", parameters=[_STATUS], responses=ProductSummaryOutput(many=True))
    def list(self, request: Request) -> Response:
        """Those on sale, the newest first unless sorted otherwise; staff may list drafts too."""
        status = one_of(request, _STATUS.name, ("on_sale", "draft", "all")) or "on_sale"
        if status != "on_sale":
            self._require(CatalogAction.VIEW_PRODUCT, status)
        if status != "on_sale" or UPDATED_SINCE in request.query_params:
            return self._rows(products_of_status(status))
        places = self.page_of(self.filter_queryset(products_on_sale()).places)
        return self._summaries(place.id for place in places)

    def _rows(self, products: ProductQuerySet) -> Response:
        """A page of products whether or not they are on sale, or sorted by what no index of places has."""
        found = self.page_of(self.filter_queryset(products).only("pk", "created_at", "updated_at", "from_price_minor"))
        return self._summaries((row.pk for row in found), drafts=True)

    def _summaries(self, ids: Iterable[UUID], *, drafts: bool = False) -> Response:
        available = available_by_variant if self.asks_for("in_stock") else None
        summaries = product_summaries(ids, available=available, drafts=drafts)
        return self.page_answer(ProductSummaryOutput, summaries, origin=origin_of(self.request))

    @extend_schema(summary="Retrieve a product", parameters=[_KEY], responses=ProductOutput)
    def retrieve(self, request: Request, key: str) -> Response:
        if may(request.user, CatalogAction.VIEW_PRODUCT):
            return self._product(ProductStaffOutput, product_detail(key))
        product = product_detail(key)
        return self._product(ProductOutput, product if product and product.is_on_sale else None)

    @extend_schema(summary="Add a product", request=NewProductInput, responses={201: ProductStaffOutput})
    def create(self, request: Request) -> Response:
        """With one variant; a draft unless `is_active`. A category that is not there is made, if staff may do that."""
        context = {"may_add_categories": may(request.user, CatalogAction.ADD_CATEGORY)}
        fields = self.read(NewProductInput, context=context)
        units = fields.pop("stock_quantity", 0)
        self._require(InventoryAction.RECEIVE_STOCK, units)
        self._require(CatalogAction.ADD_PICTURE_OF_NEW_PRODUCT, fields["images"])
        product = create_stocked_product(units=units, actor=request.user, **fields)
        return self._product(ProductStaffOutput, product_detail(product.pk), status=201)

    @extend_schema(summary="Update a product", parameters=[_KEY], request=ProductInput, responses=ProductStaffOutput)
    def partial_update(self, request: Request, key: str) -> Response:
        """Changes what is given; SKU, prices and weight only of a product with one variant."""
        product_id = self.id_of(key)
        # A plain number stays in the currency that the product is sold in.
        currency = Variant.objects.filter(product=product_id).values_list("currency", flat=True).first()
        context = {"currency": currency or settings.SHOP_CURRENCY}
        changes = self.read(
            ProductInput, partial=True, context=context, document=lambda: self._staff_product(product_id).data
        )
        self._require(CatalogAction.CHANGE_PRICE, changes.keys() & set(OF_THE_VARIANT))
        update_product(product_id=product_id, **changes)
        return self._staff_product(product_id)

    @extend_schema(summary="Delete a product", parameters=[_KEY], responses={200: _DONE})
    def destroy(self, request: Request, key: str) -> Response:
        """Only one that was never stocked; others are made inactive."""
        delete_product(product_id=self.id_of(key))
        return done(_("The product is deleted."))

    def _require(self, action: Action, asked: object) -> None:
        """Refuse who asks for something that takes another action than the product's own."""
        if asked and not may(self.request.user, action):
            self.permission_denied(self.request)

    def _staff_product(self, product_id: UUID) -> Response:
        return self._product(ProductStaffOutput, product_detail(product_id))

    def _product(self, output: type[ProductOutput], product: ProductDetail | None, **options: Any) -> Response:
        if product is None:
            raise NotFound
        if self.asks_for("in_stock", "variants"):
            product = product.with_stock(stock_of(product.variant_ids))
        origin, version = origin_of(self.request), product_version(product)
        return self.answer(output, product, version=version, origin=origin, **options)


class ProductImageViewSet(CatalogueViewSet):
    """The pictures of one product."""

    guarded = frozenset({"create"})
    staff_actions = {"create": CatalogAction.ADD_PICTURE}
    parser_classes = [UploadParser]
    # Of the body's length, before anything is read.
    most_body_bytes = settings.PICTURE_MAX_BYTES * PICTURES_AT_ONCE
    queryset = ProductImage.objects.none()

    def locked_version(self, *, key: str) -> str:
        """The product's."""
        return lock_product_version(self.id_of(key, Product))

    @extend_schema(
        summary="Upload product images",
        parameters=[_KEY],
        request={"multipart/form-data": ImagesInput},
        responses={201: ImagesOutput},
    )
    def create(self, request: Request, key: str) -> Response:
        """At most ten at once, all or none. Their sizes are made within seconds."""
        product_id = self.id_of(key, Product)
        fields = self.read(ImagesInput)
        images = add_images(product_id=product_id, uploads=fields.pop("images"), **fields)
        return self.answer(ImagesOutput, {"images": images}, status=201)
