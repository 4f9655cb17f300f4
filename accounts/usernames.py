"""One way to write a username, and which usernames could be mistaken for another.

Two names are the same if their keys are: width, letter case, digits of another script and letters that Arabic and
Persian writers use for one another make no difference. The database computes the same key in a unique index.
"""

import unicodedata

import regex
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db.models import Func, TextField
from django.utils.translation import gettext_lazy as _

_DIGITS = "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹"
# The last one only stretches a word and is left out.
_SAME_FROM, _SAME_TO = f"{_DIGITS}کیىےہھۀـ", "01234567890123456789كيييههه"
_SAME = str.maketrans(_SAME_FROM[:-1], _SAME_TO) | {ord(_SAME_FROM[-1]): None}

_INVISIBLE = regex.compile(r"[\p{Default_Ignorable_Code_Point}\p{C}]")
_LETTER = regex.compile(r"\p{L}")
# Scripts that are written together (UTS 39, section 5.2), and those recommended for names (UAX 31, table 5) alone.
_ALONE = (
    "Armenian Bengali Cyrillic Devanagari Ethiopic Georgian Greek Gujarati Gurmukhi Kannada Khmer Lao Malayalam",
    "Myanmar Oriya Sinhala Tamil Telugu Thaana Thai Tibetan",
)
_TOGETHER = (
    ["Latin", "Arabic"],
    ["Latin", "Hebrew"],
    ["Latin", "Han", "Hiragana", "Katakana"],
    ["Latin", "Han", "Hangul"],
    ["Latin", "Han", "Bopomofo"],
)
_ALPHABETS = (*_TOGETHER, *([script] for script in " ".join(_ALONE).split(" ")))
_OF_ONE_ALPHABET = tuple(
    regex.compile("[" + "".join(f"\\p{{scx={script}}}" for script in alphabet) + "]*") for alphabet in _ALPHABETS
)
# Letters of Cyrillic and Greek that look like Latin ones: a name of nothing else is read as another name.
_LATIN_LOOKS = frozenset("авеѕіјкмнорстухԁһԛԝъҽӏαβεηικνορτυχγ")
# The same of capitals whose small letter looks otherwise.
_LATIN_CAPITAL_LOOKS = frozenset("ΖΜ")
_characters_of_usernames = UnicodeUsernameValidator()


def normalise_username(typed: str) -> str:
    """Return the name in NFKC: full-width letters as plain ones, letters and their marks as one."""
    return unicodedata.normalize("NFKC", typed).strip()


def username_key(name: str) -> str:
    """Return what is the same for all spellings of a name. UsernameKey is the same in the database."""
    folded = unicodedata.normalize("NFKC", name).casefold().translate(_SAME)
    return unicodedata.normalize("NFKC", folded)


class UsernameKey(Func):
    """`username_key` of a column or text, immutable, for an index and for those that ask it."""

    template = (
        "normalize(translate(casefold(normalize((%(expressions)s)::text, NFKC) COLLATE pg_unicode_fast), "
        f"'{_SAME_FROM}', '{_SAME_TO}'), NFKC)"
    )
    output_field = TextField()


class Nfkc(Func):
    """A text in NFKC."""

    template = "normalize((%(expressions)s)::text, NFKC)"
    output_field = TextField()


def validate_username(name: str) -> None:
    """Raises ValidationError for a name with characters that are not for names or that could pass for another name."""
    name = normalise_username(name)
    if _INVISIBLE.search(name):
        raise ValidationError(_("Take the invisible characters out of the username."), code="invisible_characters")
    _characters_of_usernames(name)
    if not _is_of_one_alphabet(name) or _looks_latin(name) or _mixes_digits(name):
        raise ValidationError(
            _("Use letters and digits of one alphabet: this username could be mistaken for another one."),
            code="confusable_username",
        )


def _is_of_one_alphabet(name: str) -> bool:
    letters = "".join(_LETTER.findall(name))
    return any(alphabet.fullmatch(letters) for alphabet in _OF_ONE_ALPHABET)


def _looks_latin(name: str) -> bool:
    letters = _LETTER.findall(name)
    return bool(letters) and all(
        letter in _LATIN_CAPITAL_LOOKS or set(letter.casefold()) <= _LATIN_LOOKS for letter in letters
    )


def _mixes_digits(name: str) -> bool:
    """Whether digits of several scripts stand side by side."""
    zeros = {ord(digit) - unicodedata.decimal(digit) for digit in name if digit.isdecimal()}
    return len(zeros) > 1
