"""What is wrong with each input of a request, in one shape: its path, a code and a sentence.

A path is the field's name; inside of an object or a list it goes on with a point: `shipping_address.city`,
`items.0.quantity`. A fault of the body as a whole stands under `body`, one of a header under the header's name.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from rest_framework.settings import api_settings

from core.error_codes import all_error_codes
from core.errors import FieldFault

BODY = "body"
# No field's name is longer; what a caller makes up may be.
_LONGEST_PATH = 200

# A fault's code where a validator of somebody else's brings one that the API's document does not tell of.
_UNKNOWN = "invalid"


def faults_of(detail: Any) -> dict[str, FieldFault]:
    """Return the faults that a ValidationError's detail tells of, by path; several of one field become one."""
    return {path: _fault(reasons) for path, reasons in reasons_of(detail).items()}


def reasons_of(detail: Any) -> dict[str, list[Any]]:
    """Return the reasons that a ValidationError's detail gives, by path."""
    reasons: dict[str, list[Any]] = {}
    for path, reason in _leaves(detail, ""):
        reasons.setdefault(path[:_LONGEST_PATH] or BODY, []).append(reason)
    return reasons


def join(path: str, name: Any) -> str:
    """The path of what is called `name`, or has this place, inside of the path."""
    return f"{path}.{name}" if path else str(name)


def _leaves(detail: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _leaves(inner, path if name == api_settings.NON_FIELD_ERRORS_KEY else join(path, name))
    elif isinstance(detail, list | tuple):
        for place, inner in enumerate(detail):
            # A list of reasons says nothing of places; one of objects has a part for each place.
            yield from _leaves(inner, path if isinstance(inner, str) else join(path, place))
    else:
        yield path, detail


def _fault(reasons: list[Any]) -> FieldFault:
    code = str(getattr(reasons[0], "code", None) or _UNKNOWN)
    return FieldFault(code if code in all_error_codes() else _UNKNOWN, " ".join(map(str, reasons)))
