"""Writes to carts; the one cart service behind pages and API."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import User
from carts.details import CHECKOUT_FIELDS, CheckoutDetails
from carts.errors import CartClosed, CurrencyMismatch, NotForSale, PriceMoved, QuantityOutOfRange
from carts.models import MAX_LINE_QUANTITY, Cart, CartLine
from carts.selectors import OPEN_CARTS, open_cart, with_home
from catalog.models import Variant
from core import clock
from core.db.locking import lock_rows
from core.errors import NotFound
from core.fast.compiled import Compiled, Param
from core.fast.rows import add, save_fields
from core.limits import Use, use_limits
from core.money import Money
from core.tax_ids import settled_tax_id
from inventory.errors import OutOfStock
from inventory.selectors import stock_of
from inventory.services import pass_on_holds, release, resize_hold
from pricing.context import Audience
from pricing.selectors import price_of

# More than anybody sends within the time in which the same form counts as sent twice.
_FORMS_REMEMBERED = 20
_CART = Compiled(lambda: with_home(Cart.objects.filter(pk=Param("cart"))))
_ON_SALE: Compiled[Variant] = Compiled(lambda: Variant.objects.on_sale().filter(pk=Param("variant")))


def get_or_open_cart(*, customer: User | None = None, token: str | None = None, guest: Use | None = None) -> Cart:
    """The open cart of a customer or guest, made if there is none. Two requests at once get the same one.

    `guest` is who is counted when a guest's is made. Raises LimitReached.
    """
    cart = open_cart(customer=customer, token=token)
    if cart is not None:
        return cart
    if customer is None:
        if guest is not None:
            use_limits([guest])
        return add(Cart(currency=settings.SHOP_CURRENCY))
    try:
        with transaction.atomic():
            return add(Cart(customer=customer, currency=settings.SHOP_CURRENCY))
    except IntegrityError:
        # Only the partial unique index on open carts can refuse this row: another request was faster. Its cart may
        # be ordered by now, so we start over.
        return get_or_open_cart(customer=customer)


def lock_cart(cart_id: UUID) -> Cart:
    """Lock a cart in whatever state it is. Needs a transaction; raises NotFound."""
    rows = lock_rows(_CART, cart=cart_id)
    if not rows:
        raise NotFound
    return rows[0]


def lock_own_cart(*, customer: User | None, token: str | None) -> Cart:
    """Lock the open cart of a customer, or of the guest whom the token names. Needs a transaction; raises NotFound."""
    rows = OPEN_CARTS.of(customer=customer, token=token, lock=True)
    if not rows:
        raise NotFound
    return rows[0]


def _lock_open_cart(cart_id: UUID) -> Cart:
    cart = lock_cart(cart_id)
    if not cart.is_open:
        raise CartClosed
    return cart


@transaction.atomic
def add_item(*, cart_id: UUID, variant_id: UUID, quantity: int = 1) -> CartLine:
    """Put units of a variant into the cart, on top of those already there.

    Raises NotForSale, CurrencyMismatch, QuantityOutOfRange or OutOfStock; then nothing has changed.
    """
    return _add(_lock_open_cart(cart_id), variant_id, quantity)


@transaction.atomic
def add_item_once(
    *, cart_id: UUID, variant_id: UUID, quantity: int, form: UUID | None, within: timedelta, now: datetime | None = None
) -> CartLine:
    """As add_item(), unless the same form was sent before, no longer ago than `within`: then the line stays as it is.

    Two that come at the same time wait for each other, so that one of them adds.
    """
    cart, now = _lock_open_cart(cart_id), now or clock.now()
    line = CartLine.objects.filter(cart=cart, variant=variant_id).select_related("variant").first()
    if form is not None and line is not None and _was_sent(cart, form, now - within):
        return line
    added = _add(cart, variant_id, quantity)
    if form is not None:
        sent = {**cart.recent_forms, str(form): now.isoformat()}
        cart.recent_forms = dict(sorted(sent.items(), key=lambda one: one[1])[-_FORMS_REMEMBERED:])
        save_fields(cart, "recent_forms")
    return added


def _was_sent(cart: Cart, form: UUID, since: datetime) -> bool:
    sent = cart.recent_forms.get(str(form))
    return sent is not None and datetime.fromisoformat(sent) >= since


@transaction.atomic
def put_in_cart(
    *,
    customer: User | None = None,
    token: str | None = None,
    guest: Use | None = None,
    variant_id: UUID,
    quantity: int = 1,
) -> CartLine:
    """Put units of a variant into the open cart of a customer or guest, which is opened if there is none.

    Raises like add_item, or LimitReached if the `guest` opened too many; then no cart was opened either.
    """
    cart = get_or_open_cart(customer=customer, token=token, guest=guest)
    # A guest's new cart is known to nobody yet, so there is nobody to lock out.
    is_new = customer is None and cart.token != token
    return _add(cart if is_new else _lock_open_cart(cart.pk), variant_id, quantity, is_new=is_new)


def _add(cart: Cart, variant_id: UUID, quantity: int, *, is_new: bool = False) -> CartLine:
    line = None if is_new else CartLine.objects.filter(cart=cart, variant=variant_id).first()
    variant = _buyable(variant_id)
    _require_quantity(quantity)
    wanted = quantity + (line.quantity if line else 0)
    _require_quantity(wanted)
    _require_stock(variant_id, wanted, line)
    price = _price_in(cart, variant)
    if line is None:
        return add(CartLine(cart=cart, variant=variant, quantity=wanted, price_at_add_minor=price.minor))
    _change_quantity(cart, line, wanted)
    return line


def _change_quantity(cart: Cart, line: CartLine, quantity: int) -> None:
    line.quantity = quantity
    line.save(update_fields=["quantity", "updated_at"])
    resize_hold(holder=line.pk, variant_id=line.variant_id, quantity=quantity, country=cart.country)


@transaction.atomic
def set_quantity(*, cart_id: UUID, line_id: UUID, quantity: int) -> CartLine | None:
    """Set a line's quantity; zero takes the line out and returns None. Raises like add_item, or NotFound."""
    cart = _lock_open_cart(cart_id)
    line = CartLine.objects.filter(cart=cart, pk=line_id).select_related("variant").first()
    if line is None:
        raise NotFound
    if quantity == 0:
        release(holders=[line.pk])
        line.delete()
        return None
    _require_quantity(quantity)
    # Fewer is always possible, so that a line that ran out can be repaired step by step.
    if quantity > line.quantity:
        _require_stock(_buyable(line.variant_id).pk, quantity, line)
    _change_quantity(cart, line, quantity)
    return line


@transaction.atomic
def accept_price(*, cart_id: UUID, line_id: UUID, price: Money) -> CartLine:
    """Note that the shopper has seen a line's present price and agrees to it. Raises NotFound, or PriceMoved."""
    cart = _lock_open_cart(cart_id)
    line = CartLine.objects.filter(cart=cart, pk=line_id).select_related("variant").first()
    if line is None:
        raise NotFound
    if price != price_of(line.variant, Audience(cart.currency)):
        raise PriceMoved(field="price", details={"price": line.variant.price.as_dict()})
    line.price_at_add_minor = price.minor
    line.save(update_fields=["price_at_add_minor", "updated_at"])
    return line


@transaction.atomic
def set_checkout_details(*, cart_id: UUID, details: CheckoutDetails) -> Cart:
    """Store the given details of the checkout with an open cart. Raises NotFound or CartClosed."""
    cart = _lock_open_cart(cart_id)
    apply_checkout_details(cart, details)
    cart.save(update_fields=[*details.columns(), "updated_at"])
    return cart


def apply_checkout_details(cart: Cart, details: CheckoutDetails) -> None:
    """Put the given details into a locked cart, to be saved with it.

    Raises InvalidInput for a tax number that the country of the invoice address does not have.
    """
    for column, value in details.columns().items():
        setattr(cart, column, value)
    # Whatever is given: another address may be in another country.
    cart.tax_id = settled_tax_id(cart.tax_id, country=cart.invoice_country)


def fill_checkout_details(cart: Cart, details: CheckoutDetails) -> None:
    """Put details into a locked cart where it has none yet, to be saved with it."""
    columns = details.columns()
    if cart.shipping_address is None:
        # All or none: without an invoice address of its own, the delivery address is meant, and a tax number is that of
        # the invoice address.
        for field in ("shipping_address", "billing_address", "tax_id"):
            setattr(cart, field, columns[field])
    for field in ("email", "shipping_method", "payment_provider"):
        setattr(cart, field, getattr(cart, field) or columns[field])


@transaction.atomic
def merge_at_login(*, customer: User, token: str) -> Cart:
    """Bring what a guest put into the cart over to the customer who logged in; quantities add up.

    A token that names no open guest cart changes nothing, so a repeated request is harmless.
    """
    target_id = get_or_open_cart(customer=customer).pk
    guest = Cart.objects.filter(token=token, customer=None).exclude(pk=target_id).first()
    ids = [target_id] if guest is None else [target_id, guest.pk]
    carts = {cart.pk: cart for cart in lock_rows(Cart.objects.filter(pk__in=ids))}
    target = carts[target_id]
    if not target.is_open:
        # It was ordered before we had the lock; the customer's next cart takes the lines.
        return merge_at_login(customer=customer, token=token)
    if guest is None or not carts[guest.pk].is_open:
        return target
    guest = carts[guest.pk]
    _move_lines(guest, target)
    guest.status, guest.merged_into = Cart.Status.MERGED, target
    guest.save(update_fields=["status", "merged_into", "updated_at"])
    return target


def close_cart(cart: Cart) -> None:
    """Mark a locked cart as ordered, and store the details that were applied to it."""
    cart.status = Cart.Status.ORDERED
    save_fields(cart, "status", *CHECKOUT_FIELDS)


def _move_lines(guest: Cart, target: Cart) -> None:
    kept = {line.variant_id: line for line in target.lines.all()}
    if not kept:
        target.currency = guest.currency
    fill_checkout_details(target, guest.details)
    target.save(update_fields=["currency", *CHECKOUT_FIELDS, "updated_at"])
    heirs: dict[UUID, UUID | None] = {}
    for line in guest.lines.select_related("variant"):
        heirs[line.pk] = None
        if line.variant.currency != target.currency:
            continue
        if existing := kept.get(line.variant_id):
            existing.quantity = min(existing.quantity + line.quantity, MAX_LINE_QUANTITY)
            existing.save(update_fields=["quantity", "updated_at"])
        else:
            existing = CartLine.objects.create(
                cart=target,
                variant=line.variant,
                quantity=line.quantity,
                price_at_add_minor=line.price_at_add_minor,
            )
        heirs[line.pk] = existing.pk
    # Who logs in on the way through the checkout goes on with what was held for them.
    pass_on_holds(heirs=heirs)


def _buyable(variant_id: UUID) -> Variant:
    variant = _ON_SALE.first(variant=variant_id)
    if variant is None:
        raise NotForSale(field="variant_id")
    return variant


def _require_quantity(quantity: int) -> None:
    if not 1 <= quantity <= MAX_LINE_QUANTITY:
        raise QuantityOutOfRange(field="quantity")


def _require_stock(variant_id: UUID, wanted: int, line: CartLine | None) -> None:
    """Look whether there is enough, with what the line holds already."""
    stock = stock_of([variant_id], holders=[line.pk] if line else []).get(variant_id)
    available = stock.available if stock else 0
    if wanted > available:
        raise OutOfStock([(variant_id, wanted, available)])


def _price_in(cart: Cart, variant: Variant) -> Money:
    """Return a variant's price for who has the cart, whose currency an empty cart takes. Raises CurrencyMismatch."""
    price = price_of(variant, Audience(cart.currency))
    if price is not None:
        return price
    if cart.lines.exists():
        raise CurrencyMismatch(details={"cart": cart.currency, "item": variant.currency})
    cart.currency = variant.currency
    cart.save(update_fields=["currency", "updated_at"])
    return variant.price
