"""What search engines are told: canonical pages, languages, structured data, sitemaps, robots."""

import json
import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from catalog.seo import sitemaps
from tests.factories.catalog import CategoryFactory, ProductFactory, ProductImageFactory
from tests.factories.inventory import stocked_variant

pytestmark = pytest.mark.django_db

_HOST = "http://testserver"
_NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}


def told(page: str) -> dict[str, Any]:
    """The page's schema.org objects by their type."""
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    objects = [one for text in found for one in (json.loads(text) if text.startswith("[") else [json.loads(text)])]
    return {one["@type"]: one for one in objects}


def parsed(response: Any) -> ET.Element:
    return ET.fromstring(response.content)  # noqa: S314 - our own


def addresses(response: Any) -> list[str]:
    return [one.text or "" for one in parsed(response).iterfind(".//s:loc", _NAMES)]


def test_a_product_is_told_with_an_offer_for_each_variant(client: Client) -> None:
    product = ProductFactory(slug="mint", name_fr="Thé à la menthe", brand="Atelier", description_fr="Frais.")
    left = stocked_variant(3, product=product, sku="LEFT", price_minor=1250)
    stocked_variant(0, product=product, sku="GONE", price_minor=2000)
    ProductImageFactory(product=product)
    data = told(client.get("/fr/p/mint/").text)["Product"]
    assert (data["name"], data["brand"]["name"], data["description"]) == ("Thé à la menthe", "Atelier", "Frais.")
    assert data["image"] == ["https://pictures.example/tea.webp"]
    assert data["url"] == f"{_HOST}/fr/p/mint/"
    offers = {one["sku"]: one for one in data["offers"]}
    assert offers["LEFT"] == {
        "@type": "Offer",
        "image": "https://pictures.example/tea.webp",
        "url": f"{_HOST}/fr/p/mint/?variant={left.pk}",
        "sku": "LEFT",
        "price": "12.50",
        "priceCurrency": "USD",
        "availability": "https://schema.org/InStock",
        "itemCondition": "https://schema.org/NewCondition",
    }
    assert offers["GONE"]["availability"] == "https://schema.org/OutOfStock"


def test_the_way_to_a_page_is_told(client: Client) -> None:
    teas = CategoryFactory(slug="teas", name_en="Teas")
    green = CategoryFactory(slug="green", name_en="Green", parent=teas)
    stocked_variant(product=ProductFactory(slug="mint", name_en="Mint", category=green))
    way = told(client.get("/en/p/mint/").text)["BreadcrumbList"]["itemListElement"]
    assert [(one["position"], one["name"], one["item"]) for one in way] == [
        (1, "Home", f"{_HOST}/en/"),
        (2, "Teas", f"{_HOST}/en/c/teas/"),
        (3, "Green", f"{_HOST}/en/c/green/"),
        (4, "Mint", f"{_HOST}/en/p/mint/"),
    ]
    assert len(told(client.get("/en/c/green/").text)["BreadcrumbList"]["itemListElement"]) == 3


def test_the_home_page_tells_the_shop_and_how_to_search_it(client: Client) -> None:
    data = told(client.get("/ar/").text)
    assert data["Organization"]["name"] == "سوق"
    assert data["WebSite"]["inLanguage"] == "ar"
    target = data["WebSite"]["potentialAction"]["target"]["urlTemplate"]
    assert target == f"{_HOST}/ar/search/?q={{search_term_string}}"


def test_a_name_cannot_break_out_of_the_structured_data(client: Client) -> None:
    name = "</script><script>alert(1)</script> & <!-- tea"
    stocked_variant(product=ProductFactory(slug="mint", name_en=name))
    page = client.get("/en/p/mint/").text
    assert "<script>alert" not in page
    assert "<!--" not in page
    assert told(page)["Product"]["name"] == name


def test_a_product_is_described_for_those_who_share_it(client: Client) -> None:
    product = ProductFactory(slug="mint", name_en="Mint", description_en="Fresh & green. " * 40)
    stocked_variant(product=product)
    ProductImageFactory(product=product)
    page = client.get("/en/p/mint/?variant=x").text
    for line in (
        '<meta property="og:type" content="product">',
        '<meta property="og:title" content="Mint">',
        f'<meta property="og:url" content="{_HOST}/en/p/mint/">',
        '<meta property="og:image" content="https://pictures.example/tea.webp">',
        '<meta property="og:locale" content="en">',
        '<meta property="og:locale:alternate" content="ar">',
    ):
        assert line in page
    description = re.search(r'<meta name="description" content="([^"]*)"', page)
    assert description is not None
    assert description[1].startswith("Fresh &amp; green.")
    assert len(description[1].replace("&amp;", "&")) <= 155


def test_the_second_page_of_a_list_is_its_own_in_every_language(client: Client) -> None:
    teas = CategoryFactory(slug="teas")
    for _ in range(25):
        stocked_variant(product=ProductFactory(category=teas))
    page = client.get("/en/c/teas/?page=2&sort=price").text
    assert f'<link rel="canonical" href="{_HOST}/en/c/teas/?page=2">' in page
    assert f'<link rel="alternate" hreflang="ar" href="{_HOST}/ar/c/teas/?page=2">' in page
    assert f'<link rel="alternate" hreflang="x-default" href="{_HOST}/en/c/teas/?page=2">' in page


@pytest.mark.parametrize(
    "address", ["/en/cart/", "/en/search/?q=tea", "/en/account/login/", "/en/orders/track/", "/en/nowhere/"]
)
def test_private_and_endless_pages_are_not_listed(client: Client, address: str) -> None:
    page = client.get(address).text
    assert '<meta name="robots" content="noindex">' in page
    assert "hreflang" not in page.split("</head>")[0]


def test_public_pages_may_be_listed(client: Client) -> None:
    stocked_variant(product=ProductFactory(slug="mint"))
    for address in ("/en/", "/en/p/mint/"):
        assert "noindex" not in client.get(address).text


def test_robots_are_told_where_the_sitemap_is_and_what_is_not_for_them(client: Client) -> None:
    lines = client.get("/robots.txt").text.splitlines()
    assert f"Sitemap: {_HOST}/sitemap.xml" in lines
    for line in ("Disallow: /admin/", "Disallow: /api/", "Disallow: /ar/checkout/", "Disallow: /fr/search/"):
        assert line in lines


def test_the_sitemap_leads_to_every_product_in_every_language(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "PRODUCTS_A_PAGE", 2)
    for slug in ("one", "two", "three"):
        stocked_variant(product=ProductFactory(slug=slug))
    ProductFactory(slug="not-on-sale")
    parts = addresses(client.get("/sitemap.xml"))
    assert parts == [
        f"{_HOST}/sitemap-categories.xml",
        f"{_HOST}/sitemap-products-1.xml",
        f"{_HOST}/sitemap-products-2.xml",
    ]
    found = [address for part in parts[1:] for address in addresses(client.get(part))]
    assert sorted(found) == sorted(
        f"{_HOST}/{language}/p/{slug}/" for language in ("en", "fr", "ar") for slug in ("one", "two", "three")
    )


def test_each_address_of_the_sitemap_names_the_other_languages(client: Client) -> None:
    CategoryFactory(slug="teas")
    CategoryFactory(slug="secret", is_active=False)
    response = client.get("/sitemap-categories.xml")
    root = parsed(response)
    entry = next(
        one for one in root.iterfind("s:url", _NAMES) if one.findtext("s:loc", "", _NAMES).endswith("/ar/c/teas/")
    )
    alternates = {one.attrib["hreflang"]: one.attrib["href"] for one in entry.iterfind("x:link", _NAMES)}
    expected = {code: f"{_HOST}/{code}/c/teas/" for code in ("en", "fr", "ar")}
    assert alternates == expected | {"x-default": f"{_HOST}/en/c/teas/"}
    assert "secret" not in response.text
    assert f"<loc>{_HOST}/fr/</loc>" in response.text


@pytest.mark.parametrize("number", [0, 2])
def test_a_page_that_the_sitemap_does_not_have_is_not_found(client: Client, number: int) -> None:
    stocked_variant()
    assert client.get(f"/sitemap-products-{number}.xml").status_code == 404


@pytest.mark.parametrize("products", [1, 12])
def test_a_sitemap_takes_the_same_queries_however_many_products_there_are(
    client: Client, products: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(products):
        stocked_variant()
    with django_assert_num_queries(4):
        for name in ("sitemap", "sitemap-categories", "sitemap-products-1"):
            assert client.get(f"/{name}.xml").status_code == 200
