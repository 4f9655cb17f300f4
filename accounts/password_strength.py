"""Which passwords others would guess: common ones, walks on a keyboard, words of the calendar, the shop and the person.

The estimate is zxcvbn's (Wheeler 2016, "zxcvbn: Low-Budget Password Strength Estimation"), whose lists are English;
months and days of other languages come from CLDR.
"""

import re
from functools import lru_cache
from typing import Any

from babel import Locale
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from zxcvbn import zxcvbn

from core.shop import SHOP_NAME
from core.text.cleaning import fold

# zxcvbn calls less than this guessable by somebody who has the hashes (its scores go from 0 to 4).
_LEAST_SCORE = 3
# What zxcvbn takes; the rest of a longer password only makes it better.
_LONGEST = 72
_SHORTEST_WORD = 3
_CALENDARS = ("en", "fr", "ar", "ar_TN", "de", "es", "it", "nl", "pt", "tr")
# Seasons, feasts, greetings, "password" and what a shop is called, in the shop's languages.
_COMMON = (
    "spring summer autumn fall winter christmas easter password login user welcome hello admin administrator shop",
    "printemps ete automne hiver noel paques motdepasse passe connexion bonjour salut bienvenue boutique",
    "ربيع صيف خريف شتاء رمضان عيد كلمة السر كلمةالسر المرور كلمةالمرور مرحبا اهلا سلام متجر سوق ramadan eid",
)
# Rows of keys that zxcvbn does not know.
_ROWS = ("azertyuiop", "qsdfghjklm", "wxcvbn", "qwertzuiop", "ضصثقفغعهخحجد", "شسيبلاتنمكط", "ئءؤرلاىةوزظ")
# The digits that one gets by holding shift, on English and French keyboards.
_UNSHIFTED = str.maketrans("!@#$%^&*()&é\"'(-è_çà", "12345678901234567890")
_PERSONAL = ("username", "email", "first_name", "last_name", "company")


class GuessablePasswordValidator:
    """Named by settings.AUTH_PASSWORD_VALIDATORS."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError for a password that others would guess."""
        words = _common_words() | _words_around(user)
        if _is_made_of(words, password) or any(
            zxcvbn(spelling[:_LONGEST], user_inputs=sorted(words))["score"] < _LEAST_SCORE
            for spelling in dict.fromkeys((password, password.translate(_UNSHIFTED)))
        ):
            raise ValidationError(
                _("Others would guess this password. Use several words that do not belong together."),
                code="password_guessable",
            )

    def get_help_text(self) -> str:
        return _now("Use several words that do not belong together: no names, dates, seasons or rows of keys.")


def _is_made_of(words: frozenset[str], password: str) -> bool:
    """Whether nothing but such words is left of it without digits and signs ("Summer-2026-summer")."""
    letters = _letters(password)
    return _is_of_one_row(letters) or bool(re.fullmatch(f"(?:{'|'.join(map(re.escape, sorted(words)))})+", letters))


def _is_of_one_row(letters: str) -> bool:
    rows = [row for keys in _ROWS for row in (_letters(keys), _letters(keys)[::-1])]
    return len(letters) >= _SHORTEST_WORD and any(letters in row for row in rows)


def _letters(text: str) -> str:
    return "".join(char for char in fold(text) if char.isalpha())


@lru_cache(maxsize=1)
def _common_words() -> frozenset[str]:
    calendar = [Locale.parse(language) for language in _CALENDARS]
    parts = [part["format"]["wide"] for locale in calendar for part in (locale.months, locale.days)]
    names = [name for part in parts for name in part.values()]
    return _folded([*names, *" ".join(_COMMON).split(), *_ROWS])


def _words_around(user: Any) -> frozenset[str]:
    said = [*SHOP_NAME.value.values(), *(str(getattr(user, name, None) or "") for name in _PERSONAL)]
    return _folded([*said, *(part for text in said for part in re.split(r"[\W_\d]+", text))])


def _folded(texts: list[str]) -> frozenset[str]:
    return frozenset(word for word in map(_letters, texts) if len(word) >= _SHORTEST_WORD)
