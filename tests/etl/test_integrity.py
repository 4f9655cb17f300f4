"""The shops that sample data and imports write hold to every invariant."""

import pytest

from core.integrity import make_check, registered
from orders.states import PaymentStatus
from payments.models import PaymentTransaction
from sampledata.bulk.loader import Sizes
from sampledata.loader import load_demo_shop
from tests.etl.corner_shop import NORTHWIND, move_in, needs_northwind
from tests.sampledata.test_bulk import fill
from tests.sampledata.test_demo_shop import store_blank_pictures

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def broken() -> dict[str, object]:
    outcomes = [make_check(check, limit=3) for check in registered().values()]
    return {one.code: one.error or one.examples for one in outcomes if one.error or one.violations}


def test_sample_data_in_bulk_is_whole() -> None:
    fill(sizes=Sizes(products=200, customers=100, orders=6_000))

    # As many as it takes that the one piece that was ordered arrives broken.
    one_piece = PaymentTransaction.objects.filter(note="One piece arrived broken")
    assert one_piece.filter(payment__order__payment_status=PaymentStatus.REFUNDED).exists()
    assert broken() == {}


def test_the_demo_shop_is_whole() -> None:
    store_blank_pictures()
    load_demo_shop()

    assert broken() == {}


@needs_northwind
def test_northwind_is_whole_after_it_moved_in_and_again_after_a_second_run() -> None:
    move_in(NORTHWIND)
    assert broken() == {}

    move_in(NORTHWIND)
    assert broken() == {}
