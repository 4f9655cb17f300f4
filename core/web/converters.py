"""What may stand in an address of the shop."""

from django.urls.converters import IntConverter, StringConverter


class TextConverter(StringConverter):
    """Any text that the database can be asked for: PostgreSQL takes no NUL character."""

    regex = r"[^/\x00]+"


class PageNumberConverter(IntConverter):
    """The number of a page, so small that the rows before it can be counted."""

    regex = r"[1-9][0-9]{0,8}"


class SecretConverter(TextConverter):
    """The key or token of a mailed link, which opens something: `core.text.redaction` hides it in logs."""
