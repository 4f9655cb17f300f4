"""The checkout's pages: address, delivery, payment, review, and the confirmation.

The open cart stores the details of the checkout, so that a reload, another tab or another day goes on from there.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.decorators.http import require_safe

from accounts.forms import AddressForm
from accounts.models import Address
from accounts.selectors import addresses_of
from accounts.services import keep_address
from carts.details import CheckoutDetails
from carts.limits import CartUse, limit_page
from carts.models import Cart
from carts.selectors import own_cart
from carts.services import set_checkout_details
from carts.sessions import CART_IS_GONE, TOKEN_KEY, customer_of, session_cart
from checkout.forms import (
    NEW_ADDRESS,
    BillingChoiceForm,
    CompanyForm,
    ContactForm,
    DeliveryForm,
    KeepAddressForm,
    PaymentForm,
    SavedAddressForm,
)
from checkout.seen import Seen, changes_since
from checkout.selectors import Quote, postal_addresses, quote_cart, with_method
from checkout.services.place_order import place_order
from checkout.services.update_checkout import keep_units
from core.errors import DomainError
from core.i18n.addresses import PostalAddress
from core.limits import LimitReached
from core.money import Money
from core.web.callers import guest_key
from orders.models import Order
from orders.selectors import order_link_token, with_page_details
from payments.operations import execute
from payments.providers import find_provider
from payments.selectors import how_to_pay, start_in_flight
from shipping.selectors import pickup_place

PLACED_KEY = "placed_orders"
_PLACED_REMEMBERED = 20

# The order of the pages; each may be entered when all before it are done.
STEPS: tuple[tuple[str, str | Promise], ...] = (
    ("address", _("Address")),
    ("delivery", _("Delivery")),
    ("payment", _("Payment")),
    ("review", _("Review")),
)
_NAMES = [name for name, _label in STEPS]


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the indicator on top."""

    label: str | Promise
    url: str
    is_here: bool
    is_done: bool


def _steps(here: str, reached: str) -> list[Step]:
    last = _NAMES.index(reached)
    return [
        Step(
            label=label,
            url=reverse(f"checkout:{name}") if position <= last else "",
            is_here=name == here,
            is_done=position < last,
        )
        for position, (name, label) in enumerate(STEPS)
    ]


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Go on where the shopper stopped."""
    cart = session_cart(request)
    step = quote_cart(cart).missing_step() if cart else "cart"
    return redirect("carts:cart" if step == "cart" else f"checkout:{step or 'review'}")


class StepView(View):
    """A page of the checkout: it shows the quote beside itself and is entered only when its turn has come."""

    name: str
    cart: Cart
    quote: Quote

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        cart = session_cart(request)
        if cart is None:
            return self.without_cart(request)
        self.cart, self.quote = cart, quote_cart(cart)
        # The button that orders takes the units by itself.
        if self.name != "review" or request.method != "POST":
            self._keep_units(request)
        missing = self.quote.missing_step() or "review"
        if missing == "cart":
            messages.error(request, _("Please look at your cart before you order."))
            return redirect("carts:cart")
        if _NAMES.index(self.name) > _NAMES.index(missing):
            return redirect(f"checkout:{missing}")
        self.reached = missing
        return super().dispatch(request, *args, **kwargs)

    def _keep_units(self, request: HttpRequest) -> None:
        limit_page(request, CartUse.RESERVE)
        self.quote = keep_units(quote=self.quote, guest=guest_key(request))

    def without_cart(self, request: HttpRequest) -> HttpResponse:
        """There is nothing to check out: the cart was ordered in another tab, or its session is over."""
        if request.method == "POST":
            messages.warning(request, CART_IS_GONE, extra_tags="keeps-draft")
        return redirect("carts:cart")

    def page(self, request: HttpRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
        """This step's page."""
        shared = {"quote": self.quote, "steps": _steps(self.name, self.reached), "cart_count": self.quote.units}
        return render(request, f"checkout/{self.name}.html", shared | context, status=status)

    def store(self, details: CheckoutDetails) -> None:
        """Store the given details with the cart."""
        set_checkout_details(cart_id=self.cart.pk, details=details)


class AddressView(StepView):
    """Who orders and where it goes."""

    name = "address"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, self._forms(request, None))

    def post(self, request: HttpRequest) -> HttpResponse:
        forms = self._forms(request, request.POST)
        chosen = self._saved_address(request, forms)
        needed = [forms["contact"], forms["billing_choice"]]
        needed += [] if chosen else [forms["shipping"]]
        needed += [] if _same_address(forms) else [forms["billing"]]
        failed = [form for form in needed if not form.is_valid()]
        if failed:
            return self._page(request, forms, failed=failed, status=422)
        shipping = chosen.as_postal() if chosen else forms["shipping"].address()
        billing = None if _same_address(forms) else forms["billing"].address()
        if not forms["company"].settle((billing or shipping).country):
            return self._page(request, forms, failed=[forms["company"]], status=422)
        self.store(
            CheckoutDetails.only(
                email=forms["contact"].cleaned_data["email"],
                shipping_address=shipping,
                billing_address=billing,
                tax_id=forms["company"].cleaned_data["tax_id"],
            )
        )
        customer = customer_of(request)
        if customer and not chosen and forms["keep"].is_valid() and forms["keep"].cleaned_data["keep"]:
            keep_address(user=customer, **shipping.as_dict())
        return redirect("checkout:delivery")

    def _page(
        self, request: HttpRequest, forms: dict[str, Any], *, failed: list[Form] | None = None, status: int = 200
    ) -> HttpResponse:
        context = {"forms": forms, "failed_forms": failed or [], "saved_addresses": self._book(request)}
        return self.page(request, context, status=status)

    def _book(self, request: HttpRequest) -> list[Address]:
        if not hasattr(self, "_addresses"):
            customer = customer_of(request)
            self._addresses = list(addresses_of(customer)) if customer else []
        return self._addresses

    def _forms(self, request: HttpRequest, data: Any) -> dict[str, Any]:
        details, customer, book = self.quote.details, customer_of(request), self._book(request)
        return {
            "contact": ContactForm(data, initial={"email": details.email or (customer.email if customer else "")}),
            "saved": SavedAddressForm(
                data,
                address_ids=[address.pk for address in book],
                initial={"saved": _entry_of(book, details.shipping_address)},
            ),
            "keep": KeepAddressForm(data),
            "shipping": AddressForm(data, prefix="shipping", initial=_initial(details.shipping_address, request)),
            "billing_choice": BillingChoiceForm(data, initial={"same_as_shipping": details.billing_address is None}),
            "billing": AddressForm(data, prefix="billing", initial=_initial(details.billing_address, request)),
            "company": CompanyForm(data, initial={"tax_id": details.tax_id}),
        }

    def _saved_address(self, request: HttpRequest, forms: dict[str, Any]) -> Address | None:
        form = forms["saved"]
        chosen = form.cleaned_data["saved"] if form.is_valid() else NEW_ADDRESS
        return next((address for address in self._book(request) if str(address.pk) == chosen), None)


class DeliveryView(StepView):
    """How the goods travel."""

    name = "delivery"

    def get(self, request: HttpRequest) -> HttpResponse:
        """`?choice=` shows what a method would come to, as a fragment for HTMX; nothing is kept."""
        asked = request.GET.get("choice", "")
        choice = asked if asked in self._codes() else self._preselected()
        form = DeliveryForm(codes=self._codes(), initial={"choice": choice})
        return self._page(request, form, choice)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = DeliveryForm(request.POST, codes=self._codes())
        if not form.is_valid():
            return self._page(request, form, status=422)
        if "preview" in request.POST:
            return self._page(request, form, form.cleaned_data["choice"])
        self.store(CheckoutDetails.only(shipping_method=form.cleaned_data["choice"]))
        return redirect("checkout:payment")

    def _page(self, request: HttpRequest, form: Form, choice: str = "", *, status: int = 200) -> HttpResponse:
        self.quote = with_method(self.quote, choice)
        if request.htmx and not request.htmx.history_restore_request:
            return render(request, "checkout/base.html#aside", {"quote": self.quote, "is_answer": True})
        goods = self.quote.totals.goods
        methods = [(method, method.rate.charge_for(goods)) for method in self.quote.methods]
        return self.page(request, {"form": form, "methods": methods}, status=status)

    def _codes(self) -> list[str]:
        return [method.code for method in self.quote.methods]

    def _preselected(self) -> str:
        return self.quote.method.code if self.quote.method else next(iter(self._codes()), "")


class PaymentView(StepView):
    """How the order is paid."""

    name = "payment"

    def get(self, request: HttpRequest) -> HttpResponse:
        chosen = self.quote.provider.code if self.quote.provider else next(iter(self._codes()), "")
        return self.page(request, {"form": PaymentForm(codes=self._codes(), initial={"choice": chosen})})

    def post(self, request: HttpRequest) -> HttpResponse:
        form = PaymentForm(request.POST, codes=self._codes())
        if not form.is_valid():
            return self.page(request, {"form": form}, status=422)
        self.store(CheckoutDetails.only(payment_provider=form.cleaned_data["choice"]))
        return redirect("checkout:review")

    def _codes(self) -> list[str]:
        return [provider.code for provider in self.quote.providers]


class ReviewView(StepView):
    """Everything once more, and the button that orders."""

    name = "review"

    def get(self, request: HttpRequest, refusal: DomainError | None = None) -> HttpResponse:
        shipping_address, billing_address = postal_addresses(self.quote.details)
        seen = Seen.read(request.POST.get("seen", "")) if refusal else None
        context = {
            "shipping_address": shipping_address,
            "billing_address": billing_address,
            "refusal": refusal,
            "changes": changes_since(seen, self.quote) if seen else [],
            "seen": Seen.of(self.quote).written(),
        }
        return self.page(request, context, status=422 if refusal else 200)

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            return self._place(request)
        except LimitReached:
            # Nothing of the cart is wrong; the page that tells of it asks to try again.
            raise
        except DomainError as refusal:
            self.quote = quote_cart(self.cart)
            if self.quote.missing_step():
                raise
            return self.get(request, refusal)

    def without_cart(self, request: HttpRequest) -> HttpResponse:
        """A second click finds the cart closed by the first one, and gets the first one's order."""
        return self._place(request) if request.method == "POST" else super().without_cart(request)

    def _place(self, request: HttpRequest) -> HttpResponse:
        customer = customer_of(request)
        cart_id, token = _uuid(request.POST.get("cart")), request.session.get(TOKEN_KEY)
        cart = own_cart(cart_id, customer=customer, token=token) if cart_id else None
        if cart is None:
            return super().without_cart(request)
        if cart.is_open:
            limit_page(request, CartUse.ORDER)
        seen = Seen.read(request.POST.get("seen", ""))
        order = place_order(cart_id=cart.pk, actor=customer, expected_total=_seen_total(request), seen=seen).order
        if start := start_in_flight(order):
            execute(start)
        placed = [*request.session.get(PLACED_KEY, []), str(order.pk)]
        request.session[PLACED_KEY] = list(dict.fromkeys(placed))[-_PLACED_REMEMBERED:]
        return redirect("checkout:confirmation", order.number)


@require_safe
def confirmation(request: HttpRequest, number: str) -> HttpResponse:
    """The order just placed: for its customer, or for the session that placed it."""
    order = with_page_details(Order.objects.filter(number=number)).first()
    customer = customer_of(request)
    mine = order is not None and (
        (customer is not None and order.customer_id == customer.pk)
        or str(order.pk) in request.session.get(PLACED_KEY, [])
    )
    if order is None or not mine:
        raise Http404
    context = {
        "order": order,
        **how_to_pay(order),
        "provider": find_provider(order.payment_provider),
        "pickup": pickup_place(order),
        "tracking_url": reverse("orders:tracking", args=[order_link_token(order.pk)]),
    }
    return render(request, "checkout/confirmation.html", context)


def _same_address(forms: dict[str, Any]) -> bool:
    form = forms["billing_choice"]
    return bool(form.is_valid() and form.cleaned_data["same_as_shipping"])


def _entry_of(book: list[Address], chosen: PostalAddress | None) -> str:
    """The entry that was chosen before, the default one before any was, or a new address."""
    if chosen is None:
        return str(book[0].pk) if book else NEW_ADDRESS
    return next((str(entry.pk) for entry in book if entry.as_postal() == chosen), NEW_ADDRESS)


def _initial(address: PostalAddress | None, request: HttpRequest) -> dict[str, str]:
    return address.as_dict() if address else _blank(request)


def _blank(request: HttpRequest) -> dict[str, str]:
    customer = customer_of(request)
    return {
        "country": settings.SHOP_COUNTRY,
        "full_name": customer.get_full_name() if customer else "",
        "phone": customer.phone if customer else "",
    }


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def _seen_total(request: HttpRequest) -> Money | None:
    """The total on the page that was sent; without it nothing was seen and nothing is compared."""
    try:
        return Money(int(request.POST["total_minor"]), request.POST["currency"])
    except (KeyError, ValueError):
        return None
