"""What the catalogue refuses."""

from collections.abc import Sequence

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


class GtinTaken(InvalidInput):
    """Another variant has this GTIN."""

    code = "gtin_taken"
    message = _("Another variant has this GTIN.")


class CombinationTaken(InvalidInput):
    """Another variant of the product stands for the same options."""

    code = "combination_taken"
    message = _("Another variant of this product has the same options.")


class PublicIdTaken(InvalidInput):
    """Another picture has this public id."""

    code = "public_id_taken"
    message = _("Another picture has this public id.")


class UnknownVariant(InvalidInput):
    """A variant that is not the product's; the details have the ids that are unknown."""

    code = "unknown_variant"
    message = _("This product has no such variant. Give the ids of its own variants.")


class UnknownPicture(InvalidInput):
    """A picture that is not the product's; the details have the public ids that are unknown."""

    code = "unknown_picture"
    message = _("This product has no such picture. Give the public ids of its own pictures.")


class AmbiguousCategory(InvalidInput):
    """Several categories have this name; the details have their slugs."""

    code = "ambiguous_category"
    message = _("Several categories have this name. Give the slug of one.")


class NotReadyForSale(InvalidInput):
    """A product that lacks what it takes to be on sale; the details say what: `name`, `picture`, `variant`."""

    code = "not_ready_for_sale"
    message = _("A product on sale needs a name, a picture and an active variant with a price.")

    def __init__(self, lacking: Sequence[str]) -> None:
        super().__init__(field="is_active", details={"lacking": list(lacking)})


class NeededOnSale(DomainError):
    """The last picture or active variant of a product on sale."""

    code = "needed_on_sale"
    message = _("A product on sale needs a picture and an active variant. Take it off sale first.")


class InUse(DomainError):
    """Something refers to it, so it can be withdrawn but not deleted."""

    code = "in_use"
    message = _("Something refers to it. Make it inactive instead of deleting it.")
