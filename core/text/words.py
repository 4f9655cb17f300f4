"""The words by which staff finds rows while they type, under one index of the table.

They are folded like products' words (core.text.cleaning), by the database's function core_fold(). PostgreSQL's own
parser would take e-mail addresses apart, so words are cut at blanks. Nothing in an index's words is a parameter, as an
index only serves the very expression that it was made of.
"""

from typing import Any

from django.contrib.postgres.search import SearchVectorField
from django.db.models import BooleanField, Func, TextField, Value

from core.text.cleaning import fold_letters

# Far more than anybody types; with its quotation marks doubled a word is shorter than what core_fold() cuts off.
_MOST_WORDS = 8
_LONGEST_WORD = 90


class Text(Func):
    """A column, empty where it is NULL."""

    template = "coalesce(%(expressions)s, '')"


class KeyText(Func):
    """What a JSON column has under a key, which is said in the class: an index has no parameters."""

    template = "coalesce(%(expressions)s ->> '%(key)s', '')"
    output_field = TextField()


class Joined(Func):
    """Texts with blanks between them."""

    template = "%(expressions)s"
    arg_joiner = " || ' ' || "


class InParts(Joined):
    """The same without what joins words ("Jean-Luc", "O'Neil") and without the Arabic article."""

    template = (
        "replace(translate(' ' || core_fold(%(expressions)s), '-''’.,/&()‐‑‒–—−', '               '), ' ال', ' ')"
    )


class Words(Joined):
    """The folded words of texts, as a tsvector; immutable, and without positions."""

    template = "array_to_tsvector(array_remove(string_to_array(core_fold(%(expressions)s), ' '), ''))"
    output_field = SearchVectorField()


class BeginsWords(Func):
    """Whether each word of a text begins one of the words; none does where the text has no word."""

    template = "%(expressions)s"
    arg_joiner = " @@ "
    output_field = BooleanField()

    def __init__(self, words: Words, text: str, **extra: Any) -> None:
        terms = " & ".join(f"'{_escaped(word[:_LONGEST_WORD])}':*" for word in fold_letters(text).split()[:_MOST_WORDS])
        # Folded by the database too, whose rules for letters are not Python's.
        super().__init__(words, Func(Value(terms), template="core_fold(%(expressions)s)::tsquery"), **extra)


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("'", "''")
