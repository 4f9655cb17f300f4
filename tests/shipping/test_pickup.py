"""Where shoppers fetch what they order, as the checkout, the order, its mail, the API and the admin tell it."""

import pytest
from django.test import Client

from carts.services import set_checkout_details
from checkout.services.place_order import place_order
from core.db.ids import new_id
from inventory.models import Location
from notifications.mails import as_email
from notifications.models import Message
from notifications.services import write_message
from orders.selectors import order_link_token
from tests.api import V1, client_with_cart, given
from tests.factories.accounts import details_of
from tests.factories.checkout import cart_ready_to_order
from tests.factories.inventory import LocationFactory
from tests.factories.shipping import ShippingMethodFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter() -> Location:
    """A shop's counter with one way of delivery that leads to it."""
    place = LocationFactory.create(
        name="Tunis workshop",
        line1="27 rue Jemaa Zitouna",
        postal_code="1006",
        city="Tunis",
        country="TN",
        opening_hours_en="Tuesday to Sunday, 8:00 to 17:00",
        opening_hours_fr="du mardi au dimanche",
    )
    ShippingMethodFactory.create(code="pickup", name_en="Pick up", price_minor=0, pickup_location=place)
    return place


def visitor_at(client: Client) -> str:
    cart = cart_ready_to_order()
    set_checkout_details(cart_id=cart.pk, details=details_of(shipping_method="pickup"))
    session = client.session
    session["cart_token"] = cart.token
    session.save()
    return cart.token


@pytest.mark.parametrize("step", ["delivery", "review"])
@pytest.mark.parametrize(("language", "hours"), [("en", "Tuesday to Sunday"), ("fr", "du mardi"), ("ar", "Tuesday")])
@pytest.mark.usefixtures("counter")
def test_the_checkout_tells_address_and_hours(client: Client, step: str, language: str, hours: str) -> None:
    visitor_at(client)
    page = client.get(f"/{language}/checkout/{step}/").text
    assert "27 rue Jemaa Zitouna" in page
    assert hours in page


@pytest.mark.usefixtures("counter")
def test_the_order_and_its_mail_tell_them(client: Client) -> None:
    cart = cart_ready_to_order()
    set_checkout_details(cart_id=cart.pk, details=details_of(shipping_method="pickup"))
    order = place_order(cart_id=cart.pk, actor=None).order
    write_message(order_id=order.pk, template=Message.Template.ORDER_PLACED, event_id=new_id(), ids={})
    mail = as_email(Message.objects.get(order=order))

    for told in (
        client.get(f"/en/orders/track/{order_link_token(order.pk)}/").text,
        mail.body,
        mail.alternatives[0][0],
    ):
        assert "27 rue Jemaa Zitouna" in str(told)
        assert "Tuesday to Sunday, 8:00 to 17:00" in str(told)


@pytest.mark.usefixtures("counter")
def test_clients_read_them_of_the_method_and_nothing_of_one_that_sends(client: Client) -> None:
    told = given(client_with_cart(visitor_at(client)).get(f"{V1}/checkout"))["shipping_methods"]
    places = {method["code"]: method["pickup"] for method in told}
    assert places["standard"] is None
    assert places["pickup"]["address"]["line1"] == "27 rue Jemaa Zitouna"
    assert places["pickup"]["opening_hours"] == "Tuesday to Sunday, 8:00 to 17:00"


def test_a_method_leads_only_to_a_place_with_an_address(admin_client: Client) -> None:
    method, place = ShippingMethodFactory.create(), LocationFactory.create()
    typed = {
        "code": method.code, "name_en": "Pick up", "price_0": "0", "price_1": "USD", "tax_class": "standard",
        "position": "0", "is_active": "on", "pickup_location": str(place.pk),
    }  # fmt: skip
    page = admin_client.post(f"/admin/shipping/shippingmethod/{method.pk}/change/", typed)
    assert "This location has no address yet" in page.content.decode()


def test_an_address_in_the_admin_is_whole_or_not_there(admin_client: Client) -> None:
    place = LocationFactory.create()
    typed = {"name": place.name, "code": place.code, "priority": "0", "is_active": "on", "line1": "1 rue"}
    page = admin_client.post(f"/admin/inventory/location/{place.pk}/change/", typed)
    assert "Shoppers need street, city and country" in page.content.decode()
    place.refresh_from_db()
    assert place.address is None
