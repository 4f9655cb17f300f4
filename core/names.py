"""What a person's name may be."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# What mail readers make a link of. "J.R. Smith" and "Dr.Müller" are names.
_LINK = re.compile(r"://|\bwww\.|\.[a-z]{2,}/", re.IGNORECASE)


def validate_person_name(value: str) -> None:
    """Raise ValidationError for a name with a web address in it: names are shown and mailed to others."""
    if _LINK.search(value):
        raise ValidationError(_("Leave web addresses out of the name."), code="link_in_name")
