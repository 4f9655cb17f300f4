"""What a person's name may be."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Dots that browsers and mail readers take for the one of an address; NFKC makes the full-width one plain.
_DOTS = str.maketrans("。․", "..")
# What mail readers make a link of. "J.R. Smith", "Dr.Müller" and "د.محمد" are names: an ending counts if it is one of
# a country in small letters, one of those that strangers' links have, or if a path, a port or a query follows.
_LINK = re.compile(
    r"://|^//|\bwww\.|\bmailto:|\w@\w"
    r"|\w\.(?:(?-i:[a-z]{2})|com|net|org|info|biz|edu|gov|example|test|app|dev|shop|store|online|site|website|xyz|top"
    r"|club|live|link|click|page|blog|cloud|space|icu|vip|win|bet|pro|xn--[\w-]+)(?![\w'’-])"
    r"|\w\.\w{2,}(?:/|:\d|\?\w)|\d\.\d+\.\d+\.\d",
    re.IGNORECASE,
)


def validate_person_name(value: str) -> None:
    """Raise ValidationError for a name with a web or mail address in it: names are shown and mailed to others."""
    if _LINK.search(unicodedata.normalize("NFKC", value.translate(_DOTS))):
        raise ValidationError(_("Leave web addresses out of the name."), code="link_in_name")
