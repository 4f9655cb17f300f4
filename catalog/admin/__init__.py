"""The catalogue as staff keeps it."""

from catalog.admin.categories import CategoryAdmin
from catalog.admin.imports import ImportJobAdmin
from catalog.admin.options import OptionTypeAdmin
from catalog.admin.products import ProductAdmin, VariantAdmin

__all__ = ["CategoryAdmin", "ImportJobAdmin", "OptionTypeAdmin", "ProductAdmin", "VariantAdmin"]
