"""What a cart costs and what stands in its way, for pages, API and place_order alike."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from carts.models import Cart, CartLine
from carts.selectors import cart_lines
from checkout.errors import CheckoutIncomplete
from checkout.remarks import SHORTAGES, Remark, RemarkCode, notices_of, problems_of
from core import clock
from core.addresses import PostalAddress
from core.errors import InvalidInput
from core.money import Money
from inventory.errors import OutOfStock
from inventory.selectors import VariantStock, stock_of
from payments.providers import PaymentProvider, available_providers
from pricing.calculator import LineInput, ShippingInput, TaxRules, Totals, calculate
from pricing.selectors import tax_rules_for
from shipping.models import ShippingMethod
from shipping.selectors import methods_for


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """A cart line with what is there of it for its shopper, why it cannot be bought (empty if it can), what to know."""

    line: CartLine
    stock: VariantStock
    problems: list[Remark]
    notices: list[Remark]

    @property
    def problem(self) -> str:
        """The first problem's sentence."""
        return self.problems[0].message if self.problems else ""

    @property
    def available(self) -> int:
        return self.stock.available

    @property
    def backorder(self) -> int:
        """How many of its units ship later."""
        return self.stock.backordered_of(self.line.quantity)

    @property
    def total(self) -> Money:
        return self.line.total


@dataclass(frozen=True)
class Quote:
    """Everything that follows from a cart as it stands."""

    cart: Cart
    lines: list[QuotedLine]
    # None where nothing was chosen among them yet.
    known_methods: list[ShippingMethod] | None
    method: ShippingMethod | None
    providers: list[PaymentProvider]
    provider: PaymentProvider | None
    totals: Totals
    held_until: datetime | None

    @cached_property
    def methods(self) -> list[ShippingMethod]:
        """How it can be delivered. One query where none was chosen, as only the checkout shows them."""
        return _methods(self.cart) if self.known_methods is None else self.known_methods

    @property
    def is_empty(self) -> bool:
        return not self.lines

    @property
    def has_problems(self) -> bool:
        return any(line.problems for line in self.lines)

    @property
    def units(self) -> int:
        return sum(line.line.quantity for line in self.lines)

    @property
    def holds_something(self) -> bool:
        return any(line.stock.held_until for line in self.lines)

    @property
    def is_partly_reserved(self) -> bool:
        return any(notice.code == RemarkCode.PARTLY_RESERVED for line in self.lines for notice in line.notices)

    def may_be_held(self, now: datetime) -> bool:
        """Whether its units can be kept for the shopper and are not, or not for long: a hold is moved on when a third
        of its time is over, so that few touches write. A guest may not have all of them kept."""
        until = now + timedelta(minutes=settings.RESERVATION_MINUTES) * 2 / 3
        held_until = self.held_until if self.cart.customer_id else self._guests_hold
        return not (self.is_empty or self.has_problems) and (held_until is None or held_until < until)

    @property
    def _guests_hold(self) -> datetime | None:
        """When the first hold runs out, if there is one on each line."""
        times = [one.stock.held_until for one in self.lines if 0 < one.stock.held <= one.line.quantity]
        known = [time for time in [self.held_until, *times] if time]
        return min(known) if known and (self.held_until or len(times) == len(self.lines)) else None

    def missing_step(self) -> str | None:
        """The first step that is still to be done: cart, address, delivery or payment; None when all is said."""
        if self.is_empty or self.has_problems:
            return "cart"
        if not self.cart.shipping_address or not self.cart.email:
            return "address"
        if self.method is None:
            return "delivery"
        return "payment" if self.provider is None else None

    def require_offered(self, said: Collection[str]) -> None:
        """Raise InvalidInput for a shipping method or a way to pay among what was said that is not to be had."""
        if "shipping_method" in said and self.cart.shipping_method and self.method is None:
            message = _("Not one of the delivery methods that this cart can have.")
            raise InvalidInput(message, code="unknown_shipping_method", field="shipping_method")
        if "payment_provider" in said and self.cart.payment_provider and self.provider is None:
            message = _("Not one of the ways to pay that this cart can have.")
            raise InvalidInput(message, code="unknown_payment_provider", field="payment_provider")

    def require_complete(self) -> tuple[ShippingMethod, PaymentProvider]:
        """Return what was chosen. Raises OutOfStock for lines that are short, CheckoutIncomplete naming the step."""
        if short := self.short:
            raise OutOfStock(short)
        step = self.missing_step()
        if step or self.method is None or self.provider is None:
            missing = step or "payment"
            raise CheckoutIncomplete(
                _MISSING[missing], field=missing, paths=self._missing_inputs(missing), details={"step": missing}
            )
        return self.method, self.provider

    @property
    def short(self) -> list[tuple[UUID, int, int]]:
        """The variants with less to sell than the cart asks for: their ids, units wanted and units left."""
        return [
            (line.line.variant_id, line.line.quantity, line.available)
            for line in self.lines
            if any(problem.code in SHORTAGES for problem in line.problems)
        ]

    def _missing_inputs(self, step: str) -> list[str]:
        """The inputs of the API that a step waits for; the cart's own lines are none."""
        if step == "address":
            return [name for name in ("email", "shipping_address") if not getattr(self.cart, name)]
        return {"delivery": ["shipping_method"], "payment": ["payment_provider"]}.get(step, [])


_NOTHING = VariantStock(available=0, on_shelf=0, held=0, held_until=None)
_MISSING = {
    "cart": _("Your cart is empty or has items that cannot be bought."),
    "address": _("Please tell us your e-mail and delivery address."),
    "delivery": _("Please choose a delivery method."),
    "payment": _("Please choose how to pay."),
}


def quote_cart(cart: Cart) -> Quote:
    """Price a cart for its destination, the shop's own country until one is known. Six queries; five with no method."""
    return quote_lines(cart, cart_lines(cart.pk))


def quote_lines(cart: Cart, lines: Sequence[CartLine]) -> Quote:
    """Price lines as a cart with what was said in it, stored or not; their variants are read as `cart_lines` does."""
    country = cart.country
    # What was changed to another currency since is shown with its problem and adds to no total.
    priced = [line for line in lines if line.variant.currency == cart.currency]
    methods = _methods(cart) if cart.shipping_method else None
    method = next((one for one in methods or () if one.code == cart.shipping_method), None)
    totals = _totals(priced, cart.currency, tax_rules_for(country), method)
    providers = available_providers(totals.total)
    quoted = quoted_lines(lines, currency=cart.currency)
    return Quote(
        cart=cart,
        lines=quoted,
        known_methods=methods,
        method=method,
        providers=providers,
        provider=next((one for one in providers if one.code == cart.payment_provider), None),
        totals=totals,
        held_until=_held_until(quoted),
    )


def with_method(quote: Quote, code: str) -> Quote:
    """Return the quote with this shipping method, if the cart can have it. No query beyond those for methods."""
    method = next((one for one in quote.methods if one.code == code), None)
    if method is None:
        return quote
    priced = [one.line for one in quote.lines if one.line.variant.currency == quote.cart.currency]
    return replace(quote, method=method, totals=_totals(priced, quote.cart.currency, quote.totals.rules, method))


def _totals(lines: Sequence[CartLine], currency: str, rules: TaxRules, method: ShippingMethod | None) -> Totals:
    subtotal = Money(sum(line.total.minor for line in lines), currency)
    return calculate(
        [LineInput(str(one.pk), one.variant.price, one.quantity, one.variant.product.tax_class) for one in lines],
        currency=currency,
        rules=rules,
        shipping=ShippingInput(method.name, method.charge_for(subtotal), method.tax_class) if method else None,
    )


def _methods(cart: Cart) -> list[ShippingMethod]:
    return methods_for(country=cart.country, currency=cart.currency)


def postal_addresses(cart: Cart) -> tuple[PostalAddress, PostalAddress]:
    """The delivery and the invoice address; the latter is the former unless another was given."""
    shipping = PostalAddress.from_dict(cart.shipping_address)
    if not cart.billing_address:
        return shipping, shipping
    return shipping, PostalAddress.from_dict(cart.billing_address, field="billing_address")


def _held_until(lines: Sequence[QuotedLine]) -> datetime | None:
    """When the first hold runs out; None unless every unit is held, and none is held too much."""
    times = [one.stock.held_until for one in lines if one.stock.held == one.line.quantity]
    if not times or len(times) < len(lines):
        return None
    first = min(time for time in times if time)
    return first if first > clock.now() else None


def quoted_lines(lines: Sequence[CartLine], *, currency: str) -> list[QuotedLine]:
    """Lines of a cart in this currency, each with what there is to say of it. One query."""
    stock = stock_of([line.variant_id for line in lines], holders=[line.pk for line in lines])
    return [_quoted(line, stock.get(line.variant_id, _NOTHING), currency) for line in lines]


def _quoted(line: CartLine, stock: VariantStock, currency: str) -> QuotedLine:
    problems = problems_of(line, available=stock.available, currency=currency)
    # Of what cannot be had the price does not matter.
    withdrawn = any(problem.code == RemarkCode.WITHDRAWN for problem in problems)
    backordered = stock.backordered_of(line.quantity)
    is_held = stock.held_until is not None and stock.held_until > clock.now()
    reserved = stock.held if is_held and not problems else None
    notices = [] if withdrawn else notices_of(line, backordered=backordered, reserved=reserved, currency=currency)
    return QuotedLine(line, stock, problems, notices)
