"""The demo shop in the database: complete, dated, and the same however often it is loaded."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction
from django.db.models import Count, F, Max, Min, Q, Sum
from django.test import override_settings
from django.utils import timezone
from modeltranslation.translator import translator
from pytest_django import DjangoDbBlocker

from accounts.models import Address, User
from carts.models import Cart
from catalog.gtins import is_gtin
from catalog.models import Category, Product, ProductImage, Variant
from core.models import OriginModel
from inventory.models import Reservation, StockItem, StockMove
from orders.models import Order, OrderLine, OrderTransition
from orders.states import FulfilmentStatus, OrderStatus, PaymentStatus
from payments.models import Payment, PaymentTransaction
from pricing.models import TaxZone
from sampledata.content import LANGUAGES, shop_text
from sampledata.loader import Loaded, load_demo_shop
from sampledata.pictures import Picture, pictures_of
from shipping.models import Shipment, ShippingMethod

TABLES = (
    Address, Cart, Category, Order, OrderLine, OrderTransition, Payment, PaymentTransaction, Product, ProductImage,
    Reservation, Shipment, ShippingMethod, StockItem, StockMove, TaxZone, User, Variant,
)  # fmt: skip

# Each test works in a savepoint of the module's transaction.
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo")]

QUICK_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def store_blank_pictures() -> None:
    """Files where the pictures belong: they count as drawn, and the test is spared the drawing."""
    shop = shop_text()
    for picture in (picture for product in shop.products for picture in pictures_of(product, shop)):
        default_storage.save(picture.file, ContentFile(b"picture"))


def content() -> dict[str, Any]:
    """What one seed has to give again: everything but ids and times."""
    return {
        "products": list(Product.objects.order_by("source_key").values_list("name_en", "name_fr", "name_ar", "slug")),
        "variants": list(Variant.objects.order_by("sku").values_list("sku", "price_minor", "compare_at_minor")),
        "stock": list(StockItem.objects.order_by("source_key").values_list("source_key", "on_hand", "reserved")),
        "people": list(User.objects.order_by("source_key").values_list("source_key", "email", "first_name")),
        "orders": list(
            Order.objects.order_by("number").values_list(
                "number", "email", "status", "payment_status", "fulfilment_status", "total_minor", "tax_minor"
            )
        ),
        "lines": list(
            OrderLine.objects.order_by("order__number", "position").values_list(
                "sku", "name", "quantity", "total_minor"
            )
        ),
        "carts": list(
            Cart.objects.filter(status="open")
            .order_by("customer__source_key", "lines__variant__sku")
            .values_list("customer__source_key", "lines__variant__sku", "lines__quantity")
        ),
    }


def rows() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table that the demo shop writes to, as it is."""
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in TABLES}


@contextmanager
def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def first_content(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """What a first load gave, undone again; the database stays open to the tests of this module."""
    media: Path = tmp_path_factory.mktemp("media")
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=media, PASSWORD_HASHERS=QUICK_HASHERS):
        store_blank_pictures()
        with rolled_back():
            load_demo_shop(seed=11)
            found = content()
        yield found


@pytest.fixture(scope="module")
def demo(first_content: dict[str, Any]) -> Iterator[Loaded]:
    """The demo shop, loaded once for all tests of this module."""
    with rolled_back():
        yield load_demo_shop(seed=11)


def load_again(**options: Any) -> Loaded:
    store_blank_pictures()
    return load_demo_shop(**options)


def test_everything_is_counted(demo: Loaded) -> None:
    assert demo.counts["products"] == 60
    assert demo.counts["orders"] == 38
    assert demo.counts["customers"] == 14
    assert demo.added == demo.counts


def test_every_translated_column_is_filled_in_three_languages() -> None:
    empty = []
    for model in translator.get_registered_models():
        for field in translator.get_options_for_model(model).fields:
            # What is left out there is made from name and description.
            for language in () if field.startswith("seo_") else LANGUAGES:
                missing = Q(**{f"{field}_{language}": ""}) | Q(**{f"{field}_{language}": None})
                if model._default_manager.filter(missing, source="sampledata").exists():
                    empty.append(f"{model.__name__}.{field}_{language}")

    assert not empty


def test_every_product_is_for_sale_and_found_by_its_arabic_name() -> None:
    honey = Product.objects.get(slug="thyme-honey")

    assert not Product.objects.exclude(is_active=True).exists()
    assert "عسل" in honey.search_text


def test_every_product_has_exactly_one_primary_picture() -> None:
    counted = Product.objects.annotate(primaries=Count("images", filter=Q(images__is_primary=True)))

    assert set(counted.values_list("primaries", flat=True)) == {1}
    assert set(ProductImage.objects.values_list("width", "height")) == {(800, 800)}


def test_orders_are_in_every_state() -> None:
    assert set(Order.objects.values_list("status", flat=True)) == set(OrderStatus.values)


def test_payments_and_parcels_are_in_many_states() -> None:
    paid = set(Order.objects.values_list("payment_status", flat=True))
    sent = set(Order.objects.values_list("fulfilment_status", flat=True))

    assert {PaymentStatus.UNPAID, PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED} <= paid
    assert {
        FulfilmentStatus.UNFULFILLED,
        FulfilmentStatus.PARTIALLY_SHIPPED,
        FulfilmentStatus.SHIPPED,
        FulfilmentStatus.DELIVERED,
    } <= sent


def test_open_orders_hold_their_stock() -> None:
    reserved = StockItem.objects.aggregate(units=Sum("reserved"))["units"]

    assert reserved == Reservation.objects.aggregate(units=Sum("quantity"))["units"] > 0


def test_what_is_on_hand_is_the_sum_of_the_moves() -> None:
    moved = StockItem.objects.annotate(moved=Sum("moves__quantity"))

    assert not moved.exclude(on_hand=F("moved")).exists()


def test_one_zone_includes_its_tax_and_the_other_adds_it() -> None:
    inclusive = Order.objects.filter(tax_zone="European Union").first()
    exclusive = Order.objects.filter(tax_zone="United States", tax_minor__gt=0).first()

    assert inclusive is not None
    assert exclusive is not None
    assert inclusive.total_minor == inclusive.subtotal_minor + inclusive.shipping_minor
    assert exclusive.total_minor == exclusive.subtotal_minor + exclusive.shipping_minor + exclusive.tax_minor


def test_an_order_is_written_in_its_customers_language() -> None:
    order = Order.objects.filter(language="ar").first()

    assert order is not None
    assert Product.objects.filter(name_ar__in=order.lines.values("name")).exists()


def test_guests_have_ordered_too() -> None:
    assert Order.objects.filter(customer=None).exists()


def test_orders_spread_over_past_weeks() -> None:
    placed = Order.objects.aggregate(first=Min("placed_at"), last=Max("placed_at"))

    assert placed["last"] - placed["first"] > timedelta(weeks=4)
    assert placed["last"] < timezone.now()


def test_history_is_dated_as_it_happened() -> None:
    orders = Order.objects.annotate(first=Min("transitions__created_at"), last=Max("transitions__created_at"))

    assert not orders.exclude(first=F("placed_at")).exists()
    assert not orders.filter(last__gte=timezone.now() - timedelta(hours=1)).exists()


def test_money_and_goods_are_dated_as_they_moved() -> None:
    captured = PaymentTransaction.objects.filter(kind=PaymentTransaction.Kind.CAPTURE)
    shipped = Shipment.objects.filter(shipped_at__isnull=False)

    assert captured.exists()
    assert not captured.exclude(created_at=F("payment__captured_at")).exists()
    assert {move.created_at for move in StockMove.objects.filter(kind=StockMove.Kind.SHIPMENT)} == {
        shipment.shipped_at for shipment in shipped
    }


def test_ledgers_stay_append_only_after_the_load() -> None:
    move = StockMove.objects.first()
    assert move is not None

    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        StockMove.objects.filter(pk=move.pk).update(quantity=1)


@pytest.mark.parametrize(
    ("username", "password", "is_staff"), [("shopper", "souk-shopper-1", False), ("staff", "souk-staff-1", True)]
)
def test_the_demo_log_ins_work(username: str, password: str, is_staff: bool) -> None:
    user = User.objects.get(username=username)

    assert user.check_password(password)
    assert (user.is_staff, user.is_superuser) == (is_staff, is_staff)


def test_customers_without_log_in_cannot_log_in() -> None:
    assert not [user for user in User.objects.filter(username=None) if user.has_usable_password()]


def test_some_carts_are_open() -> None:
    assert Cart.objects.filter(status=Cart.Status.OPEN, lines__isnull=False).distinct().count() == 4


def test_the_same_seed_gives_the_same_rows(first_content: dict[str, Any]) -> None:
    assert content() == first_content


def test_a_second_run_changes_nothing() -> None:
    before = rows()
    loaded = load_again(seed=11)

    assert rows() == before
    assert not any(loaded.added.values())


def test_a_second_run_with_another_seed_changes_nothing() -> None:
    before = rows()
    load_again(seed=12)

    assert rows() == before


def test_what_staff_changed_stays_changed() -> None:
    Variant.objects.filter(sku="SK-CAN-AMB-01").update(price_minor=1)
    load_again(seed=11)

    assert Variant.objects.get(sku="SK-CAN-AMB-01").price_minor == 1


def drawing_of(key: str) -> Picture:
    shop = shop_text()
    return next(one for product in shop.products for one in pictures_of(product, shop) if one.key == key)


def test_a_picture_that_staff_replaced_is_not_drawn_again() -> None:
    ProductImage.objects.filter(source_key="sun-mirror-0").update(file="products/photograph.webp")
    drawing = drawing_of("sun-mirror-0")
    store_blank_pictures()
    default_storage.delete(drawing.file)
    loaded = load_demo_shop(seed=11)

    assert loaded.pictures_drawn == 0
    assert ProductImage.objects.get(source_key="sun-mirror-0").file.name == "products/photograph.webp"


def test_a_picture_whose_file_was_lost_is_drawn_again() -> None:
    drawing = drawing_of("sun-mirror-0")
    store_blank_pictures()
    default_storage.delete(drawing.file)
    loaded = load_demo_shop(seed=11)

    assert loaded.pictures_drawn == 1
    assert default_storage.exists(drawing.file)


def test_no_table_is_left_out_of_the_comparison() -> None:
    known = {model.__name__ for model in TABLES}
    with_origin = {model.__name__ for model in apps.get_models() if issubclass(model, OriginModel)}

    assert with_origin - known == {"CustomerGroup", "CustomerGroupMembership", "Location", "OptionType", "OptionValue"}


def test_every_variant_of_the_demo_has_a_gtin_of_its_own_of_the_range_for_shops() -> None:
    gtins = list(Variant.objects.values_list("gtin", flat=True))
    assert len(set(gtins)) == len(gtins) > 0
    assert all(gtin and gtin.startswith("200") and is_gtin(gtin) for gtin in gtins)
