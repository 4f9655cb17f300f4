"""A variant is shown by its own pictures, wherever it is shown; a picture of another product it cannot have."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from rest_framework.test import APIClient

from catalog.bulk.portable import export_rows, import_rows
from catalog.errors import UnknownPicture, UnknownVariant
from catalog.media.services import add_images, make_sizes
from catalog.media.variant_pictures import picture_of, set_variant_pictures, show_variants
from catalog.models import Product, ProductImage, Variant, VariantPicture
from core.db.ids import new_id
from inventory.services import receive_stock
from notifications.mails import as_email
from notifications.models import Message
from notifications.services import write_message
from orders.models import Order
from orders.selectors import order_link_token
from tests.api import V1, client_of, client_with_cart, given, refused
from tests.factories.accounts import UserFactory
from tests.factories.catalog import ProductImageFactory, VariantFactory
from tests.factories.checkout import cart_ready_to_order, confirmed_order
from tests.factories.files import picture, upload
from tests.factories.inventory import LocationFactory
from tests.factories.staff import StaffFactory

pytestmark = pytest.mark.django_db
RED, BLUE = "https://pictures.example/red.webp", "https://pictures.example/blue.webp"


@pytest.fixture
def shirt() -> Product:
    """Red is the primary picture and shows the first variant; the second one has the blue one."""
    red = VariantFactory.create(sku="SHIRT-RED")
    blue = VariantFactory.create(sku="SHIRT-BLUE", product=red.product, position=1)
    first = ProductImageFactory.create(product=red.product, external_url=RED, public_id="red")
    second = ProductImageFactory.create(
        product=red.product, external_url=BLUE, public_id="blue", is_primary=False, position=1
    )
    show(first, red)
    show(second, blue)
    return red.product


def show(image: ProductImage, *variants: Variant) -> None:
    with transaction.atomic():
        show_variants(image=image, variant_ids=[variant.pk for variant in variants])


def called(sku: str) -> Variant:
    return Variant.objects.get(sku=sku)


def shown_of(sku: str) -> str | None:
    row: Any = Variant.objects.annotate(shown=picture_of("pk")).get(sku=sku)
    return row.shown and row.shown["external_url"]


def test_a_variant_is_shown_by_its_own_picture_first(shirt: Product) -> None:
    assert (shown_of("SHIRT-RED"), shown_of("SHIRT-BLUE")) == (RED, BLUE)


def test_a_variant_without_pictures_is_shown_by_the_primary_one(shirt: Product) -> None:
    VariantFactory.create(sku="SHIRT-GREEN", product=shirt)

    assert shown_of("SHIRT-GREEN") == RED


def test_one_picture_shows_several_variants(shirt: Product) -> None:
    show(shirt.images.get(public_id="blue"), called("SHIRT-RED"), called("SHIRT-BLUE"))
    with transaction.atomic():
        set_variant_pictures(pictures={called("SHIRT-RED"): ["blue", "red"]})

    assert (shown_of("SHIRT-RED"), shown_of("SHIRT-BLUE")) == (BLUE, BLUE)


def test_a_picture_that_is_deleted_leaves_the_primary_one(shirt: Product) -> None:
    shirt.images.get(public_id="blue").delete()

    assert shown_of("SHIRT-BLUE") == RED


def test_the_gallery_begins_with_the_pictures_of_the_chosen_variant(client: Client, shirt: Product) -> None:
    page = client.get(shirt.get_absolute_url(), {"variant": str(called("SHIRT-BLUE").pk)}).content.decode()

    assert page.index(f'src="{BLUE}"') < page.index(f'src="{RED}"')


def test_choosing_a_variant_brings_its_pictures_along(client: Client, shirt: Product) -> None:
    chosen = {"variant": str(called("SHIRT-BLUE").pk)}
    fragment = client.get(shirt.get_absolute_url(), chosen, HTTP_HX_REQUEST="true").content.decode()

    assert 'id="gallery" hx-swap-oob="true"' in fragment
    assert fragment.index(f'src="{BLUE}"') < fragment.index(f'src="{RED}"')


class TestAnOrderOfBlue:
    """Placed while the primary picture is the red one."""

    @pytest.fixture
    def order(self, shirt: Product) -> Order:
        receive_stock(variant_id=called("SHIRT-BLUE").pk, location=LocationFactory.create(), quantity=5, actor=None)
        return confirmed_order(variant=called("SHIRT-BLUE"), customer=UserFactory.create())

    @pytest.mark.parametrize("page", ["/en/orders/track/{token}/", "/en/account/orders/{number}/"])
    def test_is_shown_in_blue_on_its_pages(self, client: Client, order: Order, page: str) -> None:
        assert order.customer
        client.force_login(order.customer)

        shown = client.get(page.format(token=order_link_token(order.pk), number=order.number)).content.decode()

        assert BLUE in shown
        assert RED not in shown

    def test_is_shown_in_blue_to_clients(self, order: Order) -> None:
        assert order.customer
        told = given(client_of(order.customer).get(f"{V1}/orders/{order.pk}"))

        assert told["lines"][0]["image"]["url"] == BLUE

    def test_has_the_blue_picture_as_a_part_of_its_mail(self, shirt: Product, order: Order) -> None:
        [uploaded] = add_images(product_id=shirt.pk, uploads=[upload(picture())])
        make_sizes(image_id=uploaded.pk)
        uploaded.refresh_from_db()
        with transaction.atomic():
            set_variant_pictures(pictures={called("SHIRT-BLUE"): [uploaded.public_id]})
        write_message(order_id=order.pk, template=Message.Template.ORDER_PLACED, event_id=new_id(), ids={})

        mail = as_email(Message.objects.get(order=order))

        [part] = mail.attachments
        assert part["Content-ID"] == f"<{uploaded.sizes_key}>"
        assert f'src="cid:{uploaded.sizes_key}"' in mail.alternatives[0][0]
        assert part.get_payload(decode=True).startswith(b"\xff\xd8")

    def test_is_shown_in_blue_to_staff(self, admin_client: Client, order: Order) -> None:
        shown = admin_client.get(f"/admin/orders/order/{order.pk}/change/").content.decode()

        assert BLUE in shown
        assert RED not in shown

    def test_shows_no_picture_once_the_variant_is_gone(self, client: Client, order: Order) -> None:
        order.lines.update(variant=None)

        shown = client.get(f"/en/orders/track/{order_link_token(order.pk)}/").content.decode()

        assert "no-picture.svg" in shown


@pytest.mark.parametrize("page", ["/en/cart/", "/en/checkout/address/"])
def test_a_cart_is_shown_by_the_variants_picture(client: Client, shirt: Product, page: str) -> None:
    receive_stock(variant_id=called("SHIRT-BLUE").pk, location=LocationFactory.create(), quantity=5, actor=None)
    added = client.post("/en/cart/items/", {"variant": called("SHIRT-BLUE").pk, "quantity": 1}, HTTP_HX_REQUEST="true")

    for shown in (added.content.decode(), client.get(page).content.decode()):
        assert BLUE in shown
        assert RED not in shown


def test_clients_read_the_variants_picture_in_a_cart_and_in_the_order_they_place(
    shirt: Product,
) -> None:
    receive_stock(variant_id=called("SHIRT-BLUE").pk, location=LocationFactory.create(), quantity=5, actor=None)
    cart = cart_ready_to_order(called("SHIRT-BLUE"))
    guest = client_with_cart(cart.token)

    assert given(guest.get(f"{V1}/cart"))["lines"][0]["variant"]["image"]["url"] == BLUE
    assert given(guest.post(f"{V1}/checkout/place", {}, format="json"), 201)["lines"][0]["image"]["url"] == BLUE


class TestTheDatabase:
    def test_refuses_the_picture_of_another_product(self, shirt: Product) -> None:
        stranger = VariantFactory.create()

        VariantPicture.objects.create(variant=stranger, image=shirt.images.get(public_id="red"))

        with pytest.raises(IntegrityError, match="of_product"):
            connection.check_constraints()

    def test_keeps_a_picture_from_being_given_twice(self, shirt: Product) -> None:
        with pytest.raises(IntegrityError, match="once"), transaction.atomic():
            VariantPicture.objects.create(variant=called("SHIRT-RED"), image=shirt.images.get(public_id="red"))


class TestTheServices:
    def test_refuse_the_variant_of_another_product(self, shirt: Product) -> None:
        stranger = VariantFactory.create()

        with pytest.raises(UnknownVariant) as caught:
            show(shirt.images.get(public_id="red"), stranger)

        assert caught.value.details["unknown"] == [str(stranger.pk)]
        assert shown_of("SHIRT-RED") == RED

    def test_refuse_the_picture_of_another_product(self, shirt: Product) -> None:
        ProductImageFactory.create(public_id="elsewhere")

        with pytest.raises(UnknownPicture), transaction.atomic():
            set_variant_pictures(pictures={called("SHIRT-RED"): ["elsewhere"]})

        assert shown_of("SHIRT-RED") == RED


class TestTheApi:
    def test_tells_which_variants_a_picture_shows_and_by_which_a_variant_is_shown(
        self, api: APIClient, shirt: Product
    ) -> None:
        told = given(api.get(f"{V1}/products/{shirt.slug}"))

        assert [image["variant_ids"] for image in told["images"]] == [
            [str(called("SHIRT-RED").pk)],
            [str(called("SHIRT-BLUE").pk)],
        ]
        assert [(one["picture_ids"], one["image"]["url"]) for one in told["variants"]] == [
            (["red"], RED),
            (["blue"], BLUE),
        ]

    def test_takes_the_variants_of_a_picture(self, shirt: Product) -> None:
        both = sorted(str(variant.pk) for variant in shirt.variants.all())
        address = f"{V1}/products/{shirt.slug}/images/blue"

        told = given(client_of(StaffFactory()).patch(address, {"variant_ids": both}, format="json"))

        assert told["variant_ids"] == both

    def test_refuses_the_variant_of_another_product(self, shirt: Product) -> None:
        address = f"{V1}/products/{shirt.slug}/images/blue"
        stranger = str(VariantFactory.create().pk)

        response = client_of(StaffFactory()).patch(address, {"variant_ids": [stranger]}, format="json")

        assert refused(response, 422, "unknown_variant")["fields"].keys() == {"variant_ids"}

    def test_takes_the_pictures_of_the_only_variant(self) -> None:
        tea = VariantFactory.create()
        ProductImageFactory.create(product=tea.product, public_id="front")
        ProductImageFactory.create(product=tea.product, public_id="back", is_primary=False)
        staff = client_of(StaffFactory())

        told = given(
            staff.patch(f"{V1}/products/{tea.product.slug}", {"picture_ids": ["back", "front"]}, format="json")
        )

        assert told["variants"][0]["picture_ids"] == ["back", "front"]


class TestAFile:
    def test_has_the_pictures_of_each_variant(self, shirt: Product) -> None:
        rows = export_rows(products=Product.objects.filter(pk=shirt.pk))

        assert [(row["sku"], row["picture_ids"]) for row in rows] == [("SHIRT-RED", "red"), ("SHIRT-BLUE", "blue")]

    def test_changes_them(self, shirt: Product) -> None:
        with transaction.atomic():
            [line] = import_rows(rows=[(2, {"sku": "SHIRT-RED", "picture_ids": "blue, red"})])

        assert [(change.column, change.before, change.after) for change in line.changes] == [
            ("picture_ids", "red", "blue, red")
        ]
        assert shown_of("SHIRT-RED") == BLUE

    def test_names_a_picture_that_is_not_there(self, shirt: Product) -> None:
        with transaction.atomic():
            [line] = import_rows(rows=[(2, {"sku": "SHIRT-RED", "picture_ids": "purple"})])

        assert [(error.field, error.code) for error in line.errors] == [("picture_ids", "unknown_picture")]
