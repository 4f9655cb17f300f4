"""The compiled translations are kept in the repository, so that a start needs no gettext; they follow their sources."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
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


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_the_compiled_messages_are_those_of_their_source(source: Path) -> None:
    with source.open("rb") as po, source.with_suffix(".mo").open("rb") as mo:
        expected, compiled = translations(read_po(po)), translations(read_mo(mo))
    assert compiled == expected, "run: python manage.py compilemessages"
