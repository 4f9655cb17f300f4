"""The API's error codes: one table, from which the OpenAPI document and docs/errors.md are made.

Each app lists its own in `error_codes.py`, named by its AppConfig's `error_codes`; `core` collects them.
"""

from dataclasses import dataclass
from functools import cache
from importlib import import_module

from core.registry import souk_apps


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """A code, the statuses it comes with, what it means and what its reader can do.

    Without a status it is the code of a field, in answers of 400 and 422 or in the row of a bulk call.
    """

    code: str
    statuses: tuple[int, ...]
    meaning: str
    remedy: str


@cache
def all_error_codes() -> dict[str, ErrorCode]:
    """Every code that an answer may have, sorted. Raises ValueError where two apps list one."""
    found: dict[str, ErrorCode] = {}
    for module in (app.error_codes for app in souk_apps() if app.error_codes):
        for listed in import_module(module).ERROR_CODES:
            if listed.code in found:
                raise ValueError(f"the error code {listed.code} is listed twice")
            found[listed.code] = listed
    return dict(sorted(found.items()))


_HEAD = """\
# Error codes

Made by `python manage.py error_codes`; a test holds it against the code. [api.md](api.md#errors) tells the shape of an
error. A code is stable; new ones may be added, so treat one that you do not know by its HTTP status.

## Codes of answers

These stand in `error_code`. Where one field is at fault, its entry in `details.fields` has the same code.

| code | status | meaning | what to do |
|---|---|---|---|
"""
_FIELDS_HEAD = """
## Codes of fields

These stand in `details.fields.<path>.code`, mostly in answers of 400 `validation_error`, and as `code` in the rows of
`POST bulk/products`.

| code | meaning | what to do |
|---|---|---|
"""


def as_markdown() -> str:
    """The page of all codes for readers."""
    codes = all_error_codes().values()
    answers = (
        f"| `{one.code}` | {', '.join(map(str, one.statuses))} | {one.meaning} | {one.remedy} |"
        for one in codes
        if one.statuses
    )
    fields = (f"| `{one.code}` | {one.meaning} | {one.remedy} |" for one in codes if not one.statuses)
    return _HEAD + "\n".join(answers) + "\n" + _FIELDS_HEAD + "\n".join(fields) + "\n"
