"""From the first look to the placed order, in each language and on each kind of screen.

With SCREENSHOTS naming a folder, every page on the way is kept there as a picture, to be looked at.
"""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from orders.models import Order
from tests.browser.conftest import Opener, follow
from tests.browser.test_journeys import fill_address, no_sideways_scrolling
from tests.factories.catalog import CategoryFactory, ProductFactory, ProductImageFactory
from tests.factories.files import stored_picture
from tests.factories.inventory import stocked_variant
from tests.factories.pricing import TaxRateFactory
from tests.factories.shipping import ShippingMethodFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def teapots() -> None:
    TaxRateFactory()
    ShippingMethodFactory()
    kitchen = CategoryFactory(slug="kitchen", name_en="Kitchen", name_fr="Cuisine", name_ar="المطبخ")
    picture = stored_picture()
    for number in range(4):
        product = ProductFactory(category=kitchen, slug=f"teapot-{number}", brand="Atelier", is_featured=True)
        stocked_variant(product=product, price_minor=2500 + number)
        ProductImageFactory(product=product, file=picture, external_url="")


def looked_at(page: Page, name: str) -> None:
    """Nothing hangs over the edge; a picture for whoever wants one."""
    assert no_sideways_scrolling(page), name
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder, f"{name}.png"))


def choose_country(page: Page, code: str) -> None:
    """Choose, and wait until the country's form has taken the place of the other one."""
    with page.expect_response(lambda response: "country" in response.url or "address" in response.url):
        page.locator("select[name$='shipping-country']").select_option(code)
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")).to_have_count(0)


@pytest.mark.parametrize("width", [375, 768, 1440])
@pytest.mark.parametrize("language", ["en", "fr", "ar"])
@pytest.mark.usefixtures("teapots")
def test_a_guest_gets_from_the_door_to_the_order(open_page: Opener, language: str, width: int) -> None:
    page = open_page(f"/{language}/", {"width": width, "height": 900}, reduced_motion="reduce")
    seen = f"{language}-{width}"
    looked_at(page, f"{seen}-1-home")
    follow(page, page.locator("main a.gate"))
    page.locator("select[name=brand]").select_option("Atelier")
    expect(page).to_have_url(
        re.compile(r"/c/kitchen/\?sort=newest&brand=Atelier$|/c/kitchen/\?brand=Atelier&sort=newest$")
    )
    looked_at(page, f"{seen}-2-category")
    follow(page, page.locator("#results h3 a"))
    looked_at(page, f"{seen}-3-product")
    page.locator("#offer button[type=submit]").click()
    drawer = page.locator("#cart-drawer")
    expect(drawer).to_be_visible()
    looked_at(page, f"{seen}-4-drawer")
    page.keyboard.press("Escape")
    expect(drawer).not_to_be_visible()
    follow(page, page.locator("header a[href$='/cart/']"))
    looked_at(page, f"{seen}-5-cart")
    follow(page, page.locator("main a[href*='/checkout/']"))
    choose_country(page, "FR")
    expect(page.locator("[name='shipping-region']")).to_have_count(0)
    choose_country(page, "US")
    expect(page.locator("select[name='shipping-region']")).to_be_visible()
    fill_address(page)
    looked_at(page, f"{seen}-6-address")
    for step in ("7-delivery", "8-payment", "9-review"):
        follow(page, page.locator("main form button:not([name=preview])").last)
        expect(page).to_have_url(re.compile(step[2:]))
        looked_at(page, f"{seen}-{step}")
    follow(page, page.locator("main form button:not([name=preview])").last)
    expect(page).to_have_url(re.compile(rf"/{language}/checkout/done/"))
    looked_at(page, f"{seen}-done")
    assert Order.objects.get().language == language
