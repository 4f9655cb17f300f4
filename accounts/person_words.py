"""The words by which staff finds a person while they type, under one index of the table.

They are the e-mail address and the username in one piece, and the words of name and company, also without what joins
them ("Jean-Luc", "O'Neil") and without the Arabic article. PostgreSQL's own parser would take addresses apart, so words
are cut at blanks. Nothing here is a parameter, as an index only serves the very expression that it was made of.
"""

from typing import Any

from django.contrib.postgres.search import SearchVectorField
from django.db.models import BooleanField, Func, Value

# Far more than anybody types; PostgreSQL takes words of 2,046 bytes.
_MOST_WORDS = 8
_LONGEST_WORD = 200


class _Text(Func):
    template = "coalesce(%(expressions)s, '')"


class _Joined(Func):
    template = "%(expressions)s"
    arg_joiner = " || ' ' || "


class _InParts(_Joined):
    template = "replace(translate(' ' || %(expressions)s, '-''’.,/&()', '         '), ' ال', ' ')"


class PersonWords(_Joined):
    """What a user's row is found by, as a tsvector; immutable, and without positions."""

    template = "array_to_tsvector(array_remove(string_to_array(lower(%(expressions)s), ' '), ''))"
    output_field = SearchVectorField()

    def __init__(self) -> None:
        names = ("first_name", "last_name", "company")
        super().__init__(_Text("email"), _Text("username"), *names, _InParts(*names))


class BeginsWords(Func):
    """Whether each word of a text begins a word of the person. The text has to have one."""

    template = "%(expressions)s"
    arg_joiner = " @@ "
    output_field = BooleanField()

    def __init__(self, text: str, **extra: Any) -> None:
        terms = " & ".join(f"'{_escaped(word[:_LONGEST_WORD])}':*" for word in text.split()[:_MOST_WORDS])
        # Lowered by the database too, whose rules for letters are not Python's.
        super().__init__(PersonWords(), Func(Value(terms), template="lower(%(expressions)s)::tsquery"), **extra)


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("'", "''")
