"""The triggers that move a product's `updated_at` with what is shown of it; those of variants are in from_price."""

from core.db.updated_at import moved_by_changes, part_of

_PRODUCT = "catalog_product"
_NAMES = ("name_en", "name_fr", "name_ar")
_OF_VARIANTS = "SELECT product_id FROM catalog_variant WHERE id IN ({ids})"
_OF_VALUES = """
    SELECT product_id
      FROM catalog_variant AS variant JOIN catalog_variantoption AS chosen ON chosen.variant_id = variant.id
     WHERE chosen.value_id IN ({ids})
"""
_OF_TYPES = _OF_VALUES.replace("chosen.value_id", "chosen.option_type_id")

# The search rows follow by themselves, and nobody is shown them.
PRODUCT = [moved_by_changes(unless_only=("search_text",))]
CATEGORY = part_of(
    _PRODUCT,
    column="id",
    shown=(*_NAMES, "slug"),
    through="SELECT id FROM catalog_product WHERE category_id IN ({ids})",
    rows_stay=True,
)
OPTION_TYPE = part_of(_PRODUCT, column="id", shown=(*_NAMES, "code", "position"), through=_OF_TYPES, rows_stay=True)
OPTION_VALUE = part_of(_PRODUCT, column="id", shown=(*_NAMES, "code"), through=_OF_VALUES, rows_stay=True)
VARIANT_OPTION = part_of(_PRODUCT, column="variant_id", shown=("value_id",), through=_OF_VARIANTS)
# Not the sizes: the task that makes them holds a picture and no product, and moves the product afterwards.
IMAGE = part_of(
    _PRODUCT,
    column="product_id",
    shown=(
        "file", "external_url", "public_id", "alt_en", "alt_fr", "alt_ar", "width", "height",
        "is_primary", "position",
    ),
)  # fmt: skip
VARIANT_PICTURE = part_of(_PRODUCT, column="product_id", shown=("variant_id", "image_id", "position"))
