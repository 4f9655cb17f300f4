"""What a setting of the shop is: a name, a type with its bounds, a default, and words for staff in three languages.

Importable before the models are, so that apps declare settings and the system checks look at their defaults.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar, Generic, TypeVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.errors import InvalidInput
from core.money import Money
from core.shop_settings.values import cache
from core.text.cleaning import clean_line, clean_lines

Value = TypeVar("Value")
_UNSET = object()
# What the column of a mail's address holds (RFC 3696, erratum 1690).
_MOST_OF_AN_EMAIL = 254


@dataclass(frozen=True, slots=True)
class SettingGroup:
    """A heading under which settings stand together; lowest position first."""

    key: str
    title: Any
    position: int


@dataclass(frozen=True, kw_only=True)
class Setting(ABC, Generic[Value]):
    """A setting. `default` is asked each time, so that it follows the environment's own setting."""

    name: str
    group: SettingGroup
    label: Any
    default: Callable[[], Value]
    help: Any = ""

    kind: ClassVar[str]

    @property
    def value(self) -> Value:
        """The value that staff has set, or else the default; from the process's cache (core.shop_settings.values)."""
        found = cache.get(self.name, _UNSET)
        return self.default() if found is _UNSET else found

    @abstractmethod
    def clean(self, value: Any) -> Value:
        """Return the value as it is kept. Raises InvalidInput with the reason for one that the setting cannot have."""

    def dump(self, value: Value) -> Any:
        """Return the value in plain JSON types."""
        return value

    def load(self, stored: Any) -> Value:
        """Return the value of what `dump` gave. Raises InvalidInput for what it cannot have given."""
        return self.clean(stored)

    def parse(self, text: str) -> Value:
        """Return the value that a person typed at a command. Raises InvalidInput."""
        return self.clean(text)

    def accepts(self, value: Any) -> bool:
        """Whether the setting may have this value."""
        try:
            self.clean(value)
        except InvalidInput:
            return False
        return True

    def refusal(self, message: Any, code: str = "invalid_input") -> InvalidInput:
        """Return a refusal of this setting's value."""
        return InvalidInput(message, code=code, field=self.name)


@dataclass(frozen=True, kw_only=True)
class TextSetting(Setting[str]):
    """A text of one line, or of several with `lines`."""

    max_length: int = 200
    required: bool = False
    lines: bool = False

    kind = "text"

    def clean(self, value: Any) -> str:
        if not isinstance(value, str):
            raise self.refusal(_("Write a text."))
        try:
            text = clean_lines(value) if self.lines else clean_line(value)
        except InvalidInput as error:
            raise self.refusal(error.message, error.code) from error
        if self.required and not text:
            raise self.refusal(_("This field is required."), "required")
        if len(text) > self.max_length:
            raise self.refusal(_("Write no more than %(count)s characters.") % {"count": self.max_length}, "max_length")
        return text


@dataclass(frozen=True, kw_only=True)
class TranslatedTextSetting(Setting[Mapping[str, str]]):
    """A text of one line in each language of the shop, by its code; one that is empty is shown in another language."""

    max_length: int = 200
    required: bool = False

    kind = "translated_text"

    @property
    def text(self) -> str:
        """The text in the active language, or else in the first that has it."""
        # A variant such as "fr-ca" is the language that it is of.
        return self.text_in((get_language() or settings.LANGUAGE_CODE).partition("-")[0])

    def text_in(self, language: str) -> str:
        """Return the text in a language, or else in the first that has it."""
        texts = self.value
        return texts.get(language) or next((texts[code] for code, _name in settings.LANGUAGES if texts.get(code)), "")

    def clean(self, value: Any) -> Mapping[str, str]:
        known = [code for code, _name in settings.LANGUAGES]
        if not isinstance(value, Mapping) or not set(value) <= set(known):
            message = _("Give the text by language: %(languages)s.") % {"languages": ", ".join(known)}
            raise self.refusal(message)
        one = TextSetting(name=self.name, group=self.group, label=self.label, default=str, max_length=self.max_length)
        texts = {code: one.clean(value.get(code) or "") for code in known}
        if self.required and not any(texts.values()):
            raise self.refusal(_("This field is required."), "required")
        return texts

    def dump(self, value: Mapping[str, str]) -> Any:
        return {code: text for code, text in value.items() if text}

    def parse(self, text: str) -> Mapping[str, str]:
        """Read "en=Shop;fr=Boutique", or one text for all languages."""
        known = {code for code, _name in settings.LANGUAGES}
        pairs = [part.partition("=") for part in text.split(";")]
        if all(code.strip() in known and equals for code, equals, _text in pairs):
            return self.clean({code.strip(): words for code, _equals, words in pairs})
        return self.clean(dict.fromkeys(known, text))


@dataclass(frozen=True, kw_only=True)
class EmailSetting(TextSetting):
    """An e-mail address."""

    max_length: int = 254

    kind = "email"

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if text:
            _require_email(self, text)
        return text


@dataclass(frozen=True, kw_only=True)
class EmailsSetting(Setting[list[str]]):
    """Some e-mail addresses, each once, in their order."""

    most: int = 20

    kind = "emails"

    def clean(self, value: Any) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.refusal(_("Give a list of e-mail addresses."))
        addresses = list(dict.fromkeys(one.strip() for one in value if one.strip()))
        for one in addresses:
            _require_email(self, one)
        if len(addresses) > self.most:
            raise self.refusal(_("Give no more than %(count)s addresses.") % {"count": self.most}, "max_length")
        return addresses

    def parse(self, text: str) -> list[str]:
        """Read addresses with commas or line ends between them."""
        return self.clean(text.replace("\n", ",").split(","))


@dataclass(frozen=True, kw_only=True)
class IntegerSetting(Setting[int]):
    """A whole number between two bounds."""

    minimum: int
    maximum: int

    kind = "integer"

    def clean(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.refusal(_("Write a whole number."))
        if not self.minimum <= value <= self.maximum:
            message = _("Write a whole number from %(minimum)s to %(maximum)s.")
            raise self.refusal(message % {"minimum": self.minimum, "maximum": self.maximum}, "out_of_range")
        return value

    def parse(self, text: str) -> int:
        digits = text.strip()
        return self.clean(int(digits) if digits.isascii() and digits.removeprefix("-").isdigit() else text)


@dataclass(frozen=True, kw_only=True)
class BooleanSetting(Setting[bool]):
    """Yes or no."""

    kind = "boolean"

    def clean(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise self.refusal(_("Choose yes or no."))
        return value

    def parse(self, text: str) -> bool:
        return self.clean({"true": True, "yes": True, "false": False, "no": False}.get(text.strip().lower(), text))


@dataclass(frozen=True, kw_only=True)
class ChoiceSetting(Setting[str]):
    """One of some words, each with its name for people."""

    choices: tuple[tuple[str, Any], ...]

    kind = "choice"

    def clean(self, value: Any) -> str:
        words = [word for word, _label in self.choices]
        if not isinstance(value, str) or value not in words:
            raise self.refusal(_("Choose one of these: %(choices)s.") % {"choices": ", ".join(words)}, "invalid_choice")
        return value


@dataclass(frozen=True, kw_only=True)
class MoneySetting(Setting[Money | None]):
    """An amount in the shop's currency, or none."""

    kind = "money"

    def clean(self, value: Any) -> Money | None:
        if value is None:
            return None
        if not isinstance(value, Money):
            raise self.refusal(_("Write an amount."))
        if value.currency != settings.SHOP_CURRENCY:
            message = _("Write the amount in %(currency)s, the currency of the shop.")
            raise self.refusal(message % {"currency": settings.SHOP_CURRENCY}, "wrong_currency")
        if value.minor < 0:
            raise self.refusal(_("An amount below zero cannot be used here."), "out_of_range")
        return value

    def dump(self, value: Money | None) -> Any:
        return value and value.as_dict()

    def load(self, stored: Any) -> Money | None:
        if stored is None:
            return None
        if not isinstance(stored, dict) or not all(
            isinstance(stored.get(part), str) for part in ("amount", "currency")
        ):
            raise self.refusal(_("Write an amount."))
        return self.clean(Money.parse(stored["amount"], stored["currency"]))

    def parse(self, text: str) -> Money | None:
        amount, _space, currency = text.strip().partition(" ")
        return self.clean(Money.parse(amount, currency or settings.SHOP_CURRENCY) if amount else None)


@dataclass(frozen=True, kw_only=True)
class IbanSetting(TextSetting):
    """An IBAN (ISO 13616) with its check digits and its country's form, kept in groups of four."""

    max_length: int = 42

    kind = "iban"

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            return str(_schwifty().IBAN(text).formatted)
        except ValueError as error:
            message = _(
                "This is not a valid IBAN. Please check its digits, for example FR76 3000 6000 0112 3456 7890 189."
            )
            raise self.refusal(message, "invalid_iban") from error


@dataclass(frozen=True, kw_only=True)
class BicSetting(TextSetting):
    """A BIC (ISO 9362), the code of a bank of 8 or 11 characters."""

    max_length: int = 11

    kind = "bic"

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            return str(_schwifty().BIC(text.upper()))
        except ValueError as error:
            message = _("This is not a valid BIC. It has 8 or 11 letters and digits, for example AGRIFRPP882.")
            raise self.refusal(message, "invalid_bic") from error


def _schwifty() -> Any:
    # Its lists of banks take a fifth of a second to import, which a process without a bank account can spare.
    return import_module("schwifty")


def _require_email(setting: Setting[Any], text: str) -> None:
    try:
        validate_email(text)
    except ValidationError as error:
        raise setting.refusal(error.messages[0], "invalid_email") from error
    if len(text) > _MOST_OF_AN_EMAIL:
        message = _("Give an address of no more than %(count)s characters.") % {"count": _MOST_OF_AN_EMAIL}
        raise setting.refusal(message, "invalid_email")
