"""Every string is spoken in French and Arabic, with the values it names."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.conf import settings

SOURCES = sorted(path for folder in settings.LOCALE_PATHS for path in Path(folder).glob("*/LC_MESSAGES/*.po"))
_VALUE = re.compile(r"%\(\w+\)[sd]")


def forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.parts[-3])
def test_no_string_is_left_untranslated(source: Path) -> None:
    with source.open("rb") as file:
        missing = [message.id for message in read_po(file) if message.id and not all(forms(message.string))]
    assert missing == []


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.parts[-3])
def test_a_translation_names_no_value_that_its_source_does_not_have(source: Path) -> None:
    with source.open("rb") as file:
        for message in read_po(file):
            known = {value for text in forms(message.id) for value in _VALUE.findall(text)}
            for text in forms(message.string):
                assert set(_VALUE.findall(text)) <= known, message.id
                if len(forms(message.id)) == 1 and message.id:
                    assert set(_VALUE.findall(text)) == known, message.id
