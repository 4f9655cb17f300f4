"""What holds of stock: it is the sum of its ledger, and what is promised is the sum of the promises."""

from core.integrity import Check

INVENTORY = (
    Check(
        code="inventory.on_hand",
        title="Stock on hand is the sum of its moves.",
        query="""
            SELECT item.id, variant.sku || ' @ ' || location.code AS subject, coalesce(moved.units, 0) AS expected,
                   item.on_hand AS actual
              FROM inventory_stockitem AS item
              JOIN catalog_variant AS variant ON variant.id = item.variant_id
              JOIN inventory_location AS location ON location.id = item.location_id
              LEFT JOIN (SELECT stock_item_id, sum(quantity) AS units FROM inventory_stockmove GROUP BY 1) AS moved
                     ON moved.stock_item_id = item.id
             WHERE item.on_hand <> coalesce(moved.units, 0)
        """,
        few_groups=True,
    ),
    Check(
        code="inventory.reserved",
        title="Reserved stock is the sum of its reservations, and no more than is on hand.",
        query="""
            SELECT item.id, variant.sku || ' @ ' || location.code AS subject,
                   coalesce(held.units, 0) || ' of at most ' || item.on_hand AS expected, item.reserved AS actual
              FROM inventory_stockitem AS item
              JOIN catalog_variant AS variant ON variant.id = item.variant_id
              JOIN inventory_location AS location ON location.id = item.location_id
              LEFT JOIN (SELECT stock_item_id, sum(quantity - backordered) AS units
                           FROM inventory_reservation GROUP BY 1) AS held
                     ON held.stock_item_id = item.id
             WHERE item.reserved <> coalesce(held.units, 0) OR item.reserved > item.on_hand OR item.reserved < 0
        """,
        few_groups=True,
    ),
    Check(
        code="inventory.backordered",
        title="Backordered stock is the sum of what its reservations wait for, and no more than its limit.",
        query="""
            SELECT item.id, variant.sku || ' @ ' || location.code AS subject,
                   coalesce(held.units, 0) || ' of at most ' || item.backorder_limit AS expected,
                   item.backordered AS actual
              FROM inventory_stockitem AS item
              JOIN catalog_variant AS variant ON variant.id = item.variant_id
              JOIN inventory_location AS location ON location.id = item.location_id
              LEFT JOIN (SELECT stock_item_id, sum(backordered) AS units
                           FROM inventory_reservation WHERE backordered > 0 GROUP BY 1) AS held
                     ON held.stock_item_id = item.id
             WHERE item.backordered <> coalesce(held.units, 0)
                OR item.backordered NOT BETWEEN 0 AND item.backorder_limit
        """,
        few_groups=True,
    ),
    Check(
        code="inventory.waiting",
        title="Nobody waits for units that are there.",
        # At the same location; whether another may serve them is for people to say (inventory/backorders.py).
        query="""
            SELECT item.id, variant.sku || ' @ ' || location.code AS subject,
                   greatest(item.backordered - item.on_hand + item.reserved, 0) AS expected, item.backordered AS actual
              FROM inventory_stockitem AS item
              JOIN catalog_variant AS variant ON variant.id = item.variant_id
              JOIN inventory_location AS location ON location.id = item.location_id
             WHERE item.backordered > 0 AND item.on_hand > item.reserved
        """,
    ),
)
