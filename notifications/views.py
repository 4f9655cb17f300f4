"""Asking to be told when an item is back, and the link that ends it. Works as pages, and as fragments for HTMX."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from carts.sessions import customer_of
from catalog.models import Variant
from core.errors import DomainError
from core.limits import caller_use, use_limits
from notifications.forms import NoticeForm
from notifications.mails import notice_of_confirmation, notice_of_token
from notifications.notices import (
    ask_notice,
    asked_message,
    confirm_notices,
    forget_address,
    open_notices,
    unconfirmed_notices,
    withdraw_notice,
)


def notice_context(request: HttpRequest, variant_id: UUID) -> dict[str, Any]:
    """What the fragment for a sold-out variant shows beside it. One query for a customer, none for a guest."""
    customer = customer_of(request)
    mine = open_notices(customer=customer).filter(variant=variant_id).first() if customer else None
    return {
        "notice_form": NoticeForm(),
        "notice_address": (customer.email or "") if customer else "",
        "notice_is_open": mine is not None,
        "notice_is_confirmed": mine is not None and mine.confirmed_at is not None,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, variant_id: UUID) -> HttpResponse:
    """Put a customer, or a guest's address, on the list; the answer is the same whoever's address it is."""
    variant = _variant(variant_id)
    if request.method != "POST":
        return redirect(_page_of(variant))
    use_limits([caller_use(request, "notice")])
    customer, form = customer_of(request), NoticeForm(request.POST)
    address = customer.email if customer and customer.email else None
    if address is None and not form.is_valid():
        return _refused(request, variant, form)
    try:
        is_theirs = ask_notice(variant_id=variant.pk, email=address or form.cleaned_data["email"], customer=customer)
    except DomainError as refusal:
        messages.info(request, str(refusal))
        return _to_page(request, variant)
    return _answer(request, variant, asked_message(is_theirs=is_theirs), is_done=True)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, variant_id: UUID) -> HttpResponse:
    """Take a customer off the list."""
    variant, customer = _variant(variant_id), customer_of(request)
    if request.method != "POST" or customer is None:
        return redirect(_page_of(variant))
    withdraw_notice(variant_id=variant.pk, customer=customer)
    return _answer(request, variant, _("We will not write to you about it."))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Show what was asked for with an address, and confirm what its reader leaves ticked; a look changes nothing."""
    notice = notice_of_confirmation(token)
    if notice is None:
        return render(request, "notifications/confirm.html", {"is_gone": True}, status=404)
    waiting = list(unconfirmed_notices(email=notice.email).select_related("variant__product"))
    # Of what others may have asked for with the address since, nothing is ticked beforehand.
    context = {"email": notice.email, "waiting": waiting, "asked": notice}
    if request.method != "POST" or not waiting:
        return render(request, "notifications/confirm.html", context)
    chosen = [one.pk for one in waiting if str(one.pk) in request.POST.getlist("notice")]
    if not chosen:
        return render(request, "notifications/confirm.html", context | {"is_nothing_chosen": True}, status=422)
    confirm_notices(token=token, notice_ids=chosen)
    return render(request, "notifications/confirm.html", {"email": notice.email, "is_done": True})


# Mail readers post here without having seen a page (RFC 8058); the signed token is what allows it.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether an address is to be taken off all lists, and take it off; a look alone changes nothing."""
    if request.method == "POST":
        if not forget_address(token=token):
            raise Http404
        return render(request, "notifications/stop.html", {"is_done": True})
    notice = notice_of_token(token)
    if notice is None:
        raise Http404
    return render(request, "notifications/stop.html", {"email": notice.email})


def _variant(variant_id: UUID) -> Variant:
    return get_object_or_404(Variant.objects.on_sale().select_related("product"), pk=variant_id)


def _page_of(variant: Variant) -> str:
    return f"{variant.product.get_absolute_url()}?variant={variant.pk}"


def _to_page(request: HttpRequest, variant: Variant) -> HttpResponse:
    response = redirect(_page_of(variant))
    if not request.htmx:
        return response
    # HTMX follows a redirect within the fragment; this one is for the whole page.
    return HttpResponse(headers={"HX-Redirect": response.url})


def _refused(request: HttpRequest, variant: Variant, form: NoticeForm) -> HttpResponse:
    if request.htmx:
        context = notice_context(request, variant.pk) | {"chosen": variant, "notice_form": form}
        return render(request, "notifications/notice.html", context, status=422)
    for error in form.errors.get("email", []):
        messages.error(request, error)
    return redirect(_page_of(variant))


def _answer(request: HttpRequest, variant: Variant, said: str, *, is_done: bool = False) -> HttpResponse:
    if request.htmx:
        context = notice_context(request, variant.pk)
        told = {"chosen": variant, "notice_said": said, "notice_is_done": is_done}
        return render(request, "notifications/notice.html", context | told)
    messages.success(request, said)
    return redirect(_page_of(variant))
