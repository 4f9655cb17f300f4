"""The API of payments: customers see their own, staff capture and refund, providers send their news."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.parsers import read_bytes
from core.api.viewsets import ApiViewSet, said
from core.continuations import Continuation
from core.errors import NotFound
from core.staff import may
from payments.actions import PaymentAction
from payments.errors import InvalidProviderEvent, OutcomeUnknown
from payments.models import Payment, PaymentOperation
from payments.operations import ask
from payments.parts import split_payment
from payments.providers import InvalidEvent, find_online
from payments.selectors import find_operation, visible_payments
from payments.serializers import CaptureInput, PaymentDetailOutput, ProviderEventOutput, RefundInput, SplitInput
from payments.services import capture_payment, refund_payment
from payments.states import IN_FLIGHT
from payments.versions import lock_payment_version, payment_version

UNDECIDED = OpenApiResponse(
    PaymentDetailOutput,
    "The payment provider has not answered yet. The shop asks again by itself; the same Idempotency-Key gives the "
    "outcome once it is known.",
)


class PaymentViewSet(ApiViewSet):
    """The payments of the orders that the caller may see."""

    guarded = frozenset({"capture", "refund", "split"})
    bodiless = frozenset({"reconcile"})
    staff_actions = {
        "capture": PaymentAction.CAPTURE_PAYMENT,
        "refund": PaymentAction.REFUND_PAYMENT,
        "split": PaymentAction.SPLIT_PAYMENT,
        "reconcile": PaymentAction.EXECUTE_OPERATION,
    }
    queryset = Payment.objects.none()

    def locked_version(self, *, pk: UUID) -> str:
        return lock_payment_version(self._find(pk).pk)

    @extend_schema(summary="List payments", responses=PaymentDetailOutput(many=True))
    def list(self, request: Request) -> Response:
        """Those of the caller's orders, or all for staff who may see payments; newest first."""
        return self.page_answer(PaymentDetailOutput, self.page_of(self._visible().order_by("-created_at", "-id")))

    @extend_schema(summary="Retrieve a payment", responses=PaymentDetailOutput)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        return self.payment_answer(pk)

    @extend_schema(
        summary="Capture a payment",
        request=CaptureInput,
        responses={200: PaymentDetailOutput, 202: UNDECIDED},
    )
    def capture(self, request: Request, pk: UUID) -> Response | Continuation:
        """Record that the whole amount has arrived, or have the provider capture it. Repeating it changes nothing.

        What the provider declines is refused with `payment_declined`.
        """
        payment = self._find(pk)
        change = capture_payment(payment_id=payment.pk, actor=request.user, **self.read(CaptureInput))
        return change.continuation or self.payment_answer(pk)

    @extend_schema(
        summary="Refund a payment",
        request=RefundInput,
        responses={201: PaymentDetailOutput, 202: UNDECIDED},
    )
    def refund(self, request: Request, pk: UUID) -> Response | Continuation:
        """Record money that was given back, or have the provider give it back, up to what was captured.

        Each request is another refund: send an Idempotency-Key. What the provider declines is refused with
        `payment_declined`.
        """
        payment = self._find(pk)
        refund = self.read(RefundInput, context={"currency": payment.currency})
        change = refund_payment(payment_id=payment.pk, actor=request.user, **refund)
        return change.continuation or self.payment_answer(pk, status=201)

    @extend_schema(summary="Split a payment", request=SplitInput, responses={201: PaymentDetailOutput})
    def split(self, request: Request, pk: UUID) -> Response:
        """Ask for a part of a payment that waits by another provider; answers the payment of the part.

        The payment is voided; another one asks for the rest. Both are recorded by hand.
        """
        payment = get_object_or_404(self._visible(), pk=pk)
        said = self.read(SplitInput, context={"currency": payment.currency})
        part = split_payment(payment_id=payment.pk, actor=request.user, **said)
        return self.payment_answer(part.pk, status=201)

    @extend_schema(summary="Reconcile a payment", request=None, responses={200: PaymentDetailOutput, 202: UNDECIDED})
    def reconcile(self, request: Request, pk: UUID) -> Response | Continuation:
        """Ask the payment provider what became of the payment, and record it."""
        payment = self._find(pk)
        if find_online(payment.provider) is None:
            raise NotFound
        return Continuation("payments.question", payment.pk)

    def concluded(self, continuation: Continuation, **kwargs: Any) -> Response:
        if continuation.kind == "payments.question":
            has_more = PaymentOperation.objects.filter(payment=continuation.id, state__in=IN_FLIGHT).exists()
            return self._outcome(continuation.id, is_decided=not has_more, status=200)
        operation = find_operation(continuation.id)
        operation.require_not_declined()
        status = 200 if self.action == "capture" else 201
        return self._outcome(operation.payment_id, is_decided=not operation.is_in_flight, status=status)

    def _outcome(self, pk: UUID, *, is_decided: bool, status: int) -> Response:
        if is_decided:
            return self.payment_answer(pk, status=status)
        return said(self.payment_answer(pk, status=202), OutcomeUnknown.message)

    def _find(self, pk: UUID) -> Payment:
        """The payment alone, for what it is asked to do."""
        return get_object_or_404(visible_payments(self.request.user), pk=pk)

    def _visible(self) -> QuerySet[Payment]:
        payments = visible_payments(self.request.user).prefetch_related("transactions")
        return (
            payments.prefetch_related("operations") if may(self.request.user, PaymentAction.VIEW_PAYMENT) else payments
        )

    def payment_answer(self, pk: UUID, **options: Any) -> Response:
        payment = get_object_or_404(self._visible(), pk=pk)
        return self.answer(PaymentDetailOutput, payment, version=payment_version(payment), **options)


class ProviderEventViewSet(ApiViewSet):
    """The address that a payment provider sends its news to. The provider's own signature opens it, no log-in."""

    permission_classes = (AllowAny,)
    authentication_classes = ()
    # The provider repeats what it got no answer to; asking what a payment is now is the same every time.
    keeps_answers = False
    queryset = Payment.objects.none()

    @extend_schema(
        summary="Receive a payment provider's event",
        request={"application/json": {"type": "object"}},
        responses={200: ProviderEventOutput},
    )
    def receive(self, request: Request, provider: str) -> Response:
        """News of a payment, signed as the provider signs it. The shop asks the provider what the payment is now."""
        online = find_online(provider)
        if online is None:
            raise NotFound
        try:
            event = online.parse_event(body=read_bytes(request), headers=request.headers)
        except InvalidEvent as error:
            raise InvalidProviderEvent from error
        known = event and Payment.objects.filter(provider=provider, provider_reference=event.reference).first()
        if event and known and not ask(known.pk, event_id=event.event_id).is_answered:
            # The provider sends its news again after a refusal.
            raise OutcomeUnknown
        return self.answer(ProviderEventOutput, {"is_known": bool(known)})
