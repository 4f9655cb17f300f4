"""What a cart or a list of items costs and what stands in its way, for pages, API and the services alike."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from carts.details import CheckoutDetails
from carts.models import Cart
from carts.selectors import cart_lines
from checkout.errors import CheckoutIncomplete
from checkout.lines import WantedLine, wanted_in_cart
from checkout.remarks import SHORTAGES, Remark, RemarkCode, notices_of, problems_of
from checkout.shop_settings import RESERVATION_MINUTES
from core import clock
from core.errors import InvalidInput
from core.i18n.addresses import PostalAddress
from core.money import Money
from inventory.errors import OutOfStock
from inventory.selectors import VariantStock, stock_of
from payments.providers import PaymentProvider, available_providers
from pricing.calculator import Totals, calculate
from pricing.context import Audience, BuyerFacts, PricingContext
from pricing.destinations import Destination
from pricing.selectors import tax_rules_for
from shipping.models import ShippingMethod
from shipping.selectors import methods_for, rate_table


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """A line with what is there of it for its shopper, why it cannot be bought (empty if it can), what to know."""

    line: WantedLine
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """What is to be bought, by whom and whereto; `cart` is the one that it comes from, if it comes from one."""

    customer_id: UUID | None
    currency: str
    destination: Destination
    details: CheckoutDetails
    lines: Sequence[WantedLine]
    cart: Cart | None = None

    @property
    def country(self) -> str:
        """The country of its destination."""
        return self.destination.country


@dataclass(frozen=True)
class Quote:
    """Everything that follows from a purchase as it stands."""

    purchase: Purchase
    lines: list[QuotedLine]
    # None where nothing was chosen among them yet.
    known_methods: list[ShippingMethod] | None
    method: ShippingMethod | None
    providers: list[PaymentProvider]
    provider: PaymentProvider | None
    context: PricingContext
    totals: Totals
    held_until: datetime | None

    @property
    def cart(self) -> Cart | None:
        """Return the cart that is quoted; None for a list of items, and before anything was put into a cart."""
        return self.purchase.cart

    @property
    def details(self) -> CheckoutDetails:
        return self.purchase.details

    @property
    def currency(self) -> str:
        return self.purchase.currency

    @property
    def country(self) -> str:
        """Return where it goes, or where that is not known, the country whose taxes are shown."""
        return self.purchase.country

    @cached_property
    def methods(self) -> list[ShippingMethod]:
        """How it can be delivered. One query where none was chosen, as only the checkout shows them."""
        return _methods(self.purchase) if self.known_methods is None else self.known_methods

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
        until = now + timedelta(minutes=RESERVATION_MINUTES.value) * 2 / 3
        held_until = self.held_until if self.purchase.customer_id else self._guests_hold
        return not (self.is_empty or self.has_problems) and (held_until is None or held_until < until)

    @property
    def _guests_hold(self) -> datetime | None:
        """When the first hold runs out, if there is one on each line."""
        times = [one.stock.held_until for one in self.lines if 0 < one.stock.held <= one.line.quantity]
        known = [time for time in [self.held_until, *times] if time]
        return min(known) if known and (self.held_until or len(times) == len(self.lines)) else None

    def missing_step(self) -> str | None:
        """The first step that is still to be done: cart, address, delivery or payment; None when nothing is missing."""
        if self.is_empty or self.has_problems:
            return "cart"
        if not self.details.shipping_address or not self.details.email:
            return "address"
        if self.method is None:
            return "delivery"
        return "payment" if self.provider is None else None

    def require_offered(self, given: Collection[str]) -> None:
        """Raise InvalidInput for a shipping method or a way to pay among the given fields that is not on offer."""
        if "shipping_method" in given and self.details.shipping_method and self.method is None:
            message = _("Not one of the delivery methods that this cart can have.")
            raise InvalidInput(message, code="unknown_shipping_method", field="shipping_method")
        if "payment_provider" in given and self.details.payment_provider and self.provider is None:
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
            (line.line.variant.pk, line.line.quantity, line.available)
            for line in self.lines
            if any(problem.code in SHORTAGES for problem in line.problems)
        ]

    def _missing_inputs(self, step: str) -> list[str]:
        """The inputs of the API that a step waits for; the cart's own lines are none."""
        if step == "address":
            return [name for name in ("email", "shipping_address") if not getattr(self.details, name)]
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
    audience = Audience(cart.currency)
    lines = [wanted_in_cart(line, audience) for line in cart_lines(cart.pk)]
    return quote_purchase(purchase_of(cart, lines))


def quote_nothing() -> Quote:
    """Return the quote of who has no cart yet; nothing is stored by looking."""
    return quote_purchase(
        Purchase(
            customer_id=None,
            currency=settings.SHOP_CURRENCY,
            destination=Destination(settings.SHOP_COUNTRY),
            details=CheckoutDetails(),
            lines=[],
        )
    )


def purchase_of(cart: Cart, lines: Sequence[WantedLine]) -> Purchase:
    """Return what a cart with these lines amounts to, with the details that are stored with it."""
    return Purchase(
        customer_id=cart.customer_id,
        currency=cart.currency,
        destination=cart.destination,
        details=cart.details,
        lines=lines,
        cart=cart,
    )


def quote_purchase(purchase: Purchase) -> Quote:
    """Price a purchase, and look at its stock and its choices."""
    details = purchase.details
    methods = _methods(purchase) if details.shipping_method else None
    context = _context_of(purchase, methods or [])
    totals = calculate(context)
    providers = available_providers(totals.total)
    lines = quoted_lines(purchase.lines)
    return Quote(
        purchase=purchase,
        lines=lines,
        known_methods=methods,
        method=next((one for one in methods or () if one.code == details.shipping_method), None),
        providers=providers,
        provider=next((one for one in providers if one.code == details.payment_provider), None),
        context=context,
        totals=totals,
        held_until=_held_until(lines),
    )


def with_method(quote: Quote, code: str) -> Quote:
    """Return the quote with this shipping method, if the cart can have it. No query beyond those for methods."""
    method = next((one for one in quote.methods if one.code == code), None)
    if method is None:
        return quote
    context = replace(quote.context, shipping=rate_table(quote.methods, chosen=code))
    return replace(quote, method=method, context=context, totals=calculate(context))


def _context_of(purchase: Purchase, methods: Sequence[ShippingMethod]) -> PricingContext:
    destination = purchase.destination
    return PricingContext(
        currency=purchase.currency,
        # What was changed to another currency since is shown with its problem and adds to no total.
        lines=tuple(line.to_price() for line in purchase.lines if line.is_priced),
        buyer=BuyerFacts(purchase.customer_id),
        destination=destination,
        taxes=tax_rules_for(destination),
        now=clock.now(),
        shipping=rate_table(methods, chosen=purchase.details.shipping_method),
    )


def _methods(purchase: Purchase) -> list[ShippingMethod]:
    return methods_for(country=purchase.country, currency=purchase.currency)


def postal_addresses(details: CheckoutDetails) -> tuple[PostalAddress, PostalAddress]:
    """The delivery and the invoice address; the latter is the former unless another was given.

    Raises InvalidInput for one that is not complete.
    """
    shipping = _complete(details.shipping_address, "shipping_address")
    if details.billing_address is None:
        return shipping, shipping
    return shipping, _complete(details.billing_address, "billing_address")


def _complete(address: PostalAddress | None, field: str) -> PostalAddress:
    return PostalAddress.from_dict(address.as_dict() if address else None, field=field)


def _held_until(lines: Sequence[QuotedLine]) -> datetime | None:
    """When the first hold runs out; None unless every unit is held, and none is held too much."""
    times = [one.stock.held_until for one in lines if one.stock.held == one.line.quantity]
    if not times or len(times) < len(lines):
        return None
    first = min(time for time in times if time)
    return first if first > clock.now() else None


def quoted_lines(lines: Sequence[WantedLine]) -> list[QuotedLine]:
    """Lines, each with what there is to say of it. One query."""
    stock = stock_of([line.variant.pk for line in lines], holders=[line.id for line in lines])
    return [_quoted(line, stock.get(line.variant.pk, _NOTHING)) for line in lines]


def _quoted(line: WantedLine, stock: VariantStock) -> QuotedLine:
    problems = problems_of(line, available=stock.available)
    # Of what cannot be had the price does not matter.
    withdrawn = any(problem.code == RemarkCode.WITHDRAWN for problem in problems)
    backordered = stock.backordered_of(line.quantity)
    is_held = stock.held_until is not None and stock.held_until > clock.now()
    reserved = stock.held if is_held and not problems else None
    notices = [] if withdrawn else notices_of(line, backordered=backordered, reserved=reserved)
    return QuotedLine(line, stock, problems, notices)
