"""Each check names the row that was tampered with, and nothing is wrong of what only looks like it."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.db import connection, transaction
from django.test import override_settings
from django.utils import timezone
from pytest_django import DjangoDbBlocker, Settings

from carts.apps import CartsConfig
from carts.services import merge_at_login
from catalog.models import Category, Product
from catalog.search.rows import refresh_marked
from checkout.services.edit_order import Edit, edit_order
from core.integrity import Check, make_check, registered
from core.money import Money
from core.outbox import relay
from core.outbox.models import OutboxEvent
from core.outbox.services import emit
from core.registry import souk_apps
from etl.models import KeyMap, Rejection, Run, RunEntity
from payments.ledger import lock_payment
from payments.models import Payment
from payments.operations import request_operation
from payments.operations.recording import Answer, record
from payments.services import capture_payment, refund_payment
from payments.states import OperationKind, OperationState
from pricing.discounts import Discount, DiscountTarget
from pricing.models import TaxRate
from tests.core.tamperings import TAMPERINGS, Tampering, tamper
from tests.factories.accounts import MembershipFactory, UserFactory
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
from tests.factories.pricing import TaxZoneFactory

# Each test works in a savepoint of the module's transaction.
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]


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
    zone = TaxZoneFactory(code="eu", name="EU", countries=["FR", "US"])
    TaxRate.objects.create(zone=zone, tax_class="standard", rate=Decimal("0.19"), name="VAT")
    variant = stocked_variant(50)
    completed_order(variant=variant, quantity=2)
    shipped_order(variant=variant)
    refunded = order_awaiting_transfer(variant=variant).payments.get()
    capture_payment(payment_id=refunded.pk, actor=None)
    refund_payment(payment_id=refunded.pk, amount=type(refunded.amount)(100, refunded.currency), actor=None)
    refund_by_its_provider(refunded, amounts=(200, 50))
    waiting = order_awaiting_transfer(variant=variant, customer=UserFactory())
    for target in (DiscountTarget.GOODS, DiscountTarget.SHIPPING):
        discount = Discount(target=target, reason="Late", percent=Decimal(10))
        edit_order(order_id=waiting.pk, edit=Edit(discount=discount), actor=None)
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
    MembershipFactory()
    while refresh_marked():
        pass


def refund_by_its_provider(payment: Payment, *, amounts: tuple[int, int]) -> None:
    """Two refunds that a provider was asked for, of which it has made the first."""
    order, payment = lock_payment(payment.pk)
    for minor in amounts:
        operation = request_operation(
            payment=payment,
            kind=OperationKind.REFUND,
            amount=Money(minor, payment.currency),
            actor=None,
            is_awaited=True,
        )
        if minor == amounts[0]:
            record(order, payment, operation, Answer(OperationState.SUCCEEDED))


def move_a_category_in() -> None:
    run = Run.objects.create(mapping="old", source="old shop", source_url="-", started_by="-", status="differs")
    RunEntity.objects.create(run=run, entity="category", position=0, read=2, inserted=1, rejected=1)
    Rejection.objects.create(run=run, entity="category", row=2, reason="required", column="name", message="-")
    category = CategoryFactory(source="old shop", source_key="1")
    KeyMap.objects.create(
        source="old shop", entity="category", source_key="1", target_id=category.pk, first_run=run, last_run=run
    )


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
    paths = [path for app in souk_apps() for path in app.integrity_checks]
    asked = {path.rpartition(".")[0].replace(".", "/") for path in paths}
    root = Path(configured.BASE_DIR)
    there = {
        str(path.relative_to(root).with_suffix(""))
        for path in root.glob("[a-z]*/**/integrity.py")
        if ".venv" not in path.parts
    }

    assert there - {"core/integrity"} <= asked


def test_two_checks_of_one_code_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CartsConfig, "integrity_checks", (*CartsConfig.integrity_checks, "carts.integrity.CARTS"))

    with pytest.raises(ValueError, match="two integrity checks have the code"):
        registered.__wrapped__()


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
