"""Payments and the ledger of what money moved."""

from payments.admin.operations import PaymentOperationAdmin
from payments.admin.payments import PaymentAdmin, PaymentTransactionAdmin

__all__ = ["PaymentAdmin", "PaymentOperationAdmin", "PaymentTransactionAdmin"]
