"""What the catalogue refuses."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, InvalidInput


class SlugTaken(InvalidInput):
    """Something else of the same kind has this address."""

    code = "slug_taken"
    message = _("This address is taken already.")


class SkuTaken(InvalidInput):
    """Another variant has this SKU."""

    code = "sku_taken"
    message = _("Another variant has this SKU.")


class InUse(DomainError):
    """Something refers to it, so it can be withdrawn but not deleted."""

    code = "in_use"
    message = _("Something refers to it. Make it inactive instead of deleting it.")
