"""The API's doors to payments: customers see their own, staff record what happened by hand."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.viewsets import ApiViewSet
from payments.actions import PaymentAction
from payments.models import Payment
from payments.selectors import visible_payments
from payments.serializers import CaptureInput, PaymentOutput, RefundInput
from payments.services import capture_payment, refund_payment
from payments.versions import lock_payment_version, payment_version


class PaymentViewSet(ApiViewSet):
    """The payments of the orders that the caller may see."""

    guarded = frozenset({"capture", "refund"})
    staff_actions = {"capture": PaymentAction.CAPTURE_PAYMENT, "refund": PaymentAction.REFUND_PAYMENT}
    queryset = Payment.objects.none()

    def locked_version(self, *, pk: UUID) -> str:
        return lock_payment_version(get_object_or_404(self._visible(), pk=pk).pk)

    @extend_schema(summary="List payments", responses=PaymentOutput(many=True))
    def list(self, request: Request) -> Response:
        """Those of the caller's orders, or all for staff who may see payments; newest first."""
        return self.page_answer(PaymentOutput, self.page_of(self._visible().order_by("-created_at", "-id")))

    @extend_schema(summary="Retrieve a payment", responses=PaymentOutput)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        return self.payment_answer(pk)

    @extend_schema(summary="Capture a payment", request=CaptureInput, responses=PaymentOutput)
    def capture(self, request: Request, pk: UUID) -> Response:
        """Record that the whole amount has arrived. A repeated request changes nothing."""
        payment = get_object_or_404(self._visible(), pk=pk)
        capture_payment(payment_id=payment.pk, actor=request.user, **self.read(CaptureInput))
        return self.payment_answer(pk)

    @extend_schema(summary="Refund a payment", request=RefundInput, responses={201: PaymentOutput})
    def refund(self, request: Request, pk: UUID) -> Response:
        """Record money that was given back, up to what was captured. Each request is another refund."""
        payment = get_object_or_404(self._visible(), pk=pk)
        refund = self.read(RefundInput, context={"currency": payment.currency})
        refund_payment(payment_id=payment.pk, actor=request.user, **refund)
        return self.payment_answer(pk, status=201)

    def _visible(self) -> QuerySet[Payment]:
        return visible_payments(self.request.user).prefetch_related("transactions")

    def payment_answer(self, pk: UUID, **options: Any) -> Response:
        payment = get_object_or_404(self._visible(), pk=pk)
        return self.answer(PaymentOutput, payment, version=payment_version(payment), **options)
