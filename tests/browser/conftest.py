"""A real browser in front of a real server. Left out, with a message, where Chromium is not installed."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.factories.catalog import STAND_IN

CHROMIUM = shutil.which("chromium")
PHONE = {"width": 375, "height": 812}
DESK = {"width": 1280, "height": 900}
# What comes at all comes sooner; a busy machine may take its time.
_PATIENCE = 60_000

expect.set_options(timeout=_PATIENCE)

# Playwright's sync API runs an event loop in this thread, which Django would take for an async view.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

Opener = Callable[..., Page]


def follow(page: Page, link: Locator) -> None:
    """Click and wait for the next page with its styles and scripts: a click returns before they are there."""
    with page.expect_navigation():
        link.first.click()


# Not for the session: while it runs, Django gives this thread other database connections, and the tests that come
# after would fork with one that they do not know of.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("CI has to install Chromium: apt-get install --no-install-recommends chromium")
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer) -> Iterator[Opener]:
    """Opens an address of the shop in a browser of its own; fails on script errors and on calls to other hosts."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opener(path: str, viewport: dict[str, int] = DESK, **options: object) -> Page:
        context = browser.new_context(viewport=viewport, **options)
        contexts.append(context)
        # Pictures may be given by address; the factories' stand-in is nowhere.
        context.route(STAND_IN, lambda route: route.abort())
        page = context.new_page()
        page.set_default_timeout(_PATIENCE)
        page.on("pageerror", lambda error: complaints.append(f"script error: {error}"))
        page.on(
            "console", lambda line: complaints.append(line.text) if "Content Security Policy" in line.text else None
        )
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((live_server.url, "data:", "blob:", STAND_IN))
                else complaints.append(f"request to another host: {request.url}")
            ),
        )
        page.goto(live_server.url + path)
        return page

    yield opener
    for context in contexts:
        context.close()
    assert complaints == []
