"""What the domain refuses, said once: the API's envelope and the page's message are made from this."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class FieldFault:
    """What is wrong with one input: a stable code for machines, a translated sentence for people."""

    code: str
    message: str

    def as_dict(self) -> dict[str, str]:
        return {"code": self.code, "message": self.message}


class DomainError(Exception):
    """A refusal that the caller can act on.

    `code` is stable and for machines, `message` is translated and for people, `details` names what is
    wrong in plain JSON types, `field` names the input at fault if there is one, and `status` is the
    HTTP status the API answers with. `paths` names the inputs as the API's callers know them, such as
    `items.0.sku`, where that is another name than `field`. `retry_after` says after how many seconds it is
    worth trying again.
    """

    code = "invalid"
    message: Any = _("This cannot be done.")
    status = 409
    retry_after: int | None = None

    def __init__(
        self,
        message: Any = None,
        *,
        code: str | None = None,
        field: str | None = None,
        paths: Sequence[str] | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        self.message = message or self.message
        self.code = code or self.code
        self.field = field
        self.paths = paths if paths is not None else [field] if field else []
        self.details = details or {}
        super().__init__(self.message)

    def __str__(self) -> str:
        return str(self.message)

    def field_faults(self) -> dict[str, FieldFault]:
        """Return what is wrong with each input, by its path."""
        return {path: FieldFault(self.code, str(self.message)) for path in self.paths}


class InvalidInput(DomainError):
    """A value that cannot be used; `field` says which."""

    code = "invalid_input"
    message = _("Please correct the value.")
    status = 422


class NotFound(DomainError):
    """What was asked for is not there, or not for this caller."""

    code = "not_found"
    message = _("Not found.")
    status = 404


class InvalidTransition(DomainError):
    """A state that does not lead to the one asked for."""

    code = "invalid_transition"
    message = _("This step is not possible in the current state.")
