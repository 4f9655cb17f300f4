"""Text as people type it: cleaned when it comes in, folded for search and sorting.

The embedded PostgreSQL has no ICU and no unaccent, so both are done here.
"""

import re
import unicodedata

from django.utils.translation import gettext_lazy as _

from core.errors import InvalidInput

# --- Cleaning ---------------------------------------------------------------------------------------

# What shows nothing: Unicode's format characters without the signs of numbers that do show, fillers, noncharacters.
# Written as the inside of a bracket that Python and PostgreSQL read alike.
INVISIBLE = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufdd0-\ufdef\ufeff"
    r"\uffa0\ufff0-\ufffb\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff"
    r"\U000e01f0-\U000e0fff" + "".join(rf"\U{plane:04x}fffe\U{plane:04x}ffff" for plane in range(17))
)
CONTROLS = r"\u0001-\u001f\u007f-\u009f\u2028\u2029"
# They choose how the character before them looks: emoji and some ideographs need them.
_SELECTED = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_SELECTORS = re.compile(f"[{_SELECTED}]")
_KEYCAP = "\u20e3"
# Persian, Hindi and other words need them between two letters, and emoji are joined by them.
_JOINERS = "\u200c\u200d"
_SUSPECT = re.compile(f"[{INVISIBLE}{_SELECTED}{_JOINERS}]")
# They set the direction of the characters beside them and reach no further: long Arabic texts need them.
_DIRECTION_MARKS = "\u061c\u200e\u200f"
_LINE_BREAK = re.compile("\r\n?|[\v\f\u0085\u2028\u2029]")
# Not in strip(): the Braille pattern without dots.
BLANK = "\u2800"
_REFUSED = frozenset({"Cc", "Cs", "Zl", "Zp"})


def clean_line(text: str) -> str:
    """A text of one line as it is kept: without blanks around it and without characters that nobody sees.

    Empty if it shows nothing. Raises InvalidInput for line breaks, tabs and other control characters within it.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    kept = visible(text)
    if any(unicodedata.category(char) in _REFUSED for char in kept):
        message = _("Write this in one line, without line breaks, tabs or other control characters.")
        raise InvalidInput(message, code="control_characters")
    return kept if _shows_something(kept) else ""


def clean_lines(text: str) -> str:
    """A text of several lines as it is kept: line ends as "\\n", without characters that nobody sees.

    Empty if it shows nothing. Raises InvalidInput for control characters other than line breaks and tabs.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    kept = _stripped(_without_invisible(_LINE_BREAK.sub("\n", text), keep=_DIRECTION_MARKS))
    if any(unicodedata.category(char) in _REFUSED for char in kept if char not in "\n\t"):
        message = _("Take the control characters out of this text. Line breaks may stay.")
        raise InvalidInput(message, code="control_characters")
    return kept if _shows_something(kept) else ""


def visible(text: str) -> str:
    """A text without blanks around it and without characters that nobody sees; control characters within it stay."""
    return _stripped(_without_invisible(text, keep=""))


def one_line(text: object) -> str:
    """Any value as text of one line: what would begin another line in a mail or a log is a blank."""
    written = str(text)
    return written if written.isprintable() else " ".join("".join(map(_blank_if_control, written)).split())


def _blank_if_control(char: str) -> str:
    return " " if unicodedata.category(char) in _REFUSED else char


def _stripped(text: str) -> str:
    """Without what blanks and the usual line end a paste brings along."""
    # strip() alone would take control characters that are to be refused.
    start, end = 0, len(text)
    while start < end and _is_margin(text[start]):
        start += 1
    while start < end and _is_margin(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_margin(char: str) -> bool:
    return char in f" \t\r\n{BLANK}" or unicodedata.category(char) == "Zs"


def _without_invisible(text: str, *, keep: str) -> str:
    # Of the characters that there are at all, few are looked at: a text may have millions.
    invisible = "".join(char for char in set(text) if is_invisible(char))
    if not invisible:
        return text
    kept: list[str] = []
    end, before = 0, ""
    for found in re.finditer(f"[{re.escape(invisible)}]", text):
        start, char = found.start(), found[0]
        if start > end:
            before = text[start - 1]
        kept.append(text[end:start])
        end = start + 1
        if char in keep or _belongs(char, before, text[end : end + 1]):
            kept.append(char)
            before = char
    return "".join(kept) + text[end:]


def is_invisible(char: str) -> bool:
    """Whether a character shows nothing, wherever it stands."""
    return bool(_SUSPECT.match(char))


def _belongs(char: str, before: str, after: str) -> bool:
    """Whether an invisible character has its work to do between these two."""
    if char in _JOINERS:
        return _joins(before) and _joins(after) and not is_invisible(after)
    if not _SELECTORS.match(char) or not before:
        return False
    if before.isascii():
        return after == _KEYCAP
    return unicodedata.category(before) == "Lo" or unicodedata.category(before)[0] in "NPS"


def _joins(char: str) -> bool:
    """Whether a character can be joined to another: letters and marks beyond ASCII, and emoji."""
    return not char.isascii() and unicodedata.category(char)[0] in "LMS"


def _shows_something(text: str) -> bool:
    return any(unicodedata.category(char)[0] in "LNPSC" for char in text)


# --- Folding ----------------------------------------------------------------------------------------

# Letters that look alike in some form or that Arabic writers use for one another, also those of Persian and Urdu
# keyboards; "أ", "ؤ" and the like come apart into letter and mark before this.
LETTERS = {
    **dict.fromkeys("ٱ", "ا"), **dict.fromkeys("ىیېے", "ي"), **dict.fromkeys("کڪ", "ك"), **dict.fromkeys("ةۃہھە", "ه"),
    "œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ı": "i",
}  # fmt: skip
TATWEEL = "ـ"
_LETTERS = str.maketrans(LETTERS | {TATWEEL: ""})
# "the" and what is written together with it (and, so, with, like, for), before a stem of at least three letters.
_ARABIC_ARTICLE = re.compile(r"^(?:[وفبك]?ال|لل)(?=\w{3})")
_WORD = re.compile(r"[^\W_]+")


def ascii_digits(text: str) -> str:
    """The text with the decimal digits of every script (٥, ۵, ５) as ASCII's."""
    return text if text.isascii() else "".join(map(_ascii_digit, text))


def _ascii_digit(char: str) -> str:
    return str(unicodedata.decimal(char)) if char.isdecimal() else char


def fold(text: str) -> str:
    """Lower case without accents, Arabic vowel marks or spelling variants, words separated by one blank.

    Look-alike letters of Arabic, Persian and Urdu are one, as are the digits of all scripts.
    """
    return " ".join(_WORD.findall(fold_letters(text)))


def fold_letters(text: str) -> str:
    """The same with everything between the words as it was: what an index of words is asked for."""
    if text.isascii():
        return text.lower()
    # Twice: a sign such as "℡" comes apart into capitals, and a capital such as "İ" into letter and mark.
    lower = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(char for char in lower if not unicodedata.combining(char) and not is_invisible(char))
    return ascii_digits(bare.translate(_LETTERS))


def search_words(text: str) -> list[str]:
    """The folded words as search compares them: Arabic words without their article, "بالنعناع" as "نعناع"."""
    return [_ARABIC_ARTICLE.sub("", word) for word in fold(text).split()]
