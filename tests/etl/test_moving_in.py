"""What a source's rows become in the shop."""

from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.core import mail
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from accounts.models import Address, User
from audit.models import Change
from catalog.models import Category, Product, ProductImage
from core.context import Door
from etl.models import KeyMap, Run
from inventory.models import Reservation, StockItem, StockMove
from orders.models import Order, OrderLine
from payments.models import PaymentTransaction
from shipping.models import Shipment, ShippingMethod
from tests.etl.corner_shop import CornerShop, account
from tests.factories.catalog import CategoryFactory, ProductFactory
from tests.factories.staff import staff_client

pytestmark = pytest.mark.django_db


def day(number: int) -> datetime:
    return datetime(2019, 3, number, tzinfo=UTC)


def order(number: str) -> Order:
    return Order.objects.get(number=number)


def history(number: str) -> list[tuple[str, str, str, datetime]]:
    steps = order(number).transitions.all()
    return [(step.kind, step.from_state, step.to_state, step.created_at) for step in steps]


def test_a_clean_source_moves_in_whole(shop: CornerShop) -> None:
    run = shop.move_in()

    assert run.status == Run.Status.SUCCEEDED
    assert {one.entity: (one.read, one.inserted) for one in run.entities.all()} == {
        "category": (2, 2),
        "product": (4, 4),
        "customer": (3, 3),
        "address": (2, 2),
        "shipping_method": (2, 2),
        "order": (3, 3),
        "order_line": (5, 5),
    }


def test_both_sides_are_compared_to_the_cent(shop: CornerShop) -> None:
    run = shop.move_in()

    compared = {f"{one['entity']} {one['measure']}": one for one in run.report["comparisons"]}
    assert {name: one["target"] for name, one in compared.items() if not name.endswith("count")} == {
        "product price": "33.74",
        "product stock": "125",
        "order shipping": "19.45",
        "order total": "153.54",
        "order_line quantity": "21",
        "order_line total": "134.09",
    }
    assert all(one["source"] == one["target"] for one in compared.values())


def test_categories_have_their_english_name_and_an_address(shop: CornerShop) -> None:
    shop.move_in()

    soaps = Category.objects.get(source="northwind", source_key="1")
    assert (soaps.name_en, soaps.name_fr, soaps.description_en, soaps.slug) == (
        "Soaps", None, "For hands and face", "soaps",
    )  # fmt: skip
    assert [category.source_key for category in Category.objects.filter(source="northwind")] == ["1", "2"]


def test_a_product_has_one_variant_with_its_price(shop: CornerShop) -> None:
    shop.move_in()

    product = Product.objects.get(slug="savon-dalep")
    [variant] = product.variants.all()
    assert (product.category.slug, product.is_active, product.description_en) == ("soaps", True, "6 bars")
    assert (variant.sku, variant.price_minor, variant.currency) == ("NW-1", 850, "USD")


def test_a_discontinued_product_is_not_on_sale(shop: CornerShop) -> None:
    shop.move_in()

    assert not Product.objects.get(slug="sumac").is_active


def test_products_are_found_by_their_folded_names(shop: CornerShop) -> None:
    shop.sql("UPDATE Products SET ProductName = 'Sésame doré' WHERE ProductID = 3")
    shop.move_in()

    assert [product.slug for product in Product.objects.matching("sesame DORE")] == ["sesame-dore"]


def test_a_taken_address_gets_a_tail(shop: CornerShop) -> None:
    ProductFactory(slug="sumac", category=CategoryFactory(slug="spices"))
    shop.sql("UPDATE Products SET ProductName = 'Savon noir' WHERE ProductID = 1")
    shop.move_in()

    slugs = {product.source_key: product.slug for product in Product.objects.filter(source="northwind")}
    assert slugs["1"] == "savon-noir"
    assert slugs["2"].startswith("savon-noir-")
    assert slugs["4"].startswith("sumac-")
    assert Category.objects.get(source_key="2").slug.startswith("spices-")


def test_a_name_without_latin_letters_still_has_an_address(shop: CornerShop) -> None:
    shop.sql("UPDATE Products SET ProductName = 'زعفران' WHERE ProductID = 3")
    shop.move_in()

    assert Product.objects.get(source_key="3").slug.startswith("product-")


def test_stock_comes_in_by_the_ledger(shop: CornerShop) -> None:
    shop.move_in()

    item = StockItem.objects.get(variant__sku="NW-2")
    [move] = item.moves.all()
    assert (item.location.code, item.on_hand, item.reserved) == ("northwind", 15, 0)
    assert (move.kind, move.quantity, move.door, move.actor) == (StockMove.Kind.IMPORT, 15, Door.IMPORT, None)


def test_a_product_out_of_stock_has_no_move(shop: CornerShop) -> None:
    shop.move_in()

    assert StockItem.objects.get(variant__sku="NW-3").moves.count() == 0


def test_customers_have_no_way_to_log_in(shop: CornerShop) -> None:
    shop.move_in()

    customer = User.objects.get(source_key="AMINA")
    assert (customer.email, customer.username, customer.has_usable_password()) == (None, None, False)
    assert (customer.first_name, customer.last_name, customer.company) == ("Amina", "Ben Salah", "Dar Amina")
    assert User.objects.get(source_key="SALMA").last_name == ""


def test_an_address_has_its_country_as_a_code(shop: CornerShop) -> None:
    shop.move_in()

    address = Address.objects.get(source_key="KARIM")
    assert (address.user.source_key, address.country, address.region) == ("KARIM", "IT", "MI")
    assert (address.is_default_shipping, address.is_default_billing) == (True, True)
    assert not Address.objects.filter(user__source_key="SALMA").exists()


def test_shippers_are_methods_that_no_shopper_sees_yet(shop: CornerShop) -> None:
    shop.move_in()

    method = ShippingMethod.objects.get(source_key="1")
    assert (method.code, method.name_en, method.carrier) == ("northwind-swift-camel", "Swift Camel", "Swift Camel")
    assert (method.phone, method.price_minor, method.currency, method.is_active) == ("(71) 555-0101", 0, "USD", False)


def test_a_line_costs_what_was_agreed_rounded_half_up(shop: CornerShop) -> None:
    shop.move_in()

    line = OrderLine.objects.get(source_key="502-2")
    assert (line.unit_price_minor, line.quantity, line.discount_minor, line.total_minor) == (1110, 5, 277, 5273)
    assert (line.sku, line.name, line.variant.sku, line.tax_minor) == ("NW-2", "Savon noir", "NW-2", 0)
    assert [(step["code"], step["minor"]) for step in line.price_steps] == [("list_price", 5550), ("discount", -277)]
    assert OrderLine.objects.get(source_key="503-1").total_minor == 638


def test_an_order_keeps_its_number_date_and_amounts(shop: CornerShop) -> None:
    shop.move_in()

    one = order("501")
    assert (one.customer.source_key, one.placed_at, one.created_at) == ("AMINA", day(1), day(1))
    assert (one.subtotal_minor, one.discount_minor, one.shipping_minor, one.total_minor) == (4548, 300, 740, 4988)
    assert (one.shipping_method, one.shipping_method_name, one.cart) == ("northwind-swift-camel", "Swift Camel", None)
    assert (one.ship_to.full_name, one.ship_to.country, one.ship_to.region) == ("Dar Amina", "FR", "")


def test_a_shipped_order_is_completed_paid_and_delivered(shop: CornerShop) -> None:
    shop.move_in()

    one = order("501")
    assert (one.status, one.payment_status, one.fulfilment_status) == ("completed", "paid", "delivered")
    assert (one.paid_minor, one.due.minor) == (4988, 0)
    assert history("501") == [
        ("status", "", "confirmed", day(1)),
        ("payment", "unpaid", "paid", day(1)),
        ("status", "confirmed", "processing", day(5)),
        ("fulfilment", "unfulfilled", "shipped", day(5)),
        ("fulfilment", "shipped", "delivered", day(5)),
        ("status", "processing", "completed", day(5)),
    ]


def test_what_was_shipped_is_a_delivered_parcel(shop: CornerShop) -> None:
    shop.move_in()

    shipment = Shipment.objects.get(order__number="502")
    assert (shipment.status, shipment.method.source_key, shipment.carrier) == ("delivered", "2", "Sea Road")
    assert (shipment.shipped_at, shipment.delivered_at) == (day(9), day(9))
    assert sorted(shipment.lines.values_list("order_line__sku", "quantity")) == [("NW-2", 5), ("NW-4", 10)]


def test_what_was_shipped_is_paid_in_the_ledger(shop: CornerShop) -> None:
    shop.move_in()

    [payment] = order("502").payments.all()
    [entry] = payment.transactions.all()
    assert (payment.provider, payment.status, payment.amount_minor) == ("imported", "captured", 8523)
    assert (entry.kind, entry.amount_minor, entry.created_at, entry.door) == ("capture", 8523, day(2), Door.IMPORT)


def test_an_order_that_was_not_shipped_is_confirmed_and_unpaid(shop: CornerShop) -> None:
    shop.move_in()

    one = order("503")
    assert (one.status, one.payment_status, one.fulfilment_status) == ("confirmed", "unpaid", "unfulfilled")
    assert (one.payments.count(), one.shipments.count(), one.paid_minor) == (0, 0, 0)
    assert history("503") == [("status", "", "confirmed", day(3))]


def test_orders_of_the_past_touch_no_stock_and_send_no_mail(shop: CornerShop) -> None:
    shop.move_in()

    assert set(StockMove.objects.values_list("kind", flat=True)) == {StockMove.Kind.IMPORT}
    assert (Reservation.objects.count(), mail.outbox) == (0, [])


def test_every_order_equals_its_lines_and_its_ledger(shop: CornerShop) -> None:
    shop.move_in()

    for one in Order.objects.all():
        entries = PaymentTransaction.objects.filter(payment__order=one)
        assert sum(line.total_minor for line in one.lines.all()) + one.shipping_minor == one.total_minor
        assert sum(entry.amount_minor for entry in entries) == one.paid_minor


def test_a_product_without_a_picture_gets_a_drawn_one(shop: CornerShop) -> None:
    shop.move_in()

    pictures = ProductImage.objects.filter(product__source="northwind")
    assert {(picture.is_primary, picture.width, picture.height) for picture in pictures} == {(True, 800, 800)}
    # Four products in two categories, all of whose names begin alike.
    assert len({picture.file.name for picture in pictures}) == 2
    assert all(default_storage.exists(picture.file.name) for picture in pictures)
    assert pictures.get(product__source_key="4").alt_en == "Sumac"


def test_a_picture_that_was_cut_off_is_written_again(shop: CornerShop) -> None:
    shop.move_in()
    picture = ProductImage.objects.get(product__source_key="1")
    with default_storage.open(picture.file.name, "wb") as file:
        file.write(b"cut off")
    Product.objects.update(is_active=False)
    ProductImage.objects.all().delete()
    shop.move_in()

    assert Product.objects.get(source_key="1").is_active
    again = ProductImage.objects.get(product__source_key="1")
    assert again.file.name == picture.file.name
    assert default_storage.size(again.file.name) > 1_000


def test_the_key_map_leads_from_a_source_row_to_the_shop(shop: CornerShop) -> None:
    run = shop.move_in()

    key = KeyMap.objects.get(source="northwind", entity="order", source_key="502")
    assert (key.target_id, key.first_run, key.last_run) == (order("502").pk, run, run)


def test_an_order_without_lines_moves_in_with_its_freight(shop: CornerShop) -> None:
    shop.add_order(600, Freight=4)
    run = shop.move_in()

    assert account(run, "order") == (4, 4, 0, 0, 0)
    assert order("600").total_minor == 400


def test_what_moved_in_is_shown_to_shoppers_and_staff(shop: CornerShop, client: Client) -> None:
    shop.move_in()
    product = Product.objects.get(source_key="1")
    shown = client.get(product.get_absolute_url()).content.decode()
    assert "$8.50" in shown
    assert product.images.get().url in shown

    staff = staff_client()
    for number in ("501", "503"):
        page = staff.get(reverse("admin:orders_order_change", args=[order(number).pk])).content.decode()
        assert "Dar Amina" in page


def test_a_customer_who_is_given_a_login_sees_the_orders_of_the_past(shop: CornerShop, client: Client) -> None:
    shop.move_in()
    client.force_login(User.objects.get(source_key="AMINA"), backend=settings.AUTHENTICATION_BACKENDS[0])

    for number in ("501", "503"):
        answer = client.get(reverse("accounts:order", args=[number]))
        assert answer.status_code == 200
        assert "Savon" in answer.content.decode()


def test_what_moves_in_is_recorded_with_its_door_and_run(shop: CornerShop) -> None:
    run = shop.move_in()

    for model in ("catalog.product", "accounts.user", "orders.order"):
        recorded = set(Change.objects.filter(model=model, operation="insert").values_list("door", "reference"))
        assert recorded == {("import", str(run.pk))}, model
