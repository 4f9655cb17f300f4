"""The kinds of messages: each app declares its own in the module that its AppConfig names as `message_kinds`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import import_module

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from core.money import Money
from core.registry import souk_apps

PARTS = ("subject", "heading", "intro")


class Category(StrEnum):
    """Whether somebody's own doing causes a message, or the shop's wish to sell."""

    TRANSACTIONAL = "transactional"
    MARKETING = "marketing"


class Channel(StrEnum):
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Variable:
    """A value that a text may name, with one that stands for it in a preview."""

    label: str | Promise
    sample: str | Money


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageKind:
    """A kind of message.

    The default texts are translated and name variables as %(name)s; `intro` may be empty. Everything else of the
    message, such as lines and addresses, is its template's.
    """

    code: str
    label: str | Promise
    variables: Mapping[str, Variable] = field(default_factory=dict)
    subject: Callable[[], str]
    heading: Callable[[], str]
    intro: Callable[[], str] = str
    category: Category = Category.TRANSACTIONAL
    channel: Channel = Channel.EMAIL

    def default(self, part: str, language: str) -> str:
        """Return the default text of a part as staff writes it: variables in braces."""
        text: Callable[[], str] = getattr(self, part)
        with override(language):
            return text() % {name: f"{{{name}}}" for name in self.variables}


SHOP = Variable(_("name of the shop"), "Souk")


@cache
def all_message_kinds() -> dict[str, MessageKind]:
    """Return every kind by its code, in the order of the apps. Raises ValueError where two have one code."""
    found: dict[str, MessageKind] = {}
    for module in (app.message_kinds for app in souk_apps() if app.message_kinds):
        for kind in import_module(module).MESSAGE_KINDS:
            if kind.code in found:
                raise ValueError(f"the kind of message {kind.code} is declared twice")
            found[kind.code] = kind
    return found
