"""A cart as its page, its drawer and the API show it, as typed values made from its quote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from catalog.reads.pictures import Picture
from checkout.lines import WantedLine
from checkout.remarks import Remark
from checkout.selectors import Quote, QuotedLine
from core.money import Money
from core.web.links import page_path
from pricing.calculator import Step, Totals


@dataclass(frozen=True, slots=True)
class CartVariant:
    """The variant of a cart's line in the active language; `options` are such as "Blue / M"."""

    id: UUID
    sku: str
    product_id: UUID
    product_slug: str
    name: str
    options: str
    image: Picture | None

    def get_absolute_url(self) -> str:
        return page_path("catalog:product", self.product_slug)


@dataclass(frozen=True, slots=True)
class CartLineView:
    """A line at today's price, with what is there of it, what keeps it from being bought, and what else to know."""

    id: UUID
    variant: CartVariant
    quantity: int
    unit_price: Money
    price_at_add: Money | None
    price_has_changed: bool
    total: Money
    available: int
    backorder: int
    problem: str
    problems: Sequence[Remark]
    notices: Sequence[Remark]
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class CartView:
    """A cart, priced; without id and token before anything was put into it.

    The token is a guest's only. `tax_country` is the one whose taxes are shown until an address is given, else empty.
    """

    id: UUID | None
    token: str | None
    currency: str
    units: int
    has_problems: bool
    lines: Sequence[CartLineView]
    totals: Totals
    has_shipping_method: bool
    tax_country: str


def cart_view(quote: Quote) -> CartView:
    """The cart of a quote. No query."""
    cart, steps = quote.cart, {line.key: line.steps for line in quote.totals.lines}
    return CartView(
        id=cart.pk if cart else None,
        token=cart.token if cart and cart.customer_id is None else None,
        currency=quote.currency,
        units=quote.units,
        has_problems=quote.has_problems,
        lines=cart_line_views(quote.lines, steps),
        totals=quote.totals,
        has_shipping_method=quote.method is not None,
        tax_country="" if quote.details.shipping_address else quote.country,
    )


def cart_line_views(lines: Sequence[QuotedLine], steps: Mapping[str, Sequence[Step]]) -> list[CartLineView]:
    """Lines with the steps of their prices by line id, for a cart that may not be priced as a whole. No query."""
    return [_line(one, steps.get(str(one.line.id), ())) for one in lines]


def _line(quoted: QuotedLine, steps: Sequence[Step]) -> CartLineView:
    line = quoted.line
    return CartLineView(
        id=line.id,
        variant=_variant(line),
        quantity=line.quantity,
        unit_price=line.unit_price,
        price_at_add=line.price_at_add,
        price_has_changed=line.price_has_changed,
        total=line.total,
        available=quoted.available,
        backorder=quoted.backorder,
        problem=quoted.problem,
        problems=quoted.problems,
        notices=quoted.notices,
        steps=steps,
    )


def _variant(line: WantedLine) -> CartVariant:
    variant, product = line.variant, line.variant.product
    return CartVariant(
        variant.pk, variant.sku, variant.product_id, product.slug, product.name, variant.options_label, line.picture
    )
