"""The triggers that keep `Product.from_price_minor`, whoever writes: services, the admin, COPY or SQL by hand.

What changes of a variant moves the product's `updated_at` by the same statement.

One trigger computes it, before a product is written. It runs under the product's lock and reads with a snapshot of
its own, so of two changes at once the later one counts both. What happens to a variant or a category writes the
products it touches, which are locked by id first, so that of two who touch the same one waits for the other, never
each for each; and without their key, beside which new variants still fit.
"""

import pgtrigger

from catalog.fields import VariantFields, names

_REFRESH = """
    PERFORM FROM catalog_product WHERE id IN ({products}) ORDER BY id FOR NO KEY UPDATE;
    UPDATE catalog_product SET from_price_minor = NULL, updated_at = clock_timestamp() WHERE id IN ({products});
    RETURN NULL;
"""

# A category may be switched off meanwhile. Who puts a product into it waits for that, or it waits for them.
_COMPUTE = """
    IF TG_OP = 'INSERT' OR NEW.category_id IS DISTINCT FROM OLD.category_id THEN
        PERFORM FROM catalog_category WHERE id = NEW.category_id FOR SHARE;
    END IF;
    NEW.from_price_minor = (
        SELECT min(variant.price_minor)
          FROM catalog_variant AS variant JOIN catalog_category AS category ON category.id = NEW.category_id
         WHERE variant.product_id = NEW.id AND variant.is_active AND category.is_active AND NEW.is_active
    );
    RETURN NEW;
"""

# What the price follows from, and what is shown of a variant beside it.
_SHOWN = (
    "product_id", "price_minor", "is_active", "currency", "compare_at_minor", "cost_minor", "sku",
    *names(VariantFields), "position",
)  # fmt: skip
_CHANGED = """
    SELECT unnest(ARRAY[before.product_id, after.product_id]) FROM before JOIN after USING (id)
     WHERE ({before}) IS DISTINCT FROM ({after})
"""

_CHANGED = _CHANGED.format(
    before=", ".join(f"before.{column}" for column in _SHOWN), after=", ".join(f"after.{column}" for column in _SHOWN)
)

_WRITTEN = pgtrigger.UpdateOf("category_id", "is_active", "from_price_minor")  # type: ignore[no-untyped-call]
_SWITCHED = pgtrigger.UpdateOf("is_active")  # type: ignore[no-untyped-call]


def _after(operation: pgtrigger.Operation, products: str, **referencing: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=f"from_price_after_{str(operation).lower()}",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**referencing),  # type: ignore[no-untyped-call]
        func=_REFRESH.format(products=products),
    )


PRODUCT = [
    pgtrigger.Trigger(
        name="from_price",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | _WRITTEN,
        func=_COMPUTE,
    )
]
VARIANT = [
    _after(pgtrigger.Insert, "SELECT product_id FROM after", new="after"),
    _after(pgtrigger.Update, _CHANGED, old="before", new="after"),
    _after(pgtrigger.Delete, "SELECT product_id FROM before", old="before"),
]
CATEGORY = [
    pgtrigger.Trigger(
        name="from_price_after_switch",
        when=pgtrigger.After,
        operation=_SWITCHED,
        condition=pgtrigger.AnyChange("is_active"),
        func=_REFRESH.format(products="SELECT id FROM catalog_product WHERE category_id = NEW.id"),
    )
]
