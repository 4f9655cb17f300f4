"""What shoppers and integrators ask for, drawn by chance, each answer held against the database's rows."""

import random
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.html import escape

from benchmarks.load import Answer, Request, Scenario, WrongAnswer
from catalog.models import Category, Product, Variant
from catalog.selectors import descendant_ids, products_in
from core.text.cleaning import search_words

_LIST = 20
_SHELF = 24
_SAMPLE = 1_000
_ADDRESS = {
    "full_name": "Nour Haddad",
    "line1": "12 Rue des Jasmins",
    "city": "Tunis",
    "postal_code": "1000",
    "country": "TN",
    "phone": "+216 71 123 456",
}

Steps = Generator[Request, Answer, None]


@dataclass(frozen=True)
class Row:
    """What the database says of a product on sale, and of its cheapest variant."""

    slug: str
    name: str
    variant_id: str
    price_minor: int
    currency: str


class Shop:
    """A sample of the shop's rows, and the scenarios over them."""

    def __init__(self, seed: int = 1) -> None:
        rng = random.Random(seed)
        on_sale = Product.objects.on_sale()
        self.total = on_sale.count()
        variants = Variant.objects.filter(is_active=True).order_by("product_id", "price_minor", "position")
        cheapest = {one.product_id: one for one in variants.distinct("product_id")}
        self.rows = {str(one.pk): _row(one, cheapest[one.pk]) for one in on_sale.only("slug", "name_en")}
        self.sample = rng.sample(sorted(self.rows.values(), key=lambda row: row.slug), min(_SAMPLE, self.total))
        self.words = [search_words(row.name)[0] for row in self.sample]
        self.categories = [
            (category, count)
            for category in Category.objects.active()
            if (count := products_in(descendant_ids(category.pk)).count()) >= _SHELF
        ]

    def product_list(self, rng: random.Random) -> Steps:
        """A page of 20 products with price, stock and picture."""
        page = rng.randint(1, self.total // _LIST)
        answer = yield Request("GET", f"/api/v1/products?page={page}")
        self._check_list(_data(answer), _LIST)

    def product_detail(self, rng: random.Random) -> Steps:
        """A product with its texts in three languages, pictures and variants."""
        row = rng.choice(self.sample)
        answer = yield Request("GET", f"/api/v1/products/{row.slug}")
        product = _data(answer)
        self._check(product)
        _require(product["slug"] == row.slug and product["variants"] and product["images"], "another product")

    def search(self, rng: random.Random) -> Steps:
        """The first page of a search for a word."""
        answer = yield Request("GET", f"/api/v1/products?q={rng.choice(self.words)}")
        self._check_list(_data(answer), 1)

    def category_page(self, rng: random.Random) -> Steps:
        """A page of a category as a shopper sees it, with 24 products."""
        category, count = rng.choice(self.categories)
        page = rng.randint(1, count // _SHELF)
        answer = yield Request("GET", f"{category.get_absolute_url()}?page={page}")
        _require(answer.status == 200, f"status {answer.status}")
        _require(escape(category.name).encode() in answer.body, "another category")
        links = answer.body.count(b"product-card__frame")
        _require(links == _SHELF, f"{links} products on a page")

    def product_page(self, rng: random.Random) -> Steps:
        """A product's page."""
        row = rng.choice(self.sample)
        answer = yield Request("GET", reverse("catalog:product", args=[row.slug]))
        _require(answer.status == 200, f"status {answer.status}")
        _require(escape(row.name).encode() in answer.body, "another product")

    def cart_add(self, rng: random.Random) -> Steps:
        """A guest's first item; the answer is the priced cart."""
        answer = yield self._add(row := rng.choice(self.sample))
        self._check_cart(_data(answer, 201), row)

    def checkout(self, rng: random.Random) -> Steps:
        """A guest puts an item into a new cart, starts the checkout, which holds it, and orders it."""
        answer = yield self._add(row := rng.choice(self.sample))
        cart = _data(answer, 201)
        self._check_cart(cart, row)
        token = {"X-Cart-Token": cart["token"]}
        said = {"email": "nour@example.com", "shipping_address": _ADDRESS}
        chosen = {"shipping_method": "standard", "payment_provider": "cash_on_delivery"}

        answer = yield Request("PATCH", "/api/v1/checkout", said, token)
        _require(bool(_data(answer)["held_until"]), "nothing held")

        answer = yield Request("POST", "/api/v1/checkout/place", chosen, token)
        order = _data(answer, 201)
        _require(order["status"] == "confirmed", f"an order in {order['status']}")
        _require([line["quantity"] for line in order["lines"]] == [1], "other lines")
        _require(_minor(order["lines"][0]["unit_price"]) == row.price_minor, "another price")

    def _add(self, row: Row) -> Request:
        return Request("POST", "/api/v1/cart/items", {"variant_id": row.variant_id, "quantity": 1})

    def _check_cart(self, cart: Any, row: Row) -> None:
        [line] = cart["lines"]
        _require(line["variant"]["id"] == row.variant_id and line["quantity"] == 1, "another line")
        _require(_minor(line["unit_price"]) == row.price_minor, "another price")

    def _check_list(self, products: Any, least: int) -> None:
        _require(len(products) >= least, f"{len(products)} products")
        for product in products:
            self._check(product)

    def _check(self, product: Any) -> None:
        row = self.rows[product["id"]]
        _require((product["slug"], product["name"]) == (row.slug, row.name), "another product")
        _require(product["price"]["currency"] == row.currency, "another currency")
        _require(_minor(product["price"]) == row.price_minor, "another price")
        _require(bool(product["image"]) and product["image"]["url"].startswith("http"), "no picture")


def _row(product: Product, variant: Variant) -> Row:
    return Row(product.slug, product.name, str(variant.pk), variant.price_minor, variant.currency)


def _data(answer: Answer, status: int = 200) -> Any:
    _require(answer.status == status, f"status {answer.status}: {answer.body[:300]!r}")
    return answer.json()["data"]


def _minor(money: Any) -> int:
    return int(money["amount"].replace(".", ""))


def _require(right: bool, wrong: str) -> None:
    if not right:
        raise WrongAnswer(wrong)


def steps_of(scenario: Scenario, seed: int, send: Callable[[Request], Answer]) -> list[Answer]:
    """Go through a scenario once and return its answers."""
    answers: list[Answer] = []
    steps = scenario(random.Random(seed))
    request = next(steps)
    while True:
        answers.append(send(request))
        try:
            request = steps.send(answers[-1])
        except StopIteration:
            return answers
