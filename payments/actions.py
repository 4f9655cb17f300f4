"""What staff does with payments, with the permissions that each action needs (core.actions)."""

from core.actions import Action


class PaymentAction(Action):
    """What staff does with payments."""

    VIEW_PAYMENT = "See all payments", "payments.view_payment"
    CAPTURE_PAYMENT = "Capture a payment", "payments.change_payment"
    REFUND_PAYMENT = "Refund a payment", "payments.change_payment"
    SPLIT_PAYMENT = "Ask for a part of a payment by another provider", "payments.change_payment"
    VIEW_OPERATION = "See what payment providers were asked to do", "payments.view_paymentoperation"
    EXECUTE_OPERATION = "Try a payment operation again, ask the provider", "payments.change_paymentoperation"
