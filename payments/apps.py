from django.utils.translation import gettext_lazy as _

from core.registry import ALL, VIEW, WORK, Audited, MenuEntry, PersonalRows, RowLock, SoukAppConfig
from payments.actions import PaymentAction


class PaymentsConfig(SoukAppConfig):
    name = "payments"
    verbose_name = _("Payments")
    actions = PaymentAction
    error_codes = "payments.error_codes"
    task_kinds = "payments.staff_tasks"
    consumers = ("payments.consumers.RefundTasks",)
    integrity_checks = ("payments.integrity.PAYMENTS",)
    personal_data = PersonalRows("payments.personal_data.PaymentsOfPerson", locks=RowLock.PAYMENT)
    audited = {"payment": Audited("orders.order", "order_id")}
    unaudited = {"paymenttransaction": "only added to, so that it is its own record"}
    roles = {
        "orders": {"*": VIEW},
        "finance": {"*": WORK},
        "support": {"*": VIEW},
        "admin": {"*": ALL},
    }
    menu = (MenuEntry("orders", _("Payments"), "payments", "payments.payment"),)
