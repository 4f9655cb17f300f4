"""The cart's pages and the fragments of them that HTMX swaps."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from carts import services
from carts.errors import NotForSale, PriceMoved, QuantityOutOfRange
from carts.forms import AddForm, PriceForm, QuantityForm
from carts.limits import CartUse, limit_page
from carts.models import Cart
from carts.selectors import cart_lines
from carts.sessions import CART_IS_GONE, session_cart, session_cart_for_writing
from checkout.lines import wanted_in_cart
from checkout.reads import cart_line_views, cart_view
from checkout.selectors import quote_cart, quoted_lines
from core.errors import DomainError, NotFound
from core.limits import LimitReached
from core.money import Money, total
from pricing.context import Audience

# With script a form has another id after each answer, so that one that comes again was not answered. Without, it has
# the same when the shopper comes back to the page; a double click is over by then.
_ONCE_WITH_SCRIPT, _ONCE_WITHOUT = timedelta(minutes=10), timedelta(seconds=5)


def _cart_to_readers(change: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A change is posted; who reads its address, by a reload or in another language, sees the cart."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(change)
    def view(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return change(request, **kwargs) if request.method == "POST" else redirect("carts:cart")

    return view


@require_safe
def cart(request: HttpRequest) -> HttpResponse:
    """Everything in the cart, priced."""
    return render(request, "carts/cart.html", _context(session_cart(request)))


@_cart_to_readers
def add(request: HttpRequest) -> HttpResponse:
    """Put units of a variant into the cart; answers with the drawer, or goes to the cart."""
    form = AddForm(request.POST)
    try:
        limit_page(request, CartUse.CHANGE)
        values = _values(form)
        cart_id = session_cart_for_writing(request).pk
        line = services.add_item_once(
            cart_id=cart_id,
            variant_id=values["variant"],
            quantity=values["quantity"],
            form=values["once"],
            within=_ONCE_WITH_SCRIPT if request.htmx else _ONCE_WITHOUT,
        )
    except DomainError as refusal:
        if not request.htmx:
            raise
        return render(request, "carts/refusal.html", {"refusal": refusal}, status=_status_of(refusal))
    if not request.htmx:
        messages.success(request, _("It is in your cart."))
        return redirect("carts:cart")
    currency = line.variant.currency
    lines = [wanted_in_cart(one, Audience(currency)) for one in cart_lines(cart_id)]
    shown = cart_line_views(quoted_lines(lines), {})
    response = render(
        request,
        "carts/drawer.html",
        {
            "lines": shown,
            "added": next(one for one in shown if one.id == line.pk),
            "subtotal": total((one.total for one in lines if one.is_priced), currency),
            "cart_count": sum(one.quantity for one in lines),
        },
    )
    response["HX-Retarget"] = "#cart-drawer"
    response["HX-Trigger-After-Swap"] = "cart:added"
    return response


@_cart_to_readers
def update(request: HttpRequest, line_id: UUID) -> HttpResponse:
    """Set a line's quantity; a refusal is shown beside the line, with what was typed."""
    mine = session_cart(request)
    if mine is None:
        return _lost(request)
    try:
        limit_page(request, CartUse.CHANGE)
        services.set_quantity(
            cart_id=mine.pk, line_id=line_id, quantity=_values(QuantityForm(request.POST))["quantity"]
        )
    except NotFound:
        # Another tab took the line out; the cart as it is now says so best.
        pass
    except DomainError as refusal:
        failure = {
            "failed_line": line_id,
            "failed_quantity": request.POST.get("quantity", ""),
            "failed_message": str(refusal),
        }
        template = "carts/cart.html#cart" if request.htmx else "carts/cart.html"
        return render(request, template, _context(mine) | failure, status=_status_of(refusal))
    if not request.htmx:
        return redirect("carts:cart")
    return render(request, "carts/updated.html", _context(mine))


@_cart_to_readers
def accept_price(request: HttpRequest, line_id: UUID) -> HttpResponse:
    """Agree to a line's new price; if it has moved again, the page shows the latest."""
    mine, form = session_cart(request), PriceForm(request.POST)
    if mine is None:
        return _lost(request)
    if not form.is_valid():
        raise NotFound
    limit_page(request, CartUse.CHANGE)
    price = Money(form.cleaned_data["price_minor"], form.cleaned_data["currency"])
    # Another tab may have taken the line out, or the price moved again; the cart as it is now says so best.
    with suppress(NotFound, PriceMoved):
        services.accept_price(cart_id=mine.pk, line_id=line_id, price=price)
    if not request.htmx:
        return redirect("carts:cart")
    return render(request, "carts/updated.html", _context(mine))


def _status_of(refusal: DomainError) -> int:
    """Return the status of a fragment that shows a refusal: 422, or 429 for a limit. HTMX shows no other."""
    return refusal.status if isinstance(refusal, LimitReached) else 422


def _lost(request: HttpRequest) -> HttpResponse:
    """Answer that the cart of the page is gone: it was ordered in another tab, or its session is over."""
    if not request.htmx:
        messages.warning(request, CART_IS_GONE)
        return redirect("carts:cart")
    return render(request, "carts/updated.html", _context(None) | {"cart_message": CART_IS_GONE})


def _values(form: Form) -> dict[str, Any]:
    """What a valid form says. Raises the domain's refusal for a value that no page would send."""
    if form.is_valid() or form.errors.keys() == {"once"}:
        return {"once": None} | form.cleaned_data
    raise QuantityOutOfRange(field="quantity") if "quantity" in form.errors else NotForSale(field="variant_id")


def _context(mine: Cart | None) -> dict[str, Any]:
    if mine is None:
        return {"cart": None, "cart_count": 0}
    view = cart_view(quote_cart(mine))
    return {"cart": view, "cart_count": view.units}
