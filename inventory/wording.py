"""What shoppers and customers are told of units that are still to come."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def ships_later(*, units: int, backordered: int) -> str:
    """A sentence for a line of so many units of which some wait for stock; empty if none does."""
    if not backordered:
        return ""
    if backordered >= units:
        return _("Ships later: it is on its way to us.")
    return ngettext(
        "%(count)d of them ships later: it is on its way to us.",
        "%(count)d of them ship later: they are on their way to us.",
        backordered,
    ) % {"count": backordered}
