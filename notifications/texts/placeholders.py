"""Variables in texts of staff: `{number}` and nothing else. No attribute, index, format or code is ever evaluated."""

from collections.abc import Collection, Mapping
from string import Formatter

from django.utils.translation import gettext_lazy as _

from core.errors import InvalidInput
from core.text.cleaning import one_line


def check_placeholders(text: str, *, known: Collection[str], field: str) -> None:
    """Raise InvalidInput, naming the variable at fault, unless a text names known variables only."""
    for name in names_in(text, field=field):
        if name not in known:
            listed = ", ".join(f"{{{one}}}" for one in known)
            message = _("{%(name)s} is no variable of this message. Use these: %(known)s.")
            details = {"variable": name, "known": list(known)}
            raise InvalidInput(
                message % {"name": name, "known": listed}, code="unknown_variable", field=field, details=details
            )


def names_in(text: str, *, field: str) -> list[str]:
    """Return the names in braces. Raises InvalidInput for braces that are no variable."""
    try:
        parsed = list(Formatter().parse(text))
    except ValueError as error:
        message = _("Close each brace: write {number}, or {{ and }} for a brace itself.")
        raise InvalidInput(message, code="broken_placeholder", field=field) from error
    names = []
    for _literal, name, specification, conversion in parsed:
        if name is None:
            continue
        if specification or conversion or not name.isidentifier():
            message = _("“%(name)s” is no variable: only its name stands between the braces.")
            raise InvalidInput(
                message % {"name": name[:60] or "{}"},
                code="broken_placeholder",
                field=field,
                details={"variable": name[:60]},
            )
        names.append(name)
    return names


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return the text with the values in place, each in one line. Raises InvalidInput for a text that cannot be."""
    check_placeholders(text, known=values.keys(), field="text")
    parts = []
    for literal, name, _specification, _conversion in Formatter().parse(text):
        parts.append(literal)
        if name is not None:
            parts.append(one_line(values[name]))
    return "".join(parts)
