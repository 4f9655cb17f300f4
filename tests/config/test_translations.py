"""Every sentence of the shop has its translations, and the compiled ones, kept for a start without gettext, follow."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.apps import apps
from django.conf import settings

SOURCES = sorted(path for folder in settings.LOCALE_PATHS for path in Path(folder).glob("*/LC_MESSAGES/*.po"))


def forms(text: str | Sequence[str]) -> tuple[str, ...]:
    """Singular and plurals of a message; babel gives text, tuples and lists."""
    return (text,) if isinstance(text, str) else tuple(text)


def translations(catalog: Catalog) -> dict[object, object]:
    """What a reader gets to see: neither what is left to translate nor what a translator doubts."""
    return {
        (message.context.decode() if isinstance(message.context, bytes) else message.context, forms(message.id)): forms(
            message.string
        )
        for message in catalog
        if message.id and not message.fuzzy and all(forms(message.string))
    }


_CALLS = {
    "_": None,
    "_now": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}
_TAG = re.compile(r'{%\s*translate\s+"((?:[^"\\]|\\.)*)"')
_OWN = [Path(app.path) for app in apps.get_app_configs() if Path(app.path).parent == settings.BASE_DIR]


def sentences() -> dict[str, Path]:
    """The English sentences that modules and templates have translated, each with a file that has it."""
    found: dict[str, Path] = {}
    for module in (module for app in _OWN for module in app.rglob("*.py") if "migrations" not in module.parts):
        for _line, message, _comments, _context in extract_from_file("python", module, keywords=_CALLS):
            found |= dict.fromkeys(forms(message)[:1], module)
    for template in Path(settings.BASE_DIR, "templates").rglob("*.*"):
        found |= dict.fromkeys(_TAG.findall(template.read_text()), template)
    return found


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_every_sentence_is_translated(language: str) -> None:
    known = {forms(message.id)[0] for source in SOURCES if language in source.parts for message in read(source)}

    missing = {text: str(where) for text, where in sentences().items() if text not in known}
    assert missing == {}


def read(source: Path) -> list[Message]:
    """The messages of a file that have a translation."""
    with source.open("rb") as po:
        return [message for message in read_po(po) if message.id and all(forms(message.string)) and not message.fuzzy]


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_the_compiled_messages_are_those_of_their_source(source: Path) -> None:
    with source.open("rb") as po, source.with_suffix(".mo").open("rb") as mo:
        expected, compiled = translations(read_po(po)), translations(read_mo(mo))
    assert compiled == expected, "run: python manage.py compilemessages"
