"""The API's doors to stock, for staff: how much lies where, and every change with its reason."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.viewsets import ApiViewSet
from inventory.actions import InventoryAction
from inventory.filters import StockItemFilter
from inventory.models import StockItem, StockMove
from inventory.serializers import (
    AdjustmentInput,
    BackorderLimitInput,
    ReceiptInput,
    StockItemOutput,
    StockMoveOutput,
    VariantBackorderLimitInput,
)
from inventory.services import adjust_stock, limit_backorders, receive_stock, set_backorder_limit
from inventory.versions import lock_stock_version, stock_version


class StockItemViewSet(ApiViewSet):
    """What lies at a location of a variant."""

    queryset = StockItem.objects.select_related("variant", "location").order_by("variant__sku", "location__code")
    filterset_class = StockItemFilter
    guarded = frozenset({"adjust", "limit_backorders"})
    paged = frozenset({"list", "moves"})
    staff_actions = {
        "list": InventoryAction.VIEW_STOCK,
        "retrieve": InventoryAction.VIEW_STOCK,
        "moves": InventoryAction.VIEW_STOCK_MOVES,
        "receive": InventoryAction.RECEIVE_STOCK,
        "adjust": InventoryAction.ADJUST_STOCK,
        "limit_backorders": InventoryAction.LIMIT_BACKORDERS,
        "limit_variant_backorders": InventoryAction.LIMIT_VARIANT_BACKORDERS,
    }

    def locked_version(self, *, pk: UUID) -> str:
        return lock_stock_version(pk)

    @extend_schema(summary="List stock items", responses=StockItemOutput(many=True))
    def list(self, request: Request) -> Response:
        """Sorted by SKU, then location."""
        return self.page_answer(StockItemOutput, self.page_of(self.filter_queryset(self.get_queryset())))

    @extend_schema(summary="Retrieve a stock item", responses=StockItemOutput)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        return self._item(pk)

    @extend_schema(summary="Receive stock", request=ReceiptInput, responses={201: StockItemOutput})
    def receive(self, request: Request) -> Response:
        """Add units. Each request is another receipt."""
        receipt = self.read(ReceiptInput)
        item = receive_stock(
            variant_id=receipt["sku"].pk,
            location=receipt["location"],
            quantity=receipt["quantity"],
            actor=request.user,
        )
        return self._item(item.pk, status=201)

    @extend_schema(summary="Adjust stock", request=AdjustmentInput, responses=StockItemOutput)
    def adjust(self, request: Request, pk: UUID) -> Response:
        """Add or remove units, never below what is reserved. Each request is another adjustment."""
        adjust_stock(stock_item_id=pk, actor=request.user, **self.read(AdjustmentInput))
        return self._item(pk)

    @extend_schema(
        summary="Set the backorder limit of a stock item", request=BackorderLimitInput, responses=StockItemOutput
    )
    def limit_backorders(self, request: Request, pk: UUID) -> Response:
        """Set how many units may be sold beyond the stock, at least as many as are backordered."""
        set_backorder_limit(stock_item_id=pk, **self.read(BackorderLimitInput))
        return self._item(pk)

    @extend_schema(
        # The name that its address would give it is that of a stock item's limit.
        operation_id="stock_items_variant_backorder_limit_update",
        summary="Set the backorder limit of a variant",
        request=VariantBackorderLimitInput,
        responses=StockItemOutput,
    )
    def limit_variant_backorders(self, request: Request) -> Response:
        """Set the limit also where the variant was never received: creates its stock item, without units."""
        said = self.read(VariantBackorderLimitInput)
        item = limit_backorders(variant_id=said["sku"].pk, location=said["location"], limit=said["limit"])
        return self._item(item.pk)

    @extend_schema(summary="List the stock moves of a stock item", responses=StockMoveOutput(many=True), filters=False)
    def moves(self, request: Request, pk: UUID) -> Response:
        """The newest first."""
        item = get_object_or_404(StockItem, pk=pk)
        return self.page_answer(StockMoveOutput, self.page_of(StockMove.objects.filter(stock_item=item)))

    def _item(self, pk: UUID, **options: Any) -> Response:
        item = get_object_or_404(self.get_queryset(), pk=pk)
        return self.answer(StockItemOutput, item, version=stock_version(item), **options)
