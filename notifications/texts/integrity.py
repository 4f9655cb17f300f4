"""What holds of the texts of messages."""

from core.integrity import Check
from notifications.texts.kinds import all_message_kinds


def _of_unknown_messages() -> str:
    known = ", ".join(f"'{code}'" for code in all_message_kinds())
    return f"""
        SELECT id, code || ' ' || language AS subject, 'a message that an app declares' AS expected, code AS actual
          FROM notifications_messagetext WHERE code NOT IN ({known})
    """  # noqa: S608  composed of constants


TEXTS = (
    Check(
        code="notifications.texts",
        title="Staff's texts are of messages that an app declares.",
        query=_of_unknown_messages,
    ),
)
