"""What staff does with payments, with the permissions that each action needs (core.actions)."""

from core.actions import Action


class PaymentAction(Action):
    """What staff does with payments."""

    VIEW_PAYMENT = "See all payments", "payments.view_payment"
    CAPTURE_PAYMENT = "Record a captured payment", "payments.change_payment"
    REFUND_PAYMENT = "Record a refund", "payments.change_payment"
