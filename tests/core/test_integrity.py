"""Each check names the row that was tampered with, past everything that keeps it from happening."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.db import connection, transaction
from django.test import override_settings
from django.utils import timezone
from django.utils.module_loading import import_string
from pytest_django import DjangoDbBlocker, Settings

from carts.services import merge_at_login
from catalog.models import Category, Product
from catalog.search_rows import refresh_marked
from core.integrity import Check, make_check, registered
from core.outbox import relay
from core.outbox.models import OutboxEvent
from core.outbox.services import emit
from etl.models import KeyMap, Rejection, Run, RunEntity
from payments.services import capture_payment, refund_payment
from pricing.models import TaxRate, TaxZone
from tests.factories.accounts import UserFactory
from tests.factories.catalog import (
    CategoryFactory,
    OptionTypeFactory,
    OptionValueFactory,
    ProductImageFactory,
    VariantFactory,
    VariantOptionFactory,
)
from tests.factories.checkout import cart_with, completed_order, order_awaiting_transfer, shipped_order
from tests.factories.inventory import stocked_variant

# Each test works in a savepoint of the module's transaction.
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]


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
A_CHOICE = one("catalog_variantoption")

TAMPERINGS = [
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
    Tampering("etl.keys", "UPDATE etl_keymap SET target_id = uuidv7() RETURNING id"),
    Tampering("etl.keys", "DELETE FROM catalog_category WHERE source = 'old shop'; SELECT id FROM etl_keymap"),
    Tampering("etl.rejections", "DELETE FROM etl_rejection; SELECT id FROM etl_runentity"),
]


@pytest.fixture(scope="module")
def shop(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A small shop in which something of everything has happened, undone again after the last test."""
    consumers = override_settings(OUTBOX_CONSUMERS=["tests.core.outbox_consumers.Choosy"])
    with django_db_blocker.unblock(), consumers, transaction.atomic():
        sell_this_and_that()
        connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")
        yield
        transaction.set_rollback(True)


def sell_this_and_that() -> None:
    zone = TaxZone.objects.create(code="eu", name="EU", countries=["FR", "US"], prices_include_tax=False)
    TaxRate.objects.create(zone=zone, tax_class="standard", rate=Decimal("0.19"), name="VAT")
    variant = stocked_variant(50)
    completed_order(variant=variant, quantity=2)
    shipped_order(variant=variant)
    refunded = order_awaiting_transfer(variant=variant).payments.get()
    capture_payment(payment_id=refunded.pk, actor=None)
    refund_payment(payment_id=refunded.pk, amount=type(refunded.amount)(100, refunded.currency), actor=None)
    order_awaiting_transfer(variant=variant, customer=UserFactory())
    customer = UserFactory()
    cart_with(variant, customer=customer)
    merge_at_login(customer=customer, token=cart_with(variant).token)
    cart_with(variant)
    ProductImageFactory(product=variant.product, is_primary=False)
    chosen = VariantOptionFactory(variant=VariantFactory(), value=OptionValueFactory())
    VariantOptionFactory(variant=chosen.variant, value=OptionValueFactory(option_type=OptionTypeFactory(code="colour")))
    OptionTypeFactory(code="material")
    # There is no table into which it could be written, so that it is parked.
    emit(event_type="test.said", aggregate=customer, word=customer.pk)
    relay.run_once()
    move_a_category_in()
    while refresh_marked():
        pass


def move_a_category_in() -> None:
    run = Run.objects.create(mapping="old", source="old shop", source_url="-", started_by="-", status="differs")
    RunEntity.objects.create(run=run, entity="category", position=0, read=2, inserted=1, rejected=1)
    Rejection.objects.create(run=run, entity="category", row=2, reason="required", column="name", message="-")
    category = CategoryFactory(source="old shop", source_key="1")
    KeyMap.objects.create(
        source="old shop", entity="category", source_key="1", target_id=category.pk, first_run=run, last_run=run
    )


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


def named(code: str) -> set[str]:
    outcome = make_check(registered()[code], limit=100)
    assert outcome.error == ""
    assert len(outcome.examples) == outcome.violations
    return {example.id for example in outcome.examples}


def test_nothing_is_wrong_before_anybody_tampers() -> None:
    outcomes = [make_check(check, limit=3) for check in registered().values()]

    assert [one for one in outcomes if one.violations or one.error] == []


@pytest.mark.parametrize("tampering", TAMPERINGS, ids=lambda one: one.code)
def test_the_check_names_the_row_that_was_tampered_with(tampering: Tampering) -> None:
    broken = tamper(tampering)

    assert broken
    assert broken <= named(tampering.code)


def test_every_check_is_shown_to_fail() -> None:
    assert {tampering.code for tampering in TAMPERINGS} == set(registered())


def test_every_app_that_has_checks_is_asked() -> None:
    asked = {path.rpartition(".")[0].replace(".", "/") for path in configured.INTEGRITY_CHECKS}
    root = Path(configured.BASE_DIR)
    there = {
        str(path.relative_to(root).with_suffix(""))
        for path in root.glob("[a-z]*/**/integrity.py")
        if ".venv" not in path.parts
    }

    assert there - {"core/integrity"} <= asked


def test_codes_are_unique() -> None:
    every: list[Check] = [check for path in configured.INTEGRITY_CHECKS for check in import_string(path)]
    assert len({check.code for check in every}) == len(every) == len(registered())


def test_events_that_were_forgotten_long_ago_leave_no_gap_to_tell_of(settings: Settings) -> None:
    old = timezone.now() - timedelta(days=settings.OUTBOX_KEEP_DAYS)
    OutboxEvent.objects.filter(position__lte=3).update(recorded_at=old)
    OutboxEvent.objects.filter(position=2).delete()

    assert named("outbox.positions") == set()


def test_what_staff_deleted_of_what_moved_in_is_not_missed() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM catalog_category WHERE source = 'old shop'")

    assert named("etl.keys") == set()


def test_an_open_cart_may_hold_stock_for_a_while() -> None:
    with connection.cursor() as cursor:
        cursor.execute("""
            UPDATE inventory_reservation SET expires_at = now() + interval '1 hour', holder = (
                SELECT line.id FROM carts_cartline AS line JOIN carts_cart AS cart ON cart.id = line.cart_id
                 WHERE cart.status = 'open' LIMIT 1)
             WHERE id = (SELECT min(id::text)::uuid FROM inventory_reservation)
        """)

    assert named("checkout.reservation_holders") == set()


def test_a_product_with_a_mark_may_have_an_old_text_for_a_while() -> None:
    with transaction.atomic():
        Product.objects.update(name_en="Renamed", name="Renamed", search_text="mint")
        Category.objects.update(name_en="Renamed", name="Renamed")
        assert named("catalog.search_text") == set()
        transaction.set_rollback(True)


def test_a_check_that_the_database_cannot_make_is_told_and_the_next_is_made() -> None:
    broken = make_check(Check(code="x", title="x", query="SELECT nothing FROM nowhere"), limit=1)
    sound = make_check(registered()["inventory.on_hand"], limit=1)

    assert "nowhere" in broken.error
    assert sound.error == ""


def test_so_many_rows_are_counted_and_so_few_are_shown() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inventory_stockitem SET on_hand = on_hand + 1")
        cursor.execute("SELECT count(*) FROM inventory_stockitem")
        [many] = cursor.fetchone()

    outcome = make_check(registered()["inventory.on_hand"], limit=1)
    assert (outcome.violations, len(outcome.examples)) == (many, 1)


def test_the_document_lists_the_checks_that_there_are() -> None:
    text = (Path(configured.BASE_DIR) / "docs" / "integrity.md").read_text(encoding="utf-8")
    listed = text.split("| code | what holds |\n|---|---|\n")[1].strip().splitlines()

    assert listed == [f"| `{check.code}` | {check.title} |" for check in registered().values()]
