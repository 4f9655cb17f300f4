"""The query of an address: only names that it knows, each once, none without a value."""

from collections.abc import Collection, Sequence

from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from core.api.shape import unknown_name

_MOST_TOLD = 20
_MOST_DIGITS = 9


def require_known(request: Request, known: Collection[str], *, may_be_empty: Collection[str] = ()) -> None:
    """Raise ValidationError naming every parameter that is not known, that comes twice or that is empty."""
    faults: dict[str, list[ErrorDetail]] = {}
    for name, values in list(request.query_params.lists())[:_MOST_TOLD]:
        if name not in known:
            faults[name] = unknown_name(name, known, code="unknown_parameter")
        elif len(values) > 1:
            faults[name] = [ErrorDetail(_("Give this once."), "repeated_parameter")]
        elif not values[0].strip() and name not in may_be_empty:
            faults[name] = [ErrorDetail(_("Give a value, or leave this out."), "blank")]
    if faults:
        raise ValidationError(faults)


def whole_number(request: Request, name: str, *, most: int) -> int | None:
    """A parameter as a number from 1 on, None without it. Raises ValidationError for anything else."""
    text = request.query_params.get(name)
    if text is None:
        return None
    is_number = text.isascii() and text.removeprefix("-").isdigit()
    number = int(text[: _MOST_DIGITS + 1]) if is_number else 0
    if is_number and 1 <= number <= most:
        return number
    code = "invalid" if not is_number else "min_value" if number < 1 else "max_value"
    message = _("Give a whole number from 1 to %(most)d.") % {"most": most}
    raise ValidationError({name: [ErrorDetail(message, code)]})


def one_of(request: Request, name: str, choices: Sequence[str]) -> str | None:
    """A parameter that has one of these values, None without it. Raises ValidationError for another value."""
    text = request.query_params.get(name)
    if text is None or text in choices:
        return text
    message = _("Give one of: %(choices)s.") % {"choices": ", ".join(choices)}
    raise ValidationError({name: [ErrorDetail(message, "invalid_choice")]})
