"""The pages when answers are late, lost, refused or asked for twice, and where the focus is then."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from accounts.models import Address
from carts.models import CartLine
from catalog.models import Variant
from tests.browser.conftest import DESK, Opener, follow
from tests.browser.test_journeys import fill_address
from tests.factories.accounts import UserFactory
from tests.factories.catalog import OptionTypeFactory, OptionValueFactory, ProductFactory, VariantOptionFactory
from tests.factories.inventory import stocked_variant
from tests.factories.shipping import ShippingMethodFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TROUBLE = {
    "en": "You seem to be offline",
    "fr": "Vous semblez hors ligne",
    "ar": "يبدو أنك غير متصل",
}


@pytest.fixture
def teapot() -> Variant:
    return stocked_variant(50, product=ProductFactory(slug="teapot", name_en="Teapot"), sku="POT-01")


@pytest.fixture
def shirts() -> list[Variant]:
    """A product of three sizes."""
    product, size = ProductFactory(slug="shirt", name_en="Shirt"), OptionTypeFactory()
    variants = [
        stocked_variant(9, product=product, sku=f"SHIRT-{code}", position=place) for place, code in enumerate("sml")
    ]
    for variant, code in zip(variants, "sml", strict=True):
        VariantOptionFactory(
            variant=variant, value=OptionValueFactory(option_type=size, code=code, name_en=code.upper())
        )
    return variants


def focused(page: Page) -> str:
    """What has the focus, by its id, name or text."""
    found: str = page.evaluate(
        "(one => one.id || one.name || one.textContent.trim() || one.tagName)(document.activeElement)"
    )
    return found


def settled(page: Page) -> None:
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling, [data-sending]")).to_have_count(0)


def units() -> list[int]:
    return list(CartLine.objects.order_by("created_at").values_list("quantity", flat=True))


def fill_cart(open_page: Opener, *slugs: str, language: str = "en") -> Page:
    """A page of the cart, with one unit of each product."""
    page = open_page(f"/{language}/p/{slugs[0]}/")
    root = page.url.split(f"/{language}/")[0]
    for slug in slugs:
        page.goto(f"{root}/{language}/p/{slug}/")
        page.locator("#offer button[type=submit]").click()
        expect(page.locator("#cart-drawer")).to_be_visible()
    page.goto(f"{root}/{language}/cart/")
    return page


def test_arrows_choose_variants_one_after_the_other(shirts: list[Variant], open_page: Opener) -> None:
    page = open_page("/en/p/shirt/")
    page.locator(f"#variant-{shirts[0].pk}").focus()
    for variant in shirts[1:]:
        with page.expect_response(re.compile(str(variant.pk))):
            page.keyboard.press("ArrowRight")
        expect(page.locator("#offer")).to_contain_text(variant.sku)
        settled(page)
        assert focused(page) == f"variant-{variant.pk}"
    assert page.url.endswith(f"?variant={shirts[-1].pk}")


def test_the_focus_stays_in_the_cart(teapot: Variant, open_page: Opener) -> None:
    other = stocked_variant(50, product=ProductFactory(slug="cup", name_en="Cup"), sku="CUP-01")
    page = fill_cart(open_page, "teapot", "cup")
    first, second = (CartLine.objects.get(variant=variant) for variant in (teapot, other))

    page.locator(f"#quantity-{first.pk}").fill("3")
    with page.expect_response(re.compile("/cart/items/")):
        page.keyboard.press("Tab")
    expect(page.locator(f"#line-{first.pk} .price")).to_contain_text("$59.97")
    settled(page)
    assert focused(page) == "Remove Teapot"

    with page.expect_response(re.compile("/cart/items/")):
        page.keyboard.press("Enter")
    expect(page.locator(f"#line-{first.pk}")).to_have_count(0)
    settled(page)
    assert focused(page) == f"quantity-{second.pk}"
    expect(page.locator("#said")).to_contain_text("$19.99")

    page.locator(f"#line-{second.pk} .link-btn").press("Enter")
    expect(page.locator("#cart")).to_contain_text("Your cart is empty")
    settled(page)
    assert focused(page) != "BODY"


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_offline_a_quantity_goes_back_to_what_holds_and_can_be_tried_again(
    teapot: Variant, open_page: Opener, language: str
) -> None:
    page = fill_cart(open_page, "teapot", language=language)
    quantity = page.locator("input.quantity")
    page.context.set_offline(True)
    quantity.fill("4")
    quantity.press("Tab")

    expect(page.locator("#trouble p")).to_contain_text(TROUBLE[language])
    expect(quantity).to_have_value("1")

    page.context.set_offline(False)
    page.locator("#trouble [data-retry]").click()
    expect(page.locator("input.quantity")).to_have_value("4")
    expect(page.locator("#cart-count")).to_contain_text("4")
    expect(page.locator("#trouble")).to_be_hidden()
    assert units() == [4]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_refused_change_is_told_and_undone_on_the_page(teapot: Variant, open_page: Opener, status: int) -> None:
    page = fill_cart(open_page, "teapot")
    quantity, address = page.locator("input.quantity"), page.url
    page.route("**/cart/items/**", lambda route: route.fulfill(status=status, body="<h1>Bad Gateway</h1>"))
    quantity.fill("4")
    quantity.press("Tab")

    expect(page.locator("#trouble")).to_be_visible()
    expect(quantity).to_have_value("1")
    assert page.url == address

    page.unroute("**/cart/items/**")
    page.locator("#trouble [data-retry]").click()
    expect(page.locator("#cart-count")).to_contain_text("4")
    expect(page.locator("input.quantity")).to_have_value("4")
    expect(page.locator("#trouble")).to_be_hidden()


def test_a_choice_that_cannot_be_shown_goes_back(shirts: list[Variant], open_page: Opener) -> None:
    page = open_page("/en/p/shirt/")
    page.route(re.compile(r"variant="), lambda route: route.abort())
    page.locator(f"#variant-{shirts[1].pk}").evaluate("one => one.click()")

    expect(page.locator("#trouble")).to_be_visible()
    expect(page.locator(f"#variant-{shirts[0].pk}")).to_be_checked()


def test_an_answer_that_never_comes_is_told(teapot: Variant, open_page: Opener) -> None:
    page = open_page("/en/p/teapot/")
    page.evaluate("htmx.config.timeout = 300")
    page.route("**/cart/items/", lambda route: None)
    page.locator("#offer button[type=submit]").click()

    expect(page.locator("#trouble p")).to_contain_text("takes too long")


def slowly(calls: list[str]) -> Callable[[Route], None]:
    def answer(route: Route) -> None:
        calls.append(route.request.method)
        route.fulfill(response=route.fetch())

    return answer


class TestTwoClicks:
    def test_of_a_double_click_add_one(self, teapot: Variant, open_page: Opener) -> None:
        page = open_page("/en/p/teapot/")
        page.locator("#offer button[type=submit]").dblclick()

        expect(page.locator("#cart-drawer")).to_be_visible()
        settled(page)
        assert units() == [1]

    def test_one_after_the_other_add_two(self, teapot: Variant, open_page: Opener) -> None:
        page = open_page("/en/p/teapot/")
        for number in ("1", "2"):
            page.locator("#offer button[type=submit]").click()
            expect(page.locator("#cart-drawer")).to_be_visible()
            expect(page.locator("#cart-count")).to_contain_text(number)
            page.keyboard.press("Escape")

        assert units() == [2]

    def test_while_the_answer_is_late_add_one(self, teapot: Variant, open_page: Opener) -> None:
        page, calls = open_page("/en/p/teapot/"), []
        page.route("**/cart/items/", slowly(calls))
        page.evaluate("document.querySelectorAll('#offer button').forEach(one => { one.click(); one.click(); })")

        expect(page.locator("#cart-drawer")).to_be_visible()
        assert (calls, units()) == (["POST"], [1])

    def test_after_an_answer_that_was_lost_add_one(self, teapot: Variant, open_page: Opener) -> None:
        page = open_page("/en/p/teapot/")

        def lose(route: Route) -> None:
            route.fetch()
            route.abort()

        page.route("**/cart/items/", lose)
        page.locator("#offer button[type=submit]").click()
        expect(page.locator("#trouble")).to_be_visible()
        page.unroute("**/cart/items/")
        page.locator("#trouble [data-retry]").click()

        expect(page.locator("#cart-drawer")).to_be_visible()
        assert units() == [1]

    def test_on_a_form_send_it_once(self, open_page: Opener) -> None:
        page = entered(open_page, "/en/account/addresses/new/")
        fill_own_address(page)
        page.locator("main form.card .btn").evaluate("one => { one.click(); one.click(); }")

        expect(page).to_have_url(re.compile(r"/addresses/$"))
        assert Address.objects.count() == 1


def entered(open_page: Opener, path: str) -> Page:
    UserFactory(username="ana", email="ana@souk.example")
    page = open_page(f"/en/account/login/?next={path}")
    log_in(page)
    return page


def log_in(page: Page) -> None:
    page.locator("input[name=login]").fill("ana@souk.example")
    page.locator("input[name=password]").fill("a-good-password-1")
    follow(page, page.locator("main form button").first)


def fill_own_address(page: Page) -> None:
    for name, value in {"full_name": "Ana", "line1": "1 Main Street", "city": "Austin", "postal_code": "78701"}.items():
        page.locator(f"input[name={name}]").fill(value)
    page.locator("select[name=region]").select_option("TX")


class TestALostSession:
    def test_is_told_and_renewed_where_a_fragment_was_asked_for(self, teapot: Variant, open_page: Opener) -> None:
        page = open_page("/en/p/teapot/")
        page.locator("#quantity").fill("3")
        page.context.clear_cookies()
        page.locator("#offer button[type=submit]").click()

        expect(page.locator("#trouble p")).to_contain_text("session had ended")
        expect(page.locator("#quantity")).to_have_value("3")
        page.wait_for_load_state("networkidle")
        page.locator("#trouble [data-retry]").click()
        expect(page.locator("#cart-drawer")).to_be_visible()
        assert units() == [3]

    def test_of_a_cart_that_is_gone_with_it_leads_to_the_cart_as_it_is(
        self, teapot: Variant, open_page: Opener
    ) -> None:
        page = fill_cart(open_page, "teapot")
        page.goto(f"{page.url.split('/en/')[0]}/en/cart/")
        page.context.clear_cookies()
        page.locator(".quantity").fill("2")
        page.locator(".quantity").blur()
        expect(page.locator("#trouble p")).to_contain_text("no longer there")
        with page.expect_navigation():
            page.locator("#trouble [data-retry]").click()
        expect(page.locator("#cart")).to_contain_text("Your cart is empty")

    def test_keeps_what_was_typed_until_the_log_in(self, open_page: Opener) -> None:
        page = entered(open_page, "/en/account/addresses/new/")
        fill_own_address(page)
        page.context.clear_cookies(name="sessionid")
        follow(page, page.locator("main form.card .btn"))
        expect(page).to_have_url(re.compile("login"))
        log_in(page)

        expect(page.locator("input[name=line1]")).to_have_value("1 Main Street")
        expect(page.locator("#trouble p")).to_contain_text("We kept what you had typed")

    @pytest.mark.parametrize("scripted", [True, False], ids=["with JavaScript", "without JavaScript"])
    def test_offers_to_send_the_form_again(self, teapot: Variant, open_page: Opener, scripted: bool) -> None:
        page = open_page("/en/orders/track/", DESK, java_script_enabled=scripted)
        page.locator("input[name=number]").fill("SK-1")
        page.locator("input[name=email]").fill("ana@souk.example")
        page.context.clear_cookies()
        follow(page, page.locator("main form button"))
        expect(page.locator("h1")).to_contain_text("Your session has ended")
        follow(page, page.locator("main form button"))

        expect(page.locator("input[name=number]")).to_have_value("SK-1")

    def test_of_a_cart_is_told_in_the_checkout_and_the_address_is_kept(
        self, teapot: Variant, open_page: Opener
    ) -> None:
        ShippingMethodFactory()
        page = fill_cart(open_page, "teapot")
        root = page.url.split("/en/")[0]
        page.goto(f"{root}/en/checkout/address/")
        fill_address(page)
        page.context.clear_cookies(name="sessionid")
        follow(page, page.locator("main form button:not([name=preview])").last)
        expect(page.locator(".message--warning")).to_contain_text("your session has ended")
        page.goto(f"{root}/en/p/teapot/")
        page.locator("#offer button[type=submit]").click()
        expect(page.locator("#cart-drawer")).to_be_visible()
        page.goto(f"{root}/en/checkout/address/")

        expect(page.locator("input[name=shipping-line1]")).to_have_value("1 Main Street")


def test_offline_a_form_is_not_sent_and_keeps_what_was_typed(open_page: Opener) -> None:
    page = open_page("/en/orders/track/")
    page.locator("input[name=number]").fill("SK-1")
    page.context.set_offline(True)
    page.locator("main form button").click()

    expect(page.locator("#trouble p")).to_contain_text("You seem to be offline")
    expect(page.locator("input[name=number]")).to_have_value("SK-1")


def test_going_back_shows_the_cart_as_it_is(teapot: Variant, open_page: Opener) -> None:
    page = fill_cart(open_page, "teapot")
    page.locator("input.quantity").fill("2")
    page.locator("input.quantity").press("Tab")
    expect(page.locator("#cart-count")).to_contain_text("2")
    page.locator("header .site-name").click()
    expect(page).to_have_url(re.compile(r"/en/$"))
    page.go_back()

    expect(page.locator("input.quantity")).to_have_value("2")


def test_another_tab_has_ordered_the_cart(teapot: Variant, open_page: Opener) -> None:
    page = fill_cart(open_page, "teapot")
    CartLine.objects.get().cart.__class__.objects.update(status="ordered")
    page.locator("input.quantity").fill("2")
    page.locator("input.quantity").press("Tab")

    expect(page.locator("#cart")).to_contain_text("ordered in another tab")
