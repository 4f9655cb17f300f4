"""The API's doors to orders: their customers look and cancel, guests by token, staff move them on."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from carts.headers import CART_HEADER, CART_PARAMETER, caller, cart_token
from checkout.services.cancel_order import cancel_for_customer, cancel_order
from checkout.services.fulfil_order import set_order_status
from core.api.viewsets import ApiViewSet, done
from core.errors import NotFound
from core.staff import may
from notifications.order_links import send_order_link
from orders.actions import OrderAction
from orders.filters import OrderFilter
from orders.models import Order
from orders.selectors import guests_order, order_for_caller, orders_of, track_order, visible_orders, with_details
from orders.serializers import OrderOutput, OrderSummaryOutput, StatusInput, TrackingOutput, TrackInput
from orders.states import OrderStatus
from orders.versions import lock_order_version, order_version

_ACTION_OF_STATUS = {OrderStatus.CANCELLED: OrderAction.CANCEL_ORDER, OrderStatus.COMPLETED: OrderAction.COMPLETE_ORDER}

LINK_TOKEN = OpenApiParameter("token", str, description="The order's `link_token`, instead of a log-in.")


def order_answer(view: ApiViewSet, order_id: UUID, **options: Any) -> Response:
    """An order with everything that its reader may see of it."""
    return whole_order_answer(view, with_details(Order.objects.filter(pk=order_id)).get(), **options)


def whole_order_answer(view: ApiViewSet, order: Order, **options: Any) -> Response:
    """As order_answer(), of an order whose details are known."""
    return view.answer(OrderOutput, order, staff=_sees_all(view), version=order_version(order), **options)


def _tracking_answer(view: ApiViewSet, order: Order) -> Response:
    detailed = Order.objects.prefetch_related("lines", "shipments__lines", "transitions__actor").get(pk=order.pk)
    return view.answer(TrackingOutput, detailed, staff=_sees_all(view), version=order_version(detailed))


def _sees_all(view: ApiViewSet) -> bool:
    return may(view.request.user, OrderAction.VIEW_ORDER)


class OrderViewSet(ApiViewSet):
    """Orders as their customer, a guest with a token, or staff see them."""

    filterset_class = OrderFilter
    bodiless = frozenset({"cancel", "back_to_cart"})
    guarded = frozenset({"cancel", "set_status"})
    parameters = dict.fromkeys(("retrieve", "tracking", "back_to_cart"), frozenset({"token"}))
    # By itself enough for any status but `completed`, see set_status().
    staff_actions = {"set_status": OrderAction.CONFIRM_ORDER}
    queryset = Order.objects.none()
    varies_by = (CART_HEADER,)

    def locked_version(self, *, pk: UUID) -> str:
        if self.action == "cancel":
            self._canceller(pk)  # a stranger is not told whether a tag fits
        return lock_order_version(pk)

    def get_permissions(self) -> list[Any]:
        if self.action in self.staff_actions:
            return super().get_permissions()
        return [IsAuthenticated() if self.action == "list" else AllowAny()]

    @extend_schema(summary="List orders", responses=OrderSummaryOutput(many=True))
    def list(self, request: Request) -> Response:
        """One's own, or all for staff who may see orders; the newest first."""
        orders = self.page_of(self.filter_queryset(visible_orders(request.user)))
        return self.page_answer(OrderSummaryOutput, orders)

    @extend_schema(summary="Retrieve an order", parameters=[LINK_TOKEN, CART_PARAMETER], responses=OrderOutput)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        return order_answer(self, self._readable(request, pk).pk)

    @extend_schema(
        summary="Retrieve the tracking of an order", parameters=[LINK_TOKEN, CART_PARAMETER], responses=TrackingOutput
    )
    def tracking(self, request: Request, pk: UUID) -> Response:
        return _tracking_answer(self, self._readable(request, pk))

    @extend_schema(summary="Cancel an order", parameters=[CART_PARAMETER], request=None, responses=OrderOutput)
    def cancel(self, request: Request, pk: UUID) -> Response:
        """Customers, and guests with their cart's token, while nothing is paid or sent; staff until it is sent."""
        self._canceller(pk)(order_id=pk, actor=caller(request))
        return order_answer(self, pk)

    @extend_schema(
        summary="Update the status of an order",
        request=StatusInput,
        responses={200: OrderOutput, 409: OpenApiResponse(description="The order's state does not lead there.")},
    )
    def set_status(self, request: Request, pk: UUID) -> Response:
        """Does what the status stands for: cancelling releases the stock, completing delivers what is on the road."""
        wanted = self.read(StatusInput)
        if not may(request.user, _ACTION_OF_STATUS.get(wanted["status"], OrderAction.CONFIRM_ORDER)):
            self.permission_denied(request)
        set_order_status(order_id=pk, actor=request.user, **wanted)
        return order_answer(self, pk)

    def _canceller(self, pk: UUID) -> Callable[..., Order]:
        """How the caller may cancel the order. Raises NotFound for one that is not theirs."""
        customer, token = caller(self.request), cart_token(self.request)
        if may(customer, OrderAction.CANCEL_ORDER):
            return cancel_order
        if (customer and orders_of(customer).filter(pk=pk).exists()) or (
            token and guests_order(order_id=pk, cart_token=token)
        ):
            return cancel_for_customer
        raise NotFound

    def _readable(self, request: Request, pk: UUID) -> Order:
        order = order_for_caller(
            order_id=pk,
            user=caller(request),
            link_token=request.query_params.get("token", ""),
            cart_token=cart_token(request),
        )
        if order is None:
            raise NotFound
        return order


class TrackViewSet(ApiViewSet):
    """Following an order by number and e-mail, and the way to its link for who needs more."""

    permission_classes = (AllowAny,)
    parameters = {"find": frozenset({"number", "email"})}
    throttle_scope = "track"
    queryset = Order.objects.none()

    @extend_schema(
        summary="Track an order by number and e-mail address", parameters=[TrackInput], responses=TrackingOutput
    )
    def find(self, request: Request) -> Response:
        """A wrong number and a wrong address get the same answer."""
        order = track_order(**self.read(TrackInput, data=request.query_params))
        if order is None:
            raise NotFound
        return _tracking_answer(self, order)

    @extend_schema(
        summary="Request an order's link again",
        request=TrackInput,
        responses={202: OpenApiResponse(description="The link is on its way to the order's address.")},
    )
    def send_link(self, request: Request) -> Response:
        """The link opens the whole order. It goes to the order's address alone, a few times an hour."""
        send_order_link(**self.read(TrackInput))
        response = done(_("We have mailed you the link to your order."))
        response.status_code = 202
        return response
