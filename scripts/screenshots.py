"""Takes the README's pictures of a running demo shop into docs/images, as WebP.

    scripts/run.sh                                   # in another terminal, with the demo shop
    .venv/bin/python scripts/screenshots.py http://127.0.0.1:8000

It logs in with the demo's shopper and staff, and puts two items into the shopper's cart but orders nothing. Needs
Chromium, as the browser tests do.
"""

import io
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
WEBP_QUALITY = 80


def log_in(page: Page, address: str, name: str, person: str) -> None:
    """Fill a log-in form whose field for the person is called name."""
    page.goto(address)
    page.locator(f"main input[name={name}], #login-form input[name={name}]").fill(person)
    page.locator("input[name=password]").fill(f"souk-{person}-1")
    page.locator("input[name=password]").press("Enter")
    page.wait_for_load_state("networkidle")


def home(page: Page, shop: str) -> None:
    page.goto(f"{shop}/en/")


def product(page: Page, shop: str) -> None:
    page.goto(f"{shop}/ar/p/embroidered-tunic/")


def review(page: Page, shop: str) -> None:
    """Through the checkout in French, up to its last page."""
    log_in(page, f"{shop}/fr/account/login/", "login", "shopper")
    for slug in ("painted-arch-mirror", "fes-blue-plate"):
        page.goto(f"{shop}/fr/p/{slug}/")
        with page.expect_response(lambda response: response.request.method == "POST"):
            page.locator("#offer button[type=submit]").click()
    page.goto(f"{shop}/fr/checkout/address/")
    page.locator("main form button.btn--large").click()
    page.locator("input[value=express]").check()
    page.locator("main form button.btn--large").click()
    page.locator("input[value=bank_transfer]").check()
    page.locator("main form button.btn--large").click()
    page.wait_for_url("**/checkout/review/")


def order(page: Page, shop: str) -> None:
    """A confirmed order, with the steps that staff may take."""
    log_in(page, f"{shop}/admin/login/", "username", "staff")
    page.goto(f"{shop}/admin/orders/order/?status__exact=confirmed")
    page.locator("#result_list a[href*='/change/']").first.click()


PICTURES: list[tuple[str, tuple[int, int], Callable[[Page, str], None]]] = [
    ("home-en", (1280, 800), home),
    ("product-ar-phone", (375, 812), product),
    ("review-fr", (1280, 800), review),
    ("admin-order", (1400, 900), order),
]


def take(page: Page, path: Path) -> None:
    """Save what the window shows once every picture in it is there. Raises RuntimeError if one is missing."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    missing = page.evaluate("[...document.images].filter(i => i.loading != 'lazy' && !i.naturalWidth).map(i => i.src)")
    if missing:
        raise RuntimeError(f"{page.url} lacks {missing}")
    Image.open(io.BytesIO(page.screenshot())).convert("RGB").save(path, quality=WEBP_QUALITY, method=6)
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


def main(shop: str) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        for name, (width, height), visit in PICTURES:
            page = browser.new_context(viewport={"width": width, "height": height}).new_page()
            visit(page, shop)
            take(page, IMAGES / f"{name}.webp")
            page.context.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/") if len(sys.argv) > 1 else "http://127.0.0.1:8000")
