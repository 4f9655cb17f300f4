"""Folding of text for search and sorting: the embedded PostgreSQL has no ICU and no unaccent."""

import re
import unicodedata

# Letters that Arabic writers use for one another when they type in a hurry.
_ARABIC = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ئ": "ي", "ؤ": "و", "ة": "ه", "ـ": ""})
_LATIN = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d"})
# "the" and what is written together with it (and, so, with, like, for), before a stem of at least three letters.
_ARABIC_ARTICLE = re.compile(r"^(?:[وفبك]?ال|لل)(?=\w{3})")
_WORD = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """Lower case without accents, Arabic vowel marks or spelling variants, words separated by one blank."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_ARABIC).casefold().translate(_LATIN))
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(_WORD.findall(bare.translate(_ARABIC)))


def search_words(text: str) -> list[str]:
    """The folded words as search compares them: Arabic words without their article, "بالنعناع" as "نعناع"."""
    return [_ARABIC_ARTICLE.sub("", word) for word in fold(text).split()]
