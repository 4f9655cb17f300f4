"""Codes as people type them: in the digits of their keyboard, with the blanks, dashes and marks of what they copied."""

import re
import unicodedata

from core.text.cleaning import BLANK, ascii_digits, is_invisible

# Everything that Unicode calls a dash, and the signs that stand for one.
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d\u05be\u06d4\u30fc]")
# Blanks, hyphens, "#", brackets, quotation marks, and the stroke that lengthens Arabic words.
_GAPS = re.compile(r"[\W_\u0640]+")


def plain_code(text: str) -> str:
    """A code with ASCII's digits and letters and a plain hyphen for every dash, without blanks and marks around it.

    What is within it stays: hyphens, slashes and single blanks may be part of a SKU or a postal code.
    """
    compatible = unicodedata.normalize("NFKC", _DASHES.sub("-", text))
    shown = "".join(char for char in compatible if not is_invisible(char) and unicodedata.category(char) != "Cc")
    return " ".join(ascii_digits(shown).replace(BLANK, " ").split())


def bare_code(text: str) -> str:
    """The letters and digits of a code, for codes of these alone: without blanks, hyphens, "#" and brackets."""
    return _GAPS.sub("", plain_code(text))
