"""What the list of notices refuses."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError


class InStock(DomainError):
    """Nobody has to wait for what can be bought."""

    code = "in_stock"
    message = _("This item is in stock: you can buy it now.")
