"""Following an order without an account: by number and e-mail, or by a signed link."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.api.throttling import DoorThrottle
from orders.forms import TrackForm
from orders.models import Order
from orders.selectors import order_by_link_token, order_link_token, track_order, with_page_details
from payments.providers import find_provider
from payments.selectors import payment_instructions


@require_http_methods(["GET", "HEAD", "POST"])
def track(request: HttpRequest) -> HttpResponse:
    """Ask for number and e-mail; the right pair leads to the order's signed address, which can be kept."""
    if request.method != "POST":
        return render(request, "orders/track.html", {"form": TrackForm(initial={"number": request.GET.get("number")})})
    if not DoorThrottle.passes(request, "track"):
        return render(request, "429.html", status=429)
    form = TrackForm(request.POST)
    if form.is_valid():
        if order := track_order(**form.cleaned_data):
            return redirect("orders:tracking", order_link_token(order.pk))
        # One answer for a wrong number and a wrong address: neither is told apart.
        form.add_error(None, _("We found no order with this number and e-mail address."))
    return render(request, "orders/track.html", {"form": form}, status=422)


@require_safe
def tracking(request: HttpRequest, token: str) -> HttpResponse:
    """Where an order is, for whoever holds its link."""
    found = order_by_link_token(token)
    if found is None:
        raise Http404
    order = with_page_details(Order.objects.filter(pk=found.pk)).get()
    context = {
        "order": order,
        "instructions": payment_instructions(order),
        "provider": find_provider(order.payment_provider),
    }
    return render(request, "orders/tracking.html", context)
