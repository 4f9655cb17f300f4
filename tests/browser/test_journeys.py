"""The journey that the shop exists for: a guest buys in Arabic on a phone, staff ships, the guest follows it."""

import re

import pytest
from playwright.sync_api import Page, expect

from catalog.models import Variant
from orders.models import Order
from tests.browser.conftest import PHONE, Opener, follow
from tests.factories.accounts import StaffFactory
from tests.factories.catalog import CategoryFactory, ProductFactory
from tests.factories.checkout import confirmed_order, shipped_order
from tests.factories.inventory import stocked_variant
from tests.factories.pricing import TaxRateFactory
from tests.factories.shipping import ShippingMethodFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def teapot() -> Variant:
    TaxRateFactory()
    ShippingMethodFactory()
    kitchen = CategoryFactory(slug="kitchen", name_en="Kitchen", name_ar="المطبخ")
    product = ProductFactory(category=kitchen, slug="teapot", name_en="Teapot", name_ar="إبريق شاي", is_featured=True)
    return stocked_variant(product=product, sku="POT-01")


def no_sideways_scrolling(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def fill_address(page: Page) -> None:
    page.locator("input[name$=email]").fill("guest@souk.example")
    for name, value in {
        "full_name": "أمينة حداد",
        "line1": "1 Main Street",
        "city": "Austin",
        "postal_code": "78701",
    }.items():
        page.locator(f"input[name$='shipping-{name}']").fill(value)
    page.locator("select[name$='shipping-region']").select_option("TX")


@pytest.mark.parametrize("scripted", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_guest_buys_in_arabic_on_a_phone_and_pays_on_delivery(
    teapot: Variant, open_page: Opener, scripted: bool
) -> None:
    page = open_page("/ar/c/kitchen/", PHONE, java_script_enabled=scripted)
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    page.locator("main").get_by_role("link", name="إبريق شاي").first.click()
    offer = page.locator("#offer button[type=submit]")
    if scripted:
        with page.expect_response(lambda response: response.request.method == "POST"):
            offer.click()
        expect(page.locator("header")).to_contain_text("1")
        assert no_sideways_scrolling(page)
        page.goto(page.url.split("/ar/")[0] + "/ar/cart/")
    else:
        follow(page, offer)
    follow(page, page.locator("main a[href*='/checkout/']"))
    fill_address(page)
    follow(page, page.locator("main form button:not([name=preview])").last)
    page.locator("input[value=standard]").check()
    follow(page, page.locator("main form button:not([name=preview])").last)
    page.locator("input[value=cash_on_delivery]").check()
    follow(page, page.locator("main form button:not([name=preview])").last)
    follow(page, page.locator("main form button:not([name=preview])").last)
    expect(page).to_have_url(re.compile(r"/ar/checkout/done/"))
    order = Order.objects.get()
    expect(page.locator("main")).to_contain_text(order.number)
    assert (order.status, order.language, order.lines.get().name) == ("confirmed", "ar", "إبريق شاي")
    assert order.ship_to.full_name == "أمينة حداد"


def test_staff_ships_an_order(open_page: Opener) -> None:
    StaffFactory(username="staff", email="staff@souk.example")
    order = confirmed_order()
    page = open_page(f"/admin/orders/order/{order.pk}/change/")
    page.locator("input[name=username]").fill("staff")
    page.locator("input[name=password]").fill("a-good-password-1")
    page.locator("form button[type=submit]").click()
    page.locator("a[href$='/ship/']").first.click()
    page.locator("input[name=tracking_number]").fill("1Z999")
    page.locator("main form button[type=submit], #content form button[type=submit]").first.click()
    expect(page.locator("body")).to_contain_text("1Z999")
    order.refresh_from_db()
    assert (order.status, order.fulfilment_status) == ("processing", "shipped")
    assert order.shipments.get().tracking_number == "1Z999"


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_guest_follows_the_parcel(open_page: Opener, language: str) -> None:
    order, _ = shipped_order()
    page = open_page(f"/{language}/orders/track/", PHONE)
    page.locator("input[name=number]").fill(order.number.lower())
    page.locator("input[name=email]").fill("GUEST@souk.example")
    page.locator("main form button").click()
    expect(page.locator("main")).to_contain_text("1Z999")
    assert no_sideways_scrolling(page)


def test_a_guest_with_another_e_mail_sees_nothing_of_the_order(open_page: Opener) -> None:
    order, _ = shipped_order()
    page = open_page("/en/orders/track/")
    page.locator("input[name=number]").fill(order.number)
    page.locator("input[name=email]").fill("somebody@else.example")
    follow(page, page.locator("main form button"))
    expect(page.locator("main")).not_to_contain_text("1Z999")
