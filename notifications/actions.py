"""What staff does with mails, with the permissions that each action needs (core.actions)."""

from core.actions import Action


class NotificationAction(Action):
    """What staff does with mails."""

    VIEW_MESSAGE = "See sent mails", "notifications.view_message"
    VIEW_MESSAGE_TEXT = "See the texts of messages", "notifications.view_messagetext"
    CHANGE_MESSAGE_TEXT = "Change the texts of messages", "notifications.change_messagetext"
    RESEND_MESSAGE = "Send a mail again", "notifications.change_message"
