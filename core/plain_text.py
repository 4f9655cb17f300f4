"""Text of files and other sources, without what nobody sees and what only looks different."""

import re
import unicodedata

# As the inside of a bracket of a regular expression.
CONTROLS = r"\0-\x1f\x7f-\x9f\u2028\u2029"
_CONTROL = re.compile(f"[{CONTROLS}]")
# What shows nothing though Unicode calls it a letter or a mark.
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
# Format characters that do show: signs of Arabic, Syriac and Kaithi numbers.
_SHOWN = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
# Persian, Hindi and other words need them between two letters, and emoji are joined by them.
_JOINERS = "\u200c\u200d"
# A blank that strip() does not know: the Braille pattern without dots.
_BLANK = "\u2800"
# Everything that Unicode calls a dash, and the signs that stand for one.
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d\u05be\u06d4\u30fc]")


def visible(text: str) -> str:
    """A text without blanks of any script around it and without characters that nobody sees; lines stay."""
    if text.isascii() and text.isprintable():
        return text.strip()
    kept = "".join(char for place, char in enumerate(text) if not _is_invisible(char) or _is_joining(text, place))
    while kept != (bare := kept.strip().strip(_BLANK)):
        kept = bare
    return kept


def plain_code(text: str) -> str:
    """A code such as a SKU in plain letters, ASCII's digits and hyphens, with single blanks and none around it."""
    compatible = unicodedata.normalize("NFKC", _DASHES.sub("-", text))
    shown = "".join(_plain(char) for char in compatible if not _is_invisible(char) and not _CONTROL.match(char))
    return " ".join(shown.replace(_BLANK, " ").split())


def _plain(char: str) -> str:
    return str(unicodedata.decimal(char)) if char.isdecimal() else char


def _is_invisible(char: str) -> bool:
    return char in _FILLERS or (unicodedata.category(char) == "Cf" and char not in _SHOWN)


def _is_joining(text: str, place: int) -> bool:
    """Whether a joiner stands between two characters that can be joined: letters beyond ASCII, their marks, emoji."""
    beside = (text[place - 1 : place], text[place + 1 : place + 2])
    return text[place] in _JOINERS and all(
        char and not char.isascii() and unicodedata.category(char)[0] in "LMS" for char in beside
    )
