"""The word lists from which names, descriptions, people and addresses are put together."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.text import slugify

from core.text.cleaning import search_words

Triple = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Thing:
    """A kind of product in three languages; ``like`` is the demo product whose category, tax and pictures it shares."""

    name: Triple
    like: str
    material: str


@dataclass(frozen=True, slots=True)
class Town:
    """Where people live; ``phone`` is how its numbers begin."""

    country: str
    language: str
    city: str
    postal_code: str
    region: str
    phone: str


@dataclass(frozen=True, slots=True)
class WordLists:
    things: tuple[Thing, ...]
    collections: tuple[Triple, ...]
    places: tuple[Triple, ...]
    materials: dict[str, tuple[Triple, ...]]
    descriptions: tuple[Triple, ...]
    brands: tuple[str, ...]
    first_names: tuple[tuple[str, str], ...]
    last_names: tuple[tuple[str, str], ...]
    streets: dict[str, tuple[str, ...]]
    towns: tuple[Town, ...]


@cache
def word_lists() -> WordLists:
    """The lists, read once."""
    raw = json.loads((Path(__file__).parent / "words.json").read_text(encoding="utf-8"))
    return WordLists(
        things=tuple(Thing((en, fr, ar), like, material) for en, fr, ar, like, material in raw["things"]),
        collections=tuple((latin, latin, arabic) for latin, arabic in raw["collections"]),
        places=tuple(map(_triple, raw["places"])),
        materials={name: tuple(map(_triple, several)) for name, several in raw["materials"].items()},
        descriptions=tuple(map(_triple, raw["descriptions"])),
        brands=tuple(raw["brands"]),
        first_names=tuple((latin, arabic) for latin, arabic in raw["first_names"]),
        last_names=tuple((latin, arabic) for latin, arabic in raw["last_names"]),
        streets={language: tuple(several) for language, several in raw["streets"].items()},
        towns=tuple(Town(*row) for row in raw["towns"]),
    )


@cache
def folded(part: str) -> str:
    """A part of a name as search compares it; the few parts are folded once, not once a product."""
    return " ".join(search_words(part))


@cache
def slugged(part: str) -> str:
    """A part of a name as addresses write it."""
    return slugify(part)


def _triple(words: list[str]) -> Triple:
    en, fr, ar = words
    return en, fr, ar
