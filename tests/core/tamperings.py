"""What breaks each check of check_integrity, past everything that keeps it from happening."""

from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True, slots=True)
class Tampering:
    """A statement that breaks a check and returns the id of the row that the check has to name.

    `without` are constraints, as table and name, that the database has to lose first.
    """

    code: str
    statement: str
    without: tuple[tuple[str, str], ...] = ()


def one(table: str, where: str = "true") -> str:
    """The id of some row."""
    return f"(SELECT id FROM {table} WHERE {where} ORDER BY id LIMIT 1)"


A_SHIPPED = one("orders_order", "status = 'processing'")
A_WAITING = one("orders_order", "status = 'pending'")
A_DONE = one("orders_order", "status = 'completed'")
A_REFUND_MADE = one("payments_paymentoperation", "state = 'succeeded'")
AN_OPEN_REFUND = one("payments_paymentoperation", "state = 'requested'")
A_CAPTURE = one("payments_paymenttransaction", "kind = 'capture'")
A_CHOICE = one("catalog_variantoption")

TAMPERINGS = [
    Tampering(
        "notifications.texts",
        """INSERT INTO notifications_messagetext (id, code, language, created_at, updated_at)
           VALUES (uuidv7(), 'gone', 'en', now(), now()) RETURNING id""",
    ),
    Tampering(
        "desk.kinds",
        """INSERT INTO desk_stafftask (id, kind, object_id, params, state, priority, created_at, updated_at)
           VALUES (uuidv7(), 'gone', 'x', '{}', 'open', 2, now(), now()) RETURNING id""",
    ),
    Tampering(
        "desk.one_a_cause",
        """INSERT INTO desk_stafftask (id, kind, object_id, params, state, priority, created_at, updated_at)
           SELECT uuidv7(), 'desk.integrity_failed', 'x', '{}', 'open', 2, now(), now() FROM generate_series(1, 2);
           SELECT min(id::text) FROM desk_stafftask WHERE object_id = 'x'""",
        (("desk_stafftask", "desk_stafftask_one_a_cause"),),
    ),
    Tampering(
        "accounts.group_members",
        """UPDATE accounts_user SET erased_at = now()
             WHERE id = (SELECT customer_id FROM accounts_customergroupmembership LIMIT 1);
           SELECT id FROM accounts_customergroupmembership LIMIT 1""",
    ),
    Tampering(
        "pricing.zone_areas",
        "DELETE FROM pricing_taxzonearea RETURNING zone_id",
    ),
    Tampering(
        "guards",
        """ALTER TABLE inventory_stockmove DISABLE TRIGGER ALL; SELECT oid FROM pg_trigger
            WHERE tgrelid = 'inventory_stockmove'::regclass AND tgname LIKE 'pgtrigger_append_only%'""",
    ),
    Tampering(
        "guards",
        """ALTER TABLE carts_cartline ADD CONSTRAINT loose CHECK (quantity < 0) NOT VALID;
           SELECT oid FROM pg_constraint WHERE conname = 'loose'""",
    ),
    Tampering(
        "guards",
        """UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'orders_orderline_sku'::regclass
           RETURNING indexrelid""",
    ),
    Tampering(
        "origins",
        """UPDATE catalog_category SET source = 'old shop', source_key = '1';
           SELECT min(id::text) FROM catalog_category""",
        (("catalog_category", "catalog_category_origin"),),
    ),
    Tampering(
        "origins",
        f"UPDATE orders_order SET source = 'old shop' WHERE id = {A_DONE} RETURNING id",
        (("orders_order", "orders_order_origin_whole"),),
    ),
    Tampering(
        "translations", f"UPDATE catalog_product SET name = 'x' WHERE id = {one('catalog_product')} RETURNING id"
    ),
    Tampering(
        "translations",
        f"UPDATE shipping_shippingmethod SET name = ' ', name_en = ' ' WHERE id = {one('shipping_shippingmethod')} "
        "RETURNING id",
    ),
    Tampering(
        "outbox.positions",
        """DELETE FROM core_outboxevent WHERE position = 3; SELECT id FROM core_outboxevent WHERE position = 2""",
    ),
    Tampering(
        "outbox.positions",
        """DELETE FROM core_outboxevent WHERE position = (SELECT max(position) FROM core_outboxevent);
           SELECT id FROM core_outboxevent ORDER BY position DESC LIMIT 1""",
    ),
    Tampering(
        "outbox.positions",
        "UPDATE core_outboxevent SET position = 2 WHERE position = 3 RETURNING id",
        (("core_outboxevent", "core_outboxevent_position"),),
    ),
    Tampering(
        "outbox.waiting",
        f"""UPDATE core_outboxevent SET position = NULL, recorded_at = now() - interval '16 minutes'
             WHERE id = {one("core_outboxevent")} RETURNING id""",
    ),
    Tampering(
        "outbox.cursors",
        "UPDATE core_outboxcursor SET position = position + 1 WHERE name <> 'relay' RETURNING name",
    ),
    Tampering("outbox.cursors", "UPDATE core_outboxevent SET position = 1000000 WHERE position = 2 RETURNING id"),
    Tampering("outbox.deliveries", "UPDATE core_outboxdelivery SET position = position - 1 RETURNING id"),
    Tampering(
        "outbox.deliveries",
        "UPDATE core_outboxcursor SET position = 0 WHERE name <> 'relay'; SELECT id FROM core_outboxdelivery",
    ),
    Tampering("audit.triggers", "DROP TRIGGER audit_update ON orders_order; SELECT 'orders_order'"),
    Tampering("audit.triggers", "ALTER TABLE orders_order DISABLE TRIGGER audit_insert; SELECT 'orders_order'"),
    Tampering(
        "catalog.from_price",
        f"""UPDATE catalog_variant SET price_minor = price_minor - 1 WHERE product_id = {one("catalog_product")};
            SELECT {one("catalog_product")}""",
    ),
    Tampering(
        "catalog.on_sale",
        f"DELETE FROM catalog_productimage WHERE product_id = {one('catalog_product')} RETURNING product_id",
    ),
    Tampering(
        "catalog.on_sale",
        f"""UPDATE catalog_product SET name_en = ' ' WHERE id = {one("catalog_product", "is_active")} RETURNING id""",
        (("catalog_product", "catalog_product_on_sale_has_name"),),
    ),
    Tampering(
        "catalog.primary_picture",
        f"""UPDATE catalog_productimage SET is_primary = false WHERE id = {one("catalog_productimage")}
            RETURNING product_id""",
    ),
    Tampering(
        "catalog.primary_picture",
        """UPDATE catalog_productimage SET is_primary = true WHERE NOT is_primary RETURNING product_id""",
        (("catalog_productimage", "catalog_productimage_one_primary"),),
    ),
    Tampering(
        "catalog.options_key",
        f"DELETE FROM catalog_variantoption WHERE id = {A_CHOICE} RETURNING variant_id",
    ),
    Tampering(
        "catalog.option_values",
        f"""UPDATE catalog_variantoption SET option_type_id = {one("catalog_optiontype", "code = 'material'")}
             WHERE id = {A_CHOICE} RETURNING id""",
    ),
    Tampering(
        "catalog.media.variant_pictures",
        f"""INSERT INTO catalog_variantpicture (variant_id, image_id, product_id)
            SELECT {one("catalog_variant")}, image.id, image.product_id FROM catalog_productimage AS image
             WHERE image.product_id NOT IN (SELECT product_id FROM catalog_variant WHERE id = {one("catalog_variant")})
             ORDER BY image.id LIMIT 1 RETURNING id""",
        (("catalog_variantpicture", "catalog_variantpicture_variant_of_product"),),
    ),
    Tampering(
        "catalog.category_tree",
        f"""UPDATE catalog_category SET parent_id = id WHERE id = {one("catalog_category")} RETURNING id""",
        (("catalog_category", "catalog_category_not_own_parent"),),
    ),
    Tampering(
        "catalog.search_text",
        f"UPDATE catalog_product SET search_text = 'x' WHERE id = {one('catalog_product')} RETURNING id",
    ),
    Tampering(
        "catalog.search_text",
        "UPDATE catalog_optionvalue SET name_en = 'Huge'; SELECT product_id FROM "
        "catalog_variant JOIN catalog_variantoption ON variant_id = catalog_variant.id",
    ),
    Tampering(
        "catalog.search_marks",
        """INSERT INTO catalog_searchmark (kind, subject_id, marked_at)
           SELECT 'product', uuidv7(), now() - interval '16 minutes' RETURNING id""",
    ),
    Tampering(
        "inventory.on_hand",
        f"UPDATE inventory_stockitem SET on_hand = on_hand + 1 WHERE id = {one('inventory_stockitem')} RETURNING id",
    ),
    Tampering(
        "inventory.on_hand",
        """DELETE FROM inventory_stockmove WHERE id = (SELECT id FROM inventory_stockmove ORDER BY id LIMIT 1)
           RETURNING stock_item_id""",
    ),
    Tampering("inventory.reserved", "UPDATE inventory_reservation SET quantity = quantity + 1 RETURNING stock_item_id"),
    Tampering(
        "inventory.reserved",
        "UPDATE inventory_stockitem SET on_hand = reserved - 1 WHERE reserved > 0 RETURNING id",
        (("inventory_stockitem", "inventory_stockitem_not_oversold"),),
    ),
    Tampering(
        "inventory.backordered",
        "UPDATE inventory_stockitem SET backordered = 1, backorder_limit = 1 RETURNING id",
    ),
    Tampering(
        "inventory.waiting",
        "UPDATE inventory_stockitem SET backordered = 1, backorder_limit = 1 WHERE on_hand > reserved RETURNING id",
    ),
    Tampering(
        "carts.one_open",
        """UPDATE carts_cart SET customer_id = (SELECT customer_id FROM carts_cart WHERE status = 'open'
                                                   AND customer_id IS NOT NULL LIMIT 1)
            WHERE status = 'open' RETURNING customer_id""",
        (("carts_cart", "carts_cart_one_open_a_customer"),),
    ),
    Tampering(
        "carts.merged",
        "UPDATE carts_cart SET merged_into_id = NULL WHERE status = 'merged' RETURNING id",
        (("carts_cart", "carts_cart_merged_names_target"),),
    ),
    Tampering(
        "orders.totals",
        f"""UPDATE orders_order SET subtotal_minor = subtotal_minor + 1, total_minor = total_minor + 1
             WHERE id = {A_DONE} RETURNING id""",
    ),
    Tampering("orders.totals", "DELETE FROM orders_orderline WHERE position = 1 RETURNING order_id"),
    Tampering(
        "orders.totals",
        f"""UPDATE orders_order SET tax_minor = tax_minor + 1, total_minor = total_minor + 1
             WHERE id = {A_DONE} RETURNING id""",
    ),
    Tampering(
        "orders.totals",
        f"UPDATE orders_order SET total_minor = total_minor + 1 WHERE id = {A_DONE} RETURNING id",
        (("orders_order", "orders_order_total_adds_up"),),
    ),
    Tampering(
        "orders.line_totals",
        f"UPDATE orders_orderline SET total_minor = total_minor + 1 WHERE id = {one('orders_orderline')} RETURNING id",
        (("orders_orderline", "orders_orderline_total_adds_up"),),
    ),
    Tampering(
        "orders.line_totals",
        f"UPDATE orders_orderline SET tax_minor = tax_minor + 1 WHERE id = {one('orders_orderline')} RETURNING id",
    ),
    Tampering(
        "orders.adjustments",
        "UPDATE orders_orderadjustment SET amount_minor = amount_minor + 1 WHERE kind = 'discount' RETURNING line_id",
    ),
    Tampering("orders.adjustments", "DELETE FROM orders_orderadjustment WHERE kind = 'discount' RETURNING line_id"),
    Tampering(
        "orders.shipping_adjustments",
        "DELETE FROM orders_orderadjustment WHERE kind = 'shipping_discount' RETURNING order_id",
    ),
    Tampering(
        "orders.shipping_tax",
        f"UPDATE orders_order SET shipping_tax_rate = shipping_tax_rate + 0.1 WHERE id = {A_DONE} RETURNING id",
    ),
    Tampering(
        "orders.price_steps",
        f"UPDATE orders_order SET price_steps = price_steps - 1 WHERE id = {A_DONE} RETURNING id",
    ),
    Tampering(
        "orders.line_price_steps",
        f"UPDATE orders_orderline SET price_steps = price_steps - 1 WHERE id = {one('orders_orderline')} RETURNING id",
    ),
    Tampering("orders.history", f"UPDATE orders_order SET status = 'completed' WHERE id = {A_SHIPPED} RETURNING id"),
    Tampering("orders.history", f"UPDATE orders_order SET payment_status = 'paid' WHERE id = {A_SHIPPED} RETURNING id"),
    Tampering(
        "orders.history",
        f"UPDATE orders_order SET fulfilment_status = 'delivered' WHERE id = {A_SHIPPED} RETURNING id",
    ),
    Tampering(
        "orders.history",
        "DELETE FROM orders_ordertransition WHERE to_state = 'processing' RETURNING order_id",
    ),
    Tampering("orders.history", "DELETE FROM orders_ordertransition WHERE from_state = '' RETURNING order_id"),
    Tampering(
        "orders.history",
        f"UPDATE orders_order SET status = 'lost' WHERE id = {A_WAITING} RETURNING id",
        (("orders_order", "orders_order_status_known"),),
    ),
    Tampering(
        "orders.steps",
        "UPDATE orders_ordertransition SET to_state = 'completed' WHERE from_state = 'pending' RETURNING id",
    ),
    Tampering(
        "orders.states_agree",
        f"UPDATE orders_order SET paid_minor = 0, refunded_minor = 0 WHERE id = {A_DONE} RETURNING id",
    ),
    Tampering(
        "orders.states_agree", f"UPDATE orders_order SET status = 'cancelled' WHERE id = {A_SHIPPED} RETURNING id"
    ),
    Tampering(
        "orders.states_agree", f"UPDATE orders_order SET payment_status = 'paid' WHERE id = {A_WAITING} RETURNING id"
    ),
    Tampering(
        "orders.states_agree",
        f"""UPDATE orders_order SET fulfilment_status = 'delivered', paid_minor = total_minor WHERE id = {A_SHIPPED}
            RETURNING id""",
    ),
    Tampering(
        "orders.carts",
        "UPDATE carts_cart SET status = 'open', customer_id = NULL WHERE status = 'ordered' RETURNING id",
    ),
    Tampering("orders.carts", "UPDATE carts_cart SET status = 'ordered' WHERE status = 'open' RETURNING id"),
    Tampering(
        "orders.carts",
        f"UPDATE orders_order SET cart_id = (SELECT cart_id FROM orders_order WHERE id = {A_DONE}) RETURNING cart_id",
        (("orders_order", "orders_order_cart_id_key"),),
    ),
    Tampering(
        "payments.of_orders", f"UPDATE orders_order SET payment_status = 'paid' WHERE id = {A_WAITING} RETURNING id"
    ),
    Tampering(
        "payments.of_orders",
        f"UPDATE orders_order SET paid_minor = paid_minor + 1 WHERE id = {A_DONE} RETURNING id",
    ),
    Tampering(
        "payments.of_orders",
        f"""DELETE FROM payments_paymenttransaction WHERE kind = 'capture' AND payment_id = {
            one("payments_payment", f"order_id = {A_DONE}")
        }; SELECT {A_DONE}""",
    ),
    Tampering(
        "payments.open_amounts",
        "UPDATE payments_payment SET amount_minor = amount_minor + 1 WHERE status = 'pending' RETURNING order_id",
    ),
    Tampering("payments.state", "UPDATE payments_payment SET status = 'voided' WHERE status = 'pending' RETURNING id"),
    Tampering(
        "payments.state", "UPDATE payments_payment SET captured_at = NULL WHERE status = 'captured' RETURNING id"
    ),
    Tampering(
        "payments.refunds",
        "UPDATE payments_paymenttransaction SET amount_minor = 1000000 WHERE kind = 'refund' RETURNING payment_id",
    ),
    Tampering(
        "payments.refunds",
        "UPDATE payments_paymenttransaction SET amount_minor = 1000000 WHERE kind = 'capture' RETURNING payment_id",
    ),
    Tampering(
        "payments.refunds_in_flight",
        f"UPDATE payments_paymentoperation SET amount_minor = 1000000 WHERE id = {AN_OPEN_REFUND} RETURNING payment_id",
    ),
    Tampering(
        "payments.operations",
        f"UPDATE payments_paymentoperation SET amount_minor = 1 WHERE id = {A_REFUND_MADE} RETURNING id",
    ),
    Tampering(
        "payments.operations",
        f"UPDATE payments_paymenttransaction SET operation_id = NULL WHERE operation_id = {A_REFUND_MADE}; "
        f"SELECT {A_REFUND_MADE}",
    ),
    Tampering(
        "payments.operations",
        f"UPDATE payments_paymenttransaction SET operation_id = {AN_OPEN_REFUND} WHERE kind = 'capture' "
        f"AND id = {A_CAPTURE} RETURNING operation_id",
    ),
    Tampering(
        "payments.operation_trail",
        f"UPDATE payments_paymentoperation SET state = 'declined', error_code = 'x' WHERE id = {A_REFUND_MADE} "
        "RETURNING id",
    ),
    Tampering(
        "payments.undecided",
        f"UPDATE payments_paymentoperation SET created_at = now() - interval '2 days' WHERE id = {AN_OPEN_REFUND} "
        "RETURNING id",
    ),
    Tampering("payments.currency", "UPDATE payments_payment SET currency = 'TND' RETURNING id"),
    Tampering(
        "shipping.fulfilment",
        f"UPDATE orders_order SET fulfilment_status = 'delivered' WHERE id = {A_SHIPPED} RETURNING id",
    ),
    Tampering(
        "shipping.fulfilment",
        f"UPDATE shipping_shipment SET status = 'failed' WHERE order_id = {A_SHIPPED} RETURNING order_id",
    ),
    Tampering(
        "shipping.parcel_lines",
        "UPDATE shipping_shipmentline SET quantity = quantity + 1 RETURNING id",
    ),
    Tampering(
        "shipping.parcel_lines",
        f"""UPDATE shipping_shipmentline SET order_line_id = {one("orders_orderline", f"order_id = {A_WAITING}")}
             WHERE id = {one("shipping_shipmentline")} RETURNING id""",
    ),
    Tampering("shipping.dates", "UPDATE shipping_shipment SET shipped_at = NULL RETURNING id"),
    Tampering(
        "shipping.dates", "UPDATE shipping_shipment SET delivered_at = now() WHERE status = 'shipped' RETURNING id"
    ),
    Tampering("checkout.reservation_holders", "UPDATE inventory_reservation SET holder = uuidv7() RETURNING id"),
    Tampering(
        "checkout.reservation_holders",
        f"""UPDATE orders_order SET status = 'cancelled' WHERE id = {A_WAITING};
            SELECT kept.id FROM inventory_reservation AS kept JOIN orders_orderline AS line ON line.id = kept.holder
              JOIN orders_order AS held ON held.id = line.order_id WHERE held.status = 'cancelled'""",
    ),
    Tampering(
        "checkout.reservation_holders",
        """UPDATE inventory_reservation SET expires_at = now() + interval '1 hour', holder = (
               SELECT line.id FROM carts_cartline AS line JOIN carts_cart AS cart ON cart.id = line.cart_id
                WHERE cart.status = 'ordered' LIMIT 1)
            WHERE id = (SELECT min(id::text)::uuid FROM inventory_reservation) RETURNING id""",
    ),
    Tampering(
        "checkout.reservation_holders",
        "UPDATE inventory_reservation SET expires_at = now() + interval '1 hour' RETURNING id",
    ),
    Tampering(
        "checkout.reservation_holders",
        """UPDATE inventory_reservation SET holder = (
               SELECT line.id FROM carts_cartline AS line JOIN carts_cart AS cart ON cart.id = line.cart_id
                WHERE cart.status = 'open' LIMIT 1)
            WHERE id = (SELECT min(id::text)::uuid FROM inventory_reservation) RETURNING id""",
    ),
    Tampering("checkout.units_promised", "DELETE FROM inventory_reservation RETURNING holder"),
    Tampering("checkout.units_promised", "UPDATE inventory_reservation SET quantity = quantity + 1 RETURNING holder"),
    Tampering(
        "checkout.units_promised",
        f"DELETE FROM shipping_shipmentline WHERE order_line_id = {one('orders_orderline', f'order_id = {A_SHIPPED}')} "
        "RETURNING order_line_id",
    ),
    Tampering("checkout.units_gone", "DELETE FROM inventory_stockmove WHERE kind = 'shipment' RETURNING reference"),
    Tampering(
        "core.shop_settings",
        "INSERT INTO core_shopsetting (name, value) VALUES ('low_stock_units', '-1') RETURNING id",
    ),
    Tampering(
        "core.shop_settings", "INSERT INTO core_shopsetting (name, value) VALUES ('of_an_app', '1') RETURNING id"
    ),
    Tampering("etl.keys", "UPDATE etl_keymap SET target_id = uuidv7() RETURNING id"),
    Tampering("etl.keys", "DELETE FROM catalog_category WHERE source = 'old shop'; SELECT id FROM etl_keymap"),
    Tampering("etl.rejections", "DELETE FROM etl_rejection; SELECT id FROM etl_runentity"),
]


def tamper(tampering: Tampering) -> set[str]:
    """Break it as somebody may who has the database's own powers; returns what the statement says that it broke."""
    with connection.cursor() as cursor:
        for table, constraint in tampering.without:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {constraint}")
            cursor.execute(f"DROP INDEX IF EXISTS {constraint}")
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in tampering.statement.split(";"):
            cursor.execute(statement)
        rows = cursor.fetchall()
        cursor.execute("SET LOCAL session_replication_role = origin")
    return {str(row_id) for (row_id,) in rows}
