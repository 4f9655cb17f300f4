"""Products with one variant each, and what of them lies where."""

from collections.abc import Sequence
from uuid import UUID

from psycopg import sql

from etl.context import Context, Loader
from etl.entities import MAX_STOCK, Entity, Field, Kind, Measure, code, flag, lines, money, reference, text
from etl.reasons import Reason
from etl.staging import execute, fetch
from etl.upsert import free_slug, in_english, run_sql, upsert
from inventory.services import fill_backorders

PRODUCT = Entity(
    name="product",
    table="catalog_product",
    fields=(
        reference("category", "category"),
        text("name", 200, required=True),
        lines("description", 10_000),
        text("brand", 120),
        flag("is_active"),
        Field(name="sku", kind=Kind.SKU, required=True, max_length=100, unique_in=("catalog_variant", "sku")),
        Field(name="gtin", kind=Kind.GTIN, unique_in=("catalog_variant", "gtin"), is_hashed_if_mapped=True),
        money("price"),
        Field(name="stock", kind=Kind.INTEGER, required=True, minimum=0, maximum=MAX_STOCK),
        code("location", 60),
        text("location_name", 120, required=True),
    ),
    # Units that were moved in: what was sold since is the shop's own doing.
    held="""
        SELECT product.source_key, variant.price_minor AS price, coalesce(moved.units, 0) AS stock
          FROM catalog_product AS product
          LEFT JOIN catalog_variant AS variant
                 ON variant.source = product.source AND variant.source_key = product.source_key
          LEFT JOIN (SELECT item.variant_id, sum(move.quantity) AS units
                       FROM inventory_stockmove AS move JOIN inventory_stockitem AS item ON item.id = move.stock_item_id
                      WHERE move.kind = 'import' GROUP BY item.variant_id) AS moved ON moved.variant_id = variant.id
         WHERE product.source = {source}
    """,
    measures=(Measure("price", is_money=True), Measure("stock")),
)

# Folding names for search needs Python; a new or other name empties the text, and the run fills it when all is in.
_SEARCH_TEXT = """
    coalesce((SELECT held.search_text FROM catalog_product AS held
               WHERE held.id = r.id AND (held.name_en, held.brand) = (r.name, r.brand)), '')
"""

# A source that has none says nothing about the one that staff has added.
_GTIN = """
    coalesce(r.gtin, (SELECT held.gtin FROM catalog_variant AS held
                       WHERE held.source = {source} AND held.source_key = r.source_key))
"""

# A product is on sale with a picture and an active variant only. A new one has neither yet: it goes on sale, if the
# source has it on sale, when it gets its drawn picture.
_IS_ACTIVE = """
    r.is_active
    AND EXISTS (SELECT 1 FROM catalog_productimage AS picture WHERE picture.product_id = r.id AND picture.is_primary)
    AND EXISTS (SELECT 1 FROM catalog_variant AS variant WHERE variant.product_id = r.id AND variant.is_active)
"""

# The locks come first: an order placed meanwhile waits, or is seen here. All places: units may leave one.
_LOCK_STOCK = """
    SELECT item.id
      FROM {ready_product} AS r
      JOIN catalog_variant AS variant ON variant.source = {source} AND variant.source_key = r.source_key
      JOIN inventory_stockitem AS item ON item.variant_id = variant.id
     WHERE r.action <> 'unchanged'
     ORDER BY item.id FOR UPDATE OF item
"""

# The source keeps a product elsewhere now: of what was moved in to its former places, all that nobody was promised.
_LEAVING = """
    SELECT r._row, item.id, least(item.on_hand - item.reserved, moved.units) AS units
      FROM {ready_product} AS r
      JOIN catalog_variant AS variant ON variant.source = {source} AND variant.source_key = r.source_key
      JOIN inventory_stockitem AS item ON item.variant_id = variant.id
      JOIN inventory_location AS location ON location.id = item.location_id AND location.code <> r.location
      CROSS JOIN LATERAL (SELECT coalesce(sum(move.quantity), 0) AS units FROM inventory_stockmove AS move
                           WHERE move.stock_item_id = item.id AND move.kind = 'import') AS moved
     WHERE r.action <> 'unchanged' AND least(item.on_hand - item.reserved, moved.units) > 0
"""

# What a stock item is to change by: what the source says now, less all that was moved in before and stays.
_CHANGES = f"""
    SELECT r._row, r.stock, item.id, coalesce(item.reserved, 0) AS reserved, coalesce(item.on_hand, 0) AS on_hand,
           r.stock - coalesce(moved.units, 0) + coalesce(leaving.units, 0) AS units
      FROM {{ready_product}} AS r
      JOIN catalog_variant AS variant ON variant.source = {{source}} AND variant.source_key = r.source_key
      LEFT JOIN inventory_location AS location ON location.code = r.location
      LEFT JOIN inventory_stockitem AS item ON item.variant_id = variant.id AND item.location_id = location.id
      LEFT JOIN LATERAL (SELECT sum(move.quantity) AS units FROM inventory_stockmove AS move
                           JOIN inventory_stockitem AS place ON place.id = move.stock_item_id
                          WHERE place.variant_id = variant.id AND move.kind = 'import') AS moved ON true
      LEFT JOIN (SELECT _row, sum(units) AS units FROM ({_LEAVING}) AS one GROUP BY _row) AS leaving
             ON leaving._row = r._row
     WHERE r.action <> 'unchanged'
"""  # noqa: S608  composed of constants

_REJECT_PROMISED = f"""
    INSERT INTO {{problems}}
    SELECT 'product', change._row, 100, '{Reason.STOCK_PROMISED.value}', 'stock',
           change.stock::text, change.reserved::text
      FROM ({_CHANGES}) AS change
     WHERE change.on_hand + change.units < change.reserved
"""  # noqa: S608  composed of constants

_ADD_LOCATIONS = """
    INSERT INTO inventory_location (code, name)
    SELECT DISTINCT ON (r.location) r.location, r.location_name
      FROM {ready_product} AS r WHERE r.action <> 'unchanged' ORDER BY r.location, r._row
    ON CONFLICT (code) DO NOTHING
"""

_ADD_STOCK_ITEMS = """
    INSERT INTO inventory_stockitem (variant_id, location_id, source, source_key)
    SELECT variant.id, location.id, {source}, left(r.source_key || '@' || r.location, 255)
      FROM {ready_product} AS r
      JOIN catalog_variant AS variant ON variant.source = {source} AND variant.source_key = r.source_key
      JOIN inventory_location AS location ON location.code = r.location
     WHERE r.action <> 'unchanged'
     ORDER BY r._row
    ON CONFLICT (variant_id, location_id) DO NOTHING
"""

# The ledger and the quantity in one statement: neither can be without the other.
_MOVE_STOCK = f"""
    WITH change AS MATERIALIZED (SELECT _row, id, units FROM ({_CHANGES}) AS one WHERE one.units <> 0
                                 UNION ALL SELECT _row, id, -units FROM ({_LEAVING}) AS other),
         moved AS (INSERT INTO inventory_stockmove (stock_item_id, kind, quantity, reason, reference, door)
                   SELECT id, 'import', units, {{source}}, {{run}}, 'import' FROM change ORDER BY _row)
    UPDATE inventory_stockitem AS item SET on_hand = item.on_hand + change.units, updated_at = now()
      FROM change WHERE change.id = item.id
"""  # noqa: S608  composed of constants

# Who waits for what came has it first.
_WAITED_FOR = """
    SELECT DISTINCT item.variant_id
      FROM {ready_product} AS r
      JOIN catalog_variant AS variant ON variant.source = {source} AND variant.source_key = r.source_key
      JOIN inventory_stockitem AS item ON item.variant_id = variant.id AND item.backordered > 0
     WHERE r.action <> 'unchanged'
"""


def _check(context: Context) -> None:
    run_sql(context, _LOCK_STOCK, PRODUCT)
    run_sql(context, _REJECT_PROMISED, PRODUCT)


def _load(context: Context) -> None:
    upsert(
        context,
        table="catalog_product",
        entity=PRODUCT,
        values=in_english("name", "description")
        | {"category_id": "r.category_id", "brand": "r.brand", "is_active": _IS_ACTIVE, "search_text": _SEARCH_TEXT},
        first={"id": "r.id", "slug": free_slug("catalog_product", "product")},
    )
    upsert(
        context,
        table="catalog_variant",
        entity=PRODUCT,
        values={"sku": "r.sku", "gtin": _GTIN, "price_minor": "r.price", "currency": "{currency}"},
        first={"product_id": "r.id"},
    )
    for statement in (_ADD_LOCATIONS, _ADD_STOCK_ITEMS, _MOVE_STOCK):
        run_sql(context, statement, PRODUCT)
    waited_for = fetch(sql.SQL(_WAITED_FOR).format(**context.parts(PRODUCT)))
    fill_backorders(variants=[variant_id for (variant_id,) in waited_for])


_SHOW = """
    UPDATE catalog_product AS product SET is_active = true
      FROM {ready_product} AS r
     WHERE r.id = product.id AND product.id = ANY ({products}) AND r.is_active AND NOT product.is_active
       AND EXISTS (SELECT 1 FROM catalog_variant AS variant WHERE variant.product_id = product.id AND variant.is_active)
"""


def show(context: Context, products: Sequence[UUID]) -> None:
    """Put those on sale of the products, which have just got their pictures, that the source has on sale."""
    parts = context.parts(PRODUCT) | {"products": sql.Literal(list(products))}
    execute(sql.SQL(_SHOW).format(**parts))


PRODUCT_LOADER = Loader(entities=(PRODUCT,), load=_load, check=_check)
