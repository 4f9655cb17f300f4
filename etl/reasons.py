"""Why a row is rejected: the code that is stored, its label, and the sentence that tells an operator what to mend."""

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _


class Reason(models.TextChoices):
    """Each code is stable: reports and filters refer to it."""

    MISSING_KEY = "missing_key", _("No key")
    DUPLICATE_KEY = "duplicate_key", _("Key used twice")
    UNREADABLE_TEXT = "unreadable_text", _("Unreadable text")
    MISSING = "missing", _("Empty")
    TOO_LONG = "too_long", _("Too long")
    NOT_A_NUMBER = "not_a_number", _("Not a number")
    NOT_WHOLE = "not_whole", _("Not a whole number")
    TOO_SMALL = "too_small", _("Too small")
    TOO_LARGE = "too_large", _("Too large")
    TOO_MANY_DECIMALS = "too_many_decimals", _("Too many decimals")
    BAD_DATE = "bad_date", _("Not a date")
    NOT_A_BOOLEAN = "not_a_boolean", _("Neither yes nor no")
    NOT_A_CODE = "not_a_code", _("Not a code")
    UNKNOWN_COUNTRY = "unknown_country", _("Unknown country")
    UNKNOWN_VALUE = "unknown_value", _("Unknown value")
    UNKNOWN_STATE = "unknown_state", _("Unknown state")
    INVALID_EMAIL = "invalid_email", _("Not an e-mail address")
    INVALID_GTIN = "invalid_gtin", _("Not a GTIN")
    UNKNOWN_REFERENCE = "unknown_reference", _("Refers to nothing")
    REJECTED_REFERENCE = "rejected_reference", _("Refers to a rejected row")
    NOT_UNIQUE = "not_unique", _("Used twice")
    TAKEN = "taken", _("Taken in the shop")
    STOCK_PROMISED = "stock_promised", _("Stock is promised")
    LINE_REJECTED = "line_rejected", _("A line was rejected")
    ORDER_REJECTED = "order_rejected", _("Its order was rejected")
    STATE_CONFLICT = "state_conflict", _("State does not follow")
    REFUND_MISMATCH = "refund_mismatch", _("Refund does not fit the state")


# For PostgreSQL's format(): 1 is the column, 2 its value, 3 a detail of the reason.
SENTENCES: Final[dict[Reason, str]] = {
    Reason.MISSING_KEY: "The row has no key: %1$s is empty.",
    Reason.DUPLICATE_KEY: "The key %2$s was used before, by row %3$s, which was kept.",
    Reason.UNREADABLE_TEXT: "%1$s holds bytes that are not text (NUL or broken UTF-8).",
    Reason.MISSING: "%1$s is empty.",
    Reason.TOO_LONG: "%1$s is longer than %3$s characters.",
    Reason.NOT_A_NUMBER: "%1$s is “%2$s”, which is not a number.",
    Reason.NOT_WHOLE: "%1$s is %2$s, which is not a whole number.",
    Reason.TOO_SMALL: "%1$s is %2$s; the least allowed is %3$s.",
    Reason.TOO_LARGE: "%1$s is %2$s; the most allowed is %3$s.",
    Reason.TOO_MANY_DECIMALS: "%1$s is %2$s, which has more than %3$s decimals.",
    Reason.BAD_DATE: "%1$s is “%2$s”, which is not a date of the form YYYY-MM-DD hh:mm:ss.",
    Reason.NOT_A_BOOLEAN: "%1$s is “%2$s”, which is neither yes nor no.",
    Reason.NOT_A_CODE: "%1$s is “%2$s”; a code has only letters, digits, hyphens and underscores.",
    Reason.UNKNOWN_COUNTRY: "%1$s is “%2$s”, which is no country that the mapping knows.",
    Reason.UNKNOWN_VALUE: "%1$s is “%2$s”, which is not in the mapping's table %3$s.",
    Reason.UNKNOWN_STATE: "%1$s is “%2$s”, which is no state that the mapping knows; %3$s.",
    Reason.INVALID_EMAIL: "%1$s is “%2$s”, which is not an e-mail address of the form name@example.com.",
    Reason.INVALID_GTIN: (
        "%1$s is “%2$s”, which is not a GTIN: 8, 12, 13 or 14 digits, the last of which checks the others."
    ),
    Reason.UNKNOWN_REFERENCE: "%1$s is “%2$s”, but there is no such %3$s.",
    Reason.REJECTED_REFERENCE: "%1$s is “%2$s”, and that %3$s was rejected.",
    Reason.NOT_UNIQUE: "%1$s is “%2$s”, as in row %3$s, which was kept.",
    Reason.TAKEN: "%1$s is “%2$s”, which another %3$s of the shop has already.",
    Reason.STOCK_PROMISED: "%1$s is %2$s, but that would leave less than the %3$s units promised to open orders.",
    Reason.LINE_REJECTED: "Its line %2$s was rejected (%3$s); an order moves whole or not at all.",
    Reason.ORDER_REJECTED: "Its order %2$s was rejected.",
    Reason.STATE_CONFLICT: "The source says %2$s, but in the shop the order is %3$s already.",
    Reason.REFUND_MISMATCH: (
        "%1$s is %2$s, which does not fit %3$s; map refunded to the amount that was given back, or map another state."
    ),
}
