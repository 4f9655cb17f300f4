from datetime import timedelta

from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _

from core.registry import ALL, VIEW, WORK, Audited, BeatTask, MenuEntry, PersonalRows, RowLock, SoukAppConfig
from payments.actions import PaymentAction


class PaymentsConfig(SoukAppConfig):
    name = "payments"
    verbose_name = _("Payments")
    api_tags = {
        "payments": "Payments and refunds.",
    }
    api_routes = "payments.routes.ROUTES"
    actions = PaymentAction
    shop_settings = "payments.shop_settings.SETTINGS"
    error_codes = "payments.error_codes"
    task_kinds = "payments.staff_tasks"
    consumers = ("payments.consumers.RefundTasks", "payments.consumers.RunOperations")
    state_colours = ("payments.states.COLOURS",)
    integrity_checks = ("payments.integrity.PAYMENTS",)
    personal_data = PersonalRows("payments.personal_data.PaymentsOfPerson", locks=RowLock.PAYMENT)
    audited = {"payment": Audited("orders.order", "order_id")}
    unaudited = {
        "paymenttransaction": "only added to, so that it is its own record",
        "paymentoperation": "the state of what works by itself, which has a trail of its own",
        "paymentoperationstep": "only added to, so that it is its own record",
    }
    roles = {
        "orders": {"*": VIEW},
        "finance": {"*": WORK},
        "support": {"*": VIEW},
        "admin": {"*": ALL},
    }
    menu = (
        MenuEntry("orders", _("Payments"), "payments", "payments.payment"),
        MenuEntry("orders", _("Payment operations"), "sync_alt", "payments.paymentoperation"),
    )
    beat_tasks = {
        # What must be known within seconds is carried out by who asked for it; this is for what they left undone.
        "execute-payment-operations": BeatTask("payments.tasks.execute_due_operations", timedelta(minutes=1)),
        # News that a provider sent and nobody received.
        "reconcile-payments": BeatTask("payments.tasks.reconcile_payments", crontab(minute=20)),
    }
    continuations = {
        "payments.operation": "payments.operations.continue_operation",
        "payments.question": "payments.operations.continue_asking",
    }
