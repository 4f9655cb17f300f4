"""What payments have staff do."""

from collections.abc import Collection, Iterator

from django.utils.translation import gettext_lazy as _

from desk.kinds import HIGH, Cause, TaskKind, amount_of
from orders.models import TO_REFUND, Order
from payments.actions import PaymentAction

REFUND_DUE = "payments.refund_due"


def _refunds(object_ids: Collection[str] | None) -> Iterator[Cause]:
    orders = Order.objects.filter(TO_REFUND)
    if object_ids is not None:
        orders = orders.filter(pk__in=object_ids)
    for order in orders.order_by("placed_at", "id").iterator():
        yield Cause(object_id=str(order.pk), params={"number": order.number, "amount": amount_of(order.to_refund)})


TASK_KINDS = (
    TaskKind(
        code=REFUND_DUE,
        label=_("Refund due"),
        title=_("Refund %(amount)s of order %(number)s"),
        action=PaymentAction.REFUND_PAYMENT,
        object_type="orders.order",
        priority=HIGH,
        causes=_refunds,
    ),
)
