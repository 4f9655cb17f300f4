"""Every page in a real browser: open to everybody by the rules of axe, and still while it loads."""

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Page, Route

from tests.browser.conftest import DESK, PHONE, Opener
from tests.tour import Stop, tour

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# In the page before anything else, so that no movement is missed; tells what moved.
_COUNT_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const shift of list.getEntries())
    window.shifts.push(...shift.sources.map((one) => `${one.node?.nodeName} ${one.node?.parentElement?.className}`));
}).observe({type: "layout-shift", buffered: true});
"""


def enter_as(page: Page, stop: Stop) -> None:
    """Look at pages with this visitor's cookies."""
    host = urlsplit(page.url)
    page.context.clear_cookies()
    session = stop.visitor.cookies.get(settings.SESSION_COOKIE_NAME)
    if session:
        page.context.add_cookies([{"name": session.key, "value": session.value, "domain": host.hostname, "path": "/"}])


def violations(page: Page, *rules: str) -> list[str]:
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = list(rules)
    found = Axe().run(page, options=options).response["violations"]
    return [f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_page_shuts_anybody_out_by_day_or_by_night(open_page: Opener, language: str) -> None:
    stops = tour(language, products=6)
    page = open_page(f"/{language}/", DESK, reduced_motion="reduce")
    start = page.url
    complaints = []
    for stop in stops:
        enter_as(page, stop)
        page.emulate_media(color_scheme="light")
        page.goto(start + stop.path)
        complaints += [f"{stop.path} {one}" for one in violations(page)]
        page.emulate_media(color_scheme="dark")
        page.reload()
        complaints += [f"{stop.path} (dark) {one}" for one in violations(page, "color-contrast")]
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_nothing_moves_while_slow_pictures_arrive(open_page: Opener, viewport: dict[str, int]) -> None:
    tour(products=6)
    page = open_page("/en/orders/track/", viewport)
    start = page.url.removesuffix("orders/track/")

    def slowly(route: Route) -> None:
        page.wait_for_timeout(150)
        route.continue_()

    page.route("**/media/**", slowly)
    page.add_init_script(_COUNT_SHIFTS)
    moved: dict[str, list[str]] = {}
    for path in ("", "c/teas/", "p/mint/", "search/?q=tea"):
        page.goto(start + path, wait_until="networkidle")
        moved[path] = page.evaluate("window.shifts")
    assert not any(moved.values()), moved


@pytest.mark.parametrize("language", ["en", "ar"])
def test_an_order_prints_on_one_sheet_without_navigation(open_page: Opener, language: str) -> None:
    stops = tour(language, products=6)
    order = next(stop for stop in stops if stop.path.startswith("account/orders/") and stop.path.count("/") == 3)
    page = open_page(f"/{language}/orders/track/")
    enter_as(page, order)
    page.goto(page.url.removesuffix("orders/track/") + order.path)
    page.emulate_media(media="print", color_scheme="dark")
    for hidden in ("header", "nav", "footer", ".btn"):
        assert not any(one.is_visible() for one in page.locator(hidden).all()), hidden
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(43, 26, 18)"
    sheet = page.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1
    if folder := os.environ.get("SCREENSHOTS"):
        Path(folder, f"order-{language}.pdf").write_bytes(sheet)
        page.set_viewport_size({"width": 794, "height": 1123})
        page.screenshot(path=Path(folder, f"order-{language}.png"))
