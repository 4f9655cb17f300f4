"""The words that a product is found by, folded.

Its names in every language, brand and tags; the names of its category and of those above it; of its active variants
the SKUs and other codes, each in one piece and in its parts, and the names of their option values. Descriptions are
left out: results are not ranked, and every word of them would count as much as the name.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection

from catalog.fields import VariantFields, searched
from core.text.cleaning import search_words

if TYPE_CHECKING:
    from catalog.models import Product

_CODES = " || ".join(
    f"""ARRAY(
           SELECT variant.{name} FROM catalog_variant AS variant
            WHERE variant.product_id = chosen.id AND variant.is_active AND variant.{name} IS NOT NULL
            ORDER BY variant.{name}
       )"""  # noqa: S608  (a column's name)
    for name in ("sku", *searched(VariantFields))
)
# UNION, not UNION ALL: it ends even where categories hang in a circle.
_AROUND = f"""
WITH RECURSIVE chosen (id, category_id) AS (SELECT * FROM unnest(%s::uuid[], %s::uuid[])),
upward (category_id, id) AS (
    SELECT category_id, category_id FROM chosen
     UNION SELECT upward.category_id, category.parent_id
             FROM upward JOIN catalog_category AS category ON category.id = upward.id
            WHERE category.parent_id IS NOT NULL
), categories (category_id, words) AS (
    SELECT upward.category_id, string_agg(concat_ws(' ', name_en, name_fr, name_ar), ' ' ORDER BY id)
      FROM upward JOIN catalog_category USING (id) GROUP BY upward.category_id
)
SELECT chosen.id, concat_ws(' ', categories.words, (
           SELECT string_agg(concat_ws(' ', value.name_en, value.name_fr, value.name_ar), ' ' ORDER BY value.id)
             FROM catalog_variant AS variant
             JOIN catalog_variantoption AS option ON option.variant_id = variant.id
             JOIN catalog_optionvalue AS value ON value.id = option.value_id
            WHERE variant.product_id = chosen.id AND variant.is_active
       )), {_CODES}
  FROM chosen LEFT JOIN categories USING (category_id)
"""  # noqa: S608  (made of column names)


def set_search_text(products: "Collection[Product]") -> None:
    """Set the products' search text, unsaved, from their fields and from the rows around them. One query."""
    if not products:
        return
    keys = [product.pk for product in products], [product.category_id for product in products]
    with connection.cursor() as cursor:
        cursor.execute(_AROUND, keys)
        around: dict[UUID, tuple[str, list[str]]] = {pk: (words, codes) for pk, words, codes in cursor.fetchall()}
    for product in products:
        words, codes = around[product.pk]
        product.search_text = product.folded_text(words, codes)


def in_one_piece(text: str) -> str:
    """The folded text without blanks, as SKUs are compared: "SK-TUN 1" as "sktun1"."""
    return "".join(search_words(text))
