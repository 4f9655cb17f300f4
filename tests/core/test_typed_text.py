"""What comes in as text: no field keeps what nobody sees, and none of one line has more."""

import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django import forms
from rest_framework import serializers

from core.errors import InvalidInput
from core.text.cleaning import clean_line, clean_lines, one_line
from core.text.fields import MultilineField

_APPS = (
    "accounts", "audit", "carts", "catalog", "checkout", "core", "etl", "inventory", "notifications", "orders",
    "payments", "pricing", "shipping",
)  # fmt: skip
CONTROLS = ["\n", "\r", "\t", "\0", "\x1b", "\x7f", "\u0085", "\u2028", "\u2029", "\ud800"]
INVISIBLE = [
    "\u00ad", "\u034f", "\u061c", "\u180e", "\u200b", "\u200e", "\u200f", "\u202a", "\u202e", "\u2060", "\u2066",
    "\u2069", "\u206a", "\u3164", "\ufeff", "\uffa0", "\ufff9", "\U000e0001", "\U000e0041", "\U000e01ef",
]  # fmt: skip


@pytest.mark.parametrize("control", CONTROLS, ids=ascii)
def test_a_line_has_no_control_character_within(control: str) -> None:
    with pytest.raises(InvalidInput):
        clean_line(f"Amina{control}Visit us")


@pytest.mark.parametrize("sign", INVISIBLE, ids=ascii)
def test_nothing_invisible_is_kept(sign: str) -> None:
    assert clean_line(f"{sign}Am{sign}ina{sign}") == "Amina"
    assert clean_line(sign * 3) == ""


@pytest.mark.parametrize("blank", ["\u00a0", "\u2003", "\u3000", "\u2800", " \t\r\n", "\u0301"], ids=ascii)
def test_a_name_of_blanks_alone_is_empty(blank: str) -> None:
    assert clean_line(blank) == clean_lines(blank) == ""
    assert clean_line(f"{blank}Amina{'' if blank == chr(0x301) else blank}").endswith("Amina")


@pytest.mark.parametrize("name", ["می‌خواهم", "क्‍ष", "👩‍🌾 Farm", "❤️", "Zoë O’Neil-Müller", "عمر بن أحمد"])
def test_what_words_and_emoji_need_stays(name: str) -> None:
    assert clean_line(name) == name


@pytest.mark.parametrize("text", ["SKU\u200c1", "a\u200d", "\u200cع", "é\u200d\u200de"])
def test_a_joiner_that_joins_nothing_goes(text: str) -> None:
    assert clean_line(text) == text.replace("\u200c", "").replace("\u200d", "")


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n", "\u0085", "\u2028", "\u2029", "\v", "\f"], ids=ascii)
def test_lines_keep_their_breaks(end: str) -> None:
    assert clean_lines(f"One{end}\tTwo{end}") == "One\n\tTwo"


@pytest.mark.parametrize("control", ["\0", "\x1b", "\x08", "\ud800"], ids=ascii)
def test_lines_have_no_other_control_characters(control: str) -> None:
    with pytest.raises(InvalidInput):
        clean_lines(f"One{control}Two")


def test_any_value_becomes_one_line() -> None:
    assert one_line("Amina\r\nVisit\u2028us\tnow") == "Amina Visit us now"


# --- Every field of the project ---------------------------------------------------------------------


def _classes(base: type) -> Iterator[type]:
    seen = set()
    for app in _APPS:
        package = import_module(app)
        for module in pkgutil.walk_packages(package.__path__, f"{app}."):
            if {"migrations", "management", "urls"} & set(module.name.split(".")):
                continue
            for _name, one in inspect.getmembers(import_module(module.name), inspect.isclass):
                if issubclass(one, base) and one.__module__.split(".")[0] in _APPS and one not in seen:
                    seen.add(one)
                    yield one


def _form_fields() -> Iterator[Any]:
    for form in _classes(forms.BaseForm):
        for name, field in getattr(form, "base_fields", {}).items():
            if isinstance(field, forms.CharField) and field.strip and type(field).to_python is not _own_reading(field):
                yield pytest.param(field, id=f"{form.__module__}.{form.__name__}.{name}")


def _own_reading(field: forms.CharField) -> Any:
    # JSON, lists and the like read a text in their own way, and keep no text.
    return type(field).to_python if isinstance(field, forms.JSONField) else None


def _serializer_fields() -> Iterator[Any]:
    for serializer in _classes(serializers.Serializer):
        if serializer.__name__.endswith("Output"):
            continue
        for name, field in _leaves(serializer().fields):
            if field.trim_whitespace:
                yield pytest.param(field, id=f"{serializer.__module__}.{serializer.__name__}.{name}")


def _leaves(fields: Any) -> Iterator[tuple[str, serializers.CharField]]:
    for name, declared in fields.items():
        field = declared
        while isinstance(field, serializers.ListField | serializers.ListSerializer):
            field = field.child
        if isinstance(field, serializers.BaseSerializer):
            yield from _leaves(field.fields)
        elif isinstance(field, serializers.CharField) and not field.read_only:
            yield name, field


_REFUSALS = (forms.ValidationError, serializers.ValidationError)


@pytest.mark.parametrize("field", [*_form_fields(), *_serializer_fields()])
@pytest.mark.parametrize("control", ["\0", "\u2028", "\n", "\x1b"], ids=ascii)
def test_every_field_for_text_refuses_what_a_line_must_not_have(field: Any, control: str) -> None:
    many = isinstance(field, MultilineField) or isinstance(getattr(field, "widget", None), forms.Textarea)
    if many and control in "\u2028\n":
        pytest.skip("it has several lines")
    run = field.clean if isinstance(field, forms.Field) else field.run_validation
    with pytest.raises(_REFUSALS) as refusal:
        run(f"ab{control}cd")
    codes = [getattr(refusal.value, "code", None), getattr(refusal.value, "get_codes", list)()]
    assert "control_characters" in str(codes)


@pytest.mark.parametrize("field", [*_form_fields(), *_serializer_fields()])
def test_every_field_for_text_takes_invisible_characters_for_nothing(field: Any) -> None:
    is_form = isinstance(field, forms.Field)
    run = field.clean if is_form else field.run_validation
    if field.required and (is_form or not field.allow_blank):
        with pytest.raises(_REFUSALS) as refusal:
            run("\u200b\u00a0\u2066")
        codes = [getattr(refusal.value, "code", None), getattr(refusal.value, "get_codes", list)()]
        assert "required" in str(codes) or "blank" in str(codes)
    elif is_form or field.allow_blank:
        assert not run("\u200b\u00a0\u2066")


def test_both_frameworks_still_have_what_core_typed_text_reads() -> None:
    assert list(inspect.signature(forms.CharField.to_python).parameters) == ["self", "value"]
    assert list(inspect.signature(serializers.CharField.run_validation).parameters) == ["self", "data"]
