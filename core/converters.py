"""What may stand in an address of the shop."""

from django.urls.converters import StringConverter


class TextConverter(StringConverter):
    """Any text that the database can be asked for: PostgreSQL takes no NUL character."""

    regex = r"[^/\x00]+"
