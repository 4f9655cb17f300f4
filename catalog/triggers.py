"""What the database holds of products on sale and of pictures, whoever writes and in whatever order.

A product on sale has a primary picture and an active variant, and of several pictures one is always the primary one
(the unique index keeps it from being two). Looked at when the transaction ends, so that a load by COPY may write
products first and their pictures last; and only what can break the rule is looked at: 100,000 products that come with
their variants and primary pictures cost 100,000 looks, not 300,000.
"""

import pgtrigger
from pgtrigger.core import Operation

CREATE_FUNCTION = """
CREATE FUNCTION catalog_require_whole(product_ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  broken uuid;
BEGIN
  SELECT p.id INTO broken FROM catalog_product AS p
   WHERE p.id = ANY (product_ids)
     AND NOT EXISTS (SELECT 1 FROM catalog_productimage AS i WHERE i.product_id = p.id AND i.is_primary)
     AND (p.is_active OR EXISTS (SELECT 1 FROM catalog_productimage AS i WHERE i.product_id = p.id));
  IF FOUND THEN
    RAISE EXCEPTION 'product % has no primary picture', broken
      USING ERRCODE = 'check_violation', CONSTRAINT = 'catalog_product_has_primary_picture';
  END IF;
  SELECT p.id INTO broken FROM catalog_product AS p
   WHERE p.id = ANY (product_ids) AND p.is_active
     AND NOT EXISTS (SELECT 1 FROM catalog_variant AS v WHERE v.product_id = p.id AND v.is_active);
  IF FOUND THEN
    RAISE EXCEPTION 'product % is on sale without an active variant', broken
      USING ERRCODE = 'check_violation', CONSTRAINT = 'catalog_product_has_active_variant';
  END IF;
END $$
"""
DROP_FUNCTION = "DROP FUNCTION catalog_require_whole(uuid[])"

_LOOK = "PERFORM catalog_require_whole(ARRAY[{products}]); RETURN NULL;"
# What takes something away waits for whoever does so at the same time: of two who each switch off one of two variants,
# the second sees that it is the last, because its next statement has a snapshot of its own.
_LOCK = "PERFORM 1 FROM catalog_product WHERE id IN ({products}) ORDER BY id FOR NO KEY UPDATE; "


def _at_commit(name: str, operation: Operation, condition: str, products: str, *, lock: bool) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.After,
        operation=operation,
        condition=pgtrigger.Condition(f"({condition})"),
        timing=pgtrigger.Deferred,
        func=((_LOCK if lock else "") + _LOOK).format(products=products),
    )


_SHOWN = pgtrigger.UpdateOf("is_active")  # type: ignore[no-untyped-call]
PRODUCT = (
    # Whoever writes a product holds its lock already.
    _at_commit("on_sale_whole", pgtrigger.Insert | _SHOWN, "NEW.is_active", "NEW.id", lock=False),
)
VARIANT = (
    _at_commit(
        "active_variant_kept",
        pgtrigger.Update,
        "OLD.is_active AND (NOT NEW.is_active OR NEW.product_id <> OLD.product_id)",
        "OLD.product_id",
        lock=True,
    ),
    _at_commit("active_variant_stays", pgtrigger.Delete, "OLD.is_active", "OLD.product_id", lock=True),
)
IMAGE = (
    _at_commit("primary_picture_first", pgtrigger.Insert, "NOT NEW.is_primary", "NEW.product_id", lock=True),
    _at_commit(
        "primary_picture_kept",
        pgtrigger.Update,
        "(OLD.is_primary AND NOT NEW.is_primary) OR NEW.product_id <> OLD.product_id",
        "OLD.product_id, NEW.product_id",
        lock=True,
    ),
    _at_commit("primary_picture_stays", pgtrigger.Delete, "OLD.is_primary", "OLD.product_id", lock=True),
)
