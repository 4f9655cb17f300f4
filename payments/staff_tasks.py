"""What payments have staff do."""

from collections.abc import Collection, Iterator

from django.utils.translation import gettext_lazy as _

from desk.kinds import HIGH, Cause, TaskKind, amount_of
from orders.models import TO_REFUND, Order
from payments.actions import PaymentAction
from payments.models import PaymentOperation
from payments.states import IN_FLIGHT

REFUND_DUE = "payments.refund_due"
UNDECIDED = "payments.undecided"
# The first attempts are a matter of minutes.
_ATTEMPTS_BEFORE_STAFF = 3


def _refunds(object_ids: Collection[str] | None) -> Iterator[Cause]:
    orders = Order.objects.filter(TO_REFUND)
    if object_ids is not None:
        orders = orders.filter(pk__in=object_ids)
    for order in orders.order_by("placed_at", "id").iterator():
        yield Cause(object_id=str(order.pk), params={"number": order.number, "amount": amount_of(order.to_refund)})


def _undecided(object_ids: Collection[str] | None) -> Iterator[Cause]:
    operations = PaymentOperation.objects.filter(state__in=IN_FLIGHT, attempts__gte=_ATTEMPTS_BEFORE_STAFF)
    if object_ids is not None:
        operations = operations.filter(pk__in=object_ids)
    for one in operations.select_related("payment__order").order_by("pk").iterator():
        yield Cause(object_id=str(one.pk), params={"number": one.payment.order.number, "amount": amount_of(one.amount)})


TASK_KINDS = (
    TaskKind(
        code=UNDECIDED,
        label=_("Payment undecided"),
        title=_("Settle %(amount)s of order %(number)s with the payment provider"),
        action=PaymentAction.EXECUTE_OPERATION,
        object_type="payments.paymentoperation",
        priority=HIGH,
        causes=_undecided,
    ),
    TaskKind(
        code=REFUND_DUE,
        label=_("Refund due"),
        title=_("Refund %(amount)s of order %(number)s"),
        action=PaymentAction.REFUND_PAYMENT,
        object_type="orders.order",
        priority=HIGH,
        causes=_refunds,
        # Another amount is another refund.
        reopens=True,
    ),
)
