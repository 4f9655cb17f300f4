"""Going back in a browser that keeps the pages it left, as everybody's does and Playwright's by default does not."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.conftest import CHROMIUM, Opener
from tests.factories.accounts import AddressFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-dev-shm-usage"],
            ignore_default_args=["--disable-back-forward-cache"],
        )


def test_back_after_the_log_out_shows_no_address_book(open_page: Opener) -> None:
    customer = UserFactory(email="amina@souk.example")
    AddressFactory(user=customer, line1="7 rue des Oliviers")
    page = open_page("/en/account/login/")
    page.locator("main input[name=login]").fill("amina@souk.example")
    page.locator("main input[name=password]").fill("a-good-password-1")
    with page.expect_navigation():
        page.locator("main form button:not([name=preview])").last.click()
    origin = page.url.split("/en/")[0]
    page.goto(f"{origin}/en/account/addresses/")
    expect(page.locator("main")).to_contain_text("7 rue des Oliviers")
    page.goto(f"{origin}/en/account/logout/")
    with page.expect_navigation():
        page.locator("main form button:not([name=preview])").last.click()
    # A page out of the browser's memory loads nothing that one could wait for.
    page.evaluate("history.go(-2)")
    expect(page.locator("main input[name=login]")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("7 rue des Oliviers")
