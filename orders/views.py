"""Following an order without an account, by number and e-mail or by a signed link; taking one back into the cart."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from carts.sessions import TOKEN_KEY, customer_of
from checkout.services.back_to_cart import own_order_id, return_to_cart
from core.errors import NotFound
from core.limits import caller_use, use_limits
from notifications.order_links import send_order_link
from orders.forms import TrackForm
from orders.models import Order
from orders.selectors import (
    order_by_link_token,
    orders_of,
    track_order,
    with_page_details,
)
from payments.providers import find_provider
from payments.selectors import how_to_pay
from shipping.selectors import pickup_place

_NOT_FOUND = gettext_lazy("We found no order with this number and e-mail address.")


@require_http_methods(["GET", "HEAD", "POST"])
def track(request: HttpRequest) -> HttpResponse:
    """Ask for number and e-mail; the right pair shows where the order is, and to its customer the order itself."""
    if request.method != "POST":
        return render(request, "orders/track.html", {"form": TrackForm(initial={"number": request.GET.get("number")})})
    use_limits([caller_use(request, "track")])
    form = TrackForm(request.POST)
    if form.is_valid():
        if order := track_order(**form.cleaned_data):
            return _tracked(request, order, form)
        # One answer for a wrong number and a wrong address: neither is told apart.
        form.add_error(None, _NOT_FOUND)
    return render(request, "orders/track.html", {"form": form}, status=422)


def _tracked(request: HttpRequest, order: Order, form: TrackForm) -> HttpResponse:
    customer = customer_of(request)
    if customer and order.customer_id == customer.pk:
        return redirect("accounts:order", order.number)
    found = Order.objects.prefetch_related("lines", "transitions", "shipments").get(pk=order.pk)
    return render(request, "orders/tracked.html", {"order": found, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def send_link(request: HttpRequest) -> HttpResponse:
    """Mail the order's link to its address again, for who needs more than where the order is."""
    if request.method != "POST":
        return redirect("orders:track")
    use_limits([caller_use(request, "track")])
    form = TrackForm(request.POST)
    if not form.is_valid():
        return render(request, "orders/track.html", {"form": form}, status=422)
    try:
        send_order_link(**form.cleaned_data)
    except NotFound:
        form.add_error(None, _NOT_FOUND)
        return render(request, "orders/track.html", {"form": form}, status=422)
    messages.success(request, _("We have mailed you the link to your order."))
    return redirect("orders:track")


@require_http_methods(["GET", "HEAD", "POST"])
def back_to_cart(request: HttpRequest, token: str) -> HttpResponse:
    """A guest takes the order of this link back into the cart."""
    if request.method != "POST":
        return redirect("orders:tracking", token)
    found = order_by_link_token(token)
    if found is None:
        raise Http404
    return _back_to_cart(request, found, link_token=token)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def own_back_to_cart(request: HttpRequest, number: str) -> HttpResponse:
    """A customer takes an own order back into the cart."""
    if request.method != "POST":
        return redirect("accounts:order", number)
    found = orders_of(request.user).filter(number=number).first()
    if found is None:
        raise Http404
    return _back_to_cart(request, found)


def _back_to_cart(request: HttpRequest, order: Order, *, link_token: str = "") -> HttpResponse:
    customer = customer_of(request)
    order_id = own_order_id(customer=customer, order_id=order.pk, link_token=link_token)
    token = None if customer else request.session.get(TOKEN_KEY)
    back = return_to_cart(order_id=order_id, customer=customer, token=token)
    if customer is None:
        request.session[TOKEN_KEY] = back.cart.token
    messages.success(
        request, _("Your order is cancelled, and its items are in your cart: change them and order again.")
    )
    for line in back.left_out:
        messages.warning(request, f"{line.name}: {line.reason}")
    return redirect("carts:cart")


@require_safe
def tracking(request: HttpRequest, token: str) -> HttpResponse:
    """Where an order is, for whoever holds its link."""
    found = order_by_link_token(token)
    if found is None:
        raise Http404
    order = with_page_details(Order.objects.filter(pk=found.pk)).get()
    context = {
        "order": order,
        **how_to_pay(order),
        "provider": find_provider(order.payment_provider),
        "pickup": pickup_place(order),
        "back_to_cart": reverse("orders:back_to_cart", args=[token]) if order.customer_id is None else "",
    }
    return render(request, "orders/tracking.html", context)
