"""Keeps the search text of products what it should be, by the marks that writers left (catalog.search.triggers).

Whoever refreshes takes marks first and reads afterwards: what a taken mark stands for is committed, and so is read; a
mark that comes meanwhile is not taken and stays for the next. One takes marks at a time, or who has read earlier might
write later. Taking, reading and writing is one transaction: killed anywhere, the marks are there again.
"""

from collections.abc import Collection, Iterator
from uuid import UUID

from django.db import connection, transaction

from catalog.models import Product
from catalog.search.triggers import REFRESHING, TOLD
from catalog.search.words import set_search_text
from core.db.advisory_locks import AdvisoryLock, lock_until_commit

BATCH = 2_000

# One statement sees one moment: a mark together with the change that wrote it. The marks of products that it writes are
# taken next, or later; those of other kinds that come in between are not.
_EXPAND = """
WITH RECURSIVE taken AS (DELETE FROM catalog_searchmark WHERE kind <> 'product' RETURNING kind, subject_id),
below (id) AS (
    SELECT subject_id FROM taken WHERE kind = 'category'
     UNION SELECT child.id FROM catalog_category AS child JOIN below ON child.parent_id = below.id
), touched AS (
    SELECT subject_id AS id FROM taken WHERE kind = 'variant'
     UNION SELECT variant_id FROM catalog_variantoption
            WHERE value_id IN (SELECT subject_id FROM taken WHERE kind = 'optionvalue')
)
INSERT INTO catalog_searchmark (kind, subject_id)
SELECT 'product', id FROM catalog_product WHERE category_id IN (SELECT id FROM below)
 UNION SELECT 'product', product_id FROM catalog_variant WHERE id IN (SELECT id FROM touched)
"""
_TAKE = """
DELETE FROM catalog_searchmark
 WHERE id IN (SELECT id FROM catalog_searchmark WHERE kind = 'product' ORDER BY id LIMIT %s)
RETURNING subject_id
"""
_LOCK = "SELECT FROM catalog_product WHERE id = ANY (%s) ORDER BY id FOR NO KEY UPDATE"
_WRITE = """
UPDATE catalog_product AS product SET search_text = given.text
  FROM unnest(%s::uuid[], %s::text[]) AS given (id, text) WHERE given.id = product.id
"""
_MARK_ALL = "INSERT INTO catalog_searchmark (kind, subject_id) SELECT 'product', id FROM catalog_product ORDER BY id"
# What marks that wait stand for.
_MARKED = """
WITH RECURSIVE below (id) AS (
    SELECT subject_id FROM catalog_searchmark WHERE kind = 'category'
     UNION SELECT child.id FROM catalog_category AS child JOIN below ON child.parent_id = below.id
)
SELECT subject_id FROM catalog_searchmark WHERE kind = 'product'
 UNION SELECT product.id FROM catalog_product AS product WHERE category_id IN (SELECT id FROM below)
 UNION SELECT variant.product_id FROM catalog_variant AS variant
        WHERE id IN (SELECT subject_id FROM catalog_searchmark WHERE kind = 'variant')
           OR id IN (SELECT variant_id FROM catalog_variantoption AS option JOIN catalog_searchmark AS mark
                         ON mark.subject_id = option.value_id AND mark.kind = 'optionvalue')
"""


@transaction.atomic
def refresh_marked() -> int:
    """Look at the products of the next BATCH marks again; returns how many marks were taken, 0 when none are left."""
    lock_until_commit(AdvisoryLock.SEARCH_ROWS)
    with connection.cursor() as cursor:
        # Who marks after this in the same transaction has to tell of it again.
        cursor.execute("SELECT set_config(%s, '', true)", [TOLD])
        cursor.execute(_EXPAND)
        cursor.execute(_TAKE, [BATCH])
        marked = [product_id for (product_id,) in cursor.fetchall()]
        cursor.execute("SELECT set_config(%s, 'yes', true)", [REFRESHING])
        refresh_rows(product_ids=set(marked))
        cursor.execute("SELECT set_config(%s, '', true)", [REFRESHING])
    return len(marked)


@transaction.atomic
def refresh_rows(*, product_ids: Collection[UUID]) -> int:
    """Write the search text of those products whose text is another; returns how many.

    For who cannot wait for the outbox. Like everybody's, what it writes is marked and looked at again.
    """
    changed = _outdated(product_ids)
    if changed:
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [list(changed)])
            cursor.execute(_WRITE, [list(changed), list(changed.values())])
    return len(changed)


def mark_all() -> int:
    """Mark every product, for whoever refreshes next; returns how many. Needs no transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_MARK_ALL)
        return int(cursor.rowcount)


@transaction.atomic
def tell_of_marks() -> None:
    """Have the outbox tell that there are marks, once a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT catalog_tell_of_marks()")


def outdated_products() -> Iterator[tuple[UUID, str]]:
    """The products whose search text is another than it should be and for which no mark waits, with what it should be.

    Reads all products, batch by batch.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MARKED)
        waiting = {product_id for (product_id,) in cursor.fetchall()}
    products = Product.objects.order_by("pk").values_list("pk", flat=True)
    batch = list(products[:BATCH])
    while batch:
        yield from _outdated([product_id for product_id in batch if product_id not in waiting]).items()
        batch = list(products.filter(pk__gt=batch[-1])[:BATCH])


def _outdated(product_ids: Collection[UUID]) -> dict[UUID, str]:
    """The search text that products should have, of those that have another."""
    fields = ("category_id", "name_en", "name_fr", "name_ar", "brand", "tags", "search_text")
    products = list(Product.objects.filter(pk__in=product_ids).order_by("pk").only(*fields))
    present = {product.pk: product.search_text for product in products}
    set_search_text(products)
    return {product.pk: product.search_text for product in products if product.search_text != present[product.pk]}
