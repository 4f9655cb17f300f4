"""The account area. Log-in, sign-up and passwords are allauth's views with our forms and templates."""

from typing import Any, cast
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.signup import complete_signup
from allauth.account.utils import get_next_redirect_url
from allauth.account.views import EmailView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import services, signup
from accounts.consents import consents_of
from accounts.erasure import erase_person, export_person
from accounts.errors import InvalidSignupLink, TooManyAttempts
from accounts.forms import AddressBookForm, AddressForm, ConfirmSignupForm, EraseForm, ProfileForm
from accounts.models import Address, Consent, User
from accounts.security import events_of
from accounts.selectors import address_of, addresses_of
from accounts.sessions import MARK, end_other_sessions, end_session, sessions_of
from checkout.services.cancel_order import cancel_own_order
from core.errors import InvalidInput
from core.web.caching import PRIVATE
from core.web.middleware import limit_reached
from orders.selectors import orders_of, with_page_details
from payments.providers import find_provider
from payments.selectors import how_to_pay
from shipping.selectors import pickup_place

_ORDERS_A_PAGE = 10
_LATEST_ORDERS = 3
_LATEST_EVENTS = 10
_PROFILE_FIELDS = tuple(name for name in ProfileForm.base_fields if name not in Consent.Purpose.values)
# The address book's form has one address, the checkout's two.
_ADDRESS_PREFIXES = ("", "shipping", "billing")
_ADDRESS_FIELDS = tuple(AddressBookForm.base_fields)

# A log-in that came between, a reload or another language reads the address of what was to be posted.
_form_methods = require_http_methods(["GET", "HEAD", "POST"])


def _person(request: HttpRequest) -> User:
    return cast("User", request.user)


@_form_methods
@never_cache
def confirm_signup(request: HttpRequest, key: str) -> HttpResponse:
    """The page behind the link that a sign-up mails: one password away from the account, which then is logged in."""
    try:
        waiting = signup.find_signup(key)
    except InvalidSignupLink:
        return render(request, "account/signup_gone.html", status=404)
    form = ConfirmSignupForm(request.POST or None, initial={"username": waiting.username})
    if request.method == "POST" and form.is_valid():
        try:
            user = signup.confirm_signup(key=key, **form.cleaned_data)
        except InvalidInput as refusal:
            _show(refusal, form)
        else:
            next_url = get_next_redirect_url(request)
            return cast("HttpResponse", complete_signup(request, user=user, redirect_url=next_url))
    return _form_page(request, "account/signup_confirm.html", form, email=waiting.email)


class EmailPage(EmailView):  # type: ignore[misc]  # allauth has no types
    """Another e-mail address for the account, which replaces its own only by the link that is mailed there."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Add an address, mail its link again, or take it back."""
        if "action_primary" in request.POST:
            # allauth would put an address that nobody has confirmed in the place of another such one.
            messages.error(request, _("Please confirm your e-mail address first."))
            return redirect("account_email")
        answer: HttpResponse = super().post(request, *args, **kwargs)
        return answer


email = EmailPage.as_view()


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """Return the page for who reached one of allauth's limits, which are by the minute."""
    return limit_reached(request, TooManyAttempts(retry_after=60))


@require_safe
@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """The latest orders and the default addresses."""
    person = _person(request)
    addresses = [entry for entry in addresses_of(person) if entry.is_default_shipping or entry.is_default_billing]
    latest = orders_of(person).prefetch_related("lines")[:_LATEST_ORDERS]
    return render(request, "accounts/overview.html", {"orders": latest, "addresses": addresses})


@require_safe
@login_required
def orders(request: HttpRequest) -> HttpResponse:
    """All orders, newest first."""
    paginator = Paginator(orders_of(_person(request)).prefetch_related("lines"), _ORDERS_A_PAGE)
    return render(request, "accounts/orders.html", {"page": paginator.get_page(request.GET.get("page"))})


@require_safe
@login_required
def order(request: HttpRequest, number: str) -> HttpResponse:
    """One own order with all that happened to it."""
    found = with_page_details(orders_of(_person(request)).filter(number=number)).first()
    if found is None:
        raise Http404
    context = {
        "order": found,
        **how_to_pay(found),
        "provider": find_provider(found.payment_provider),
        "pickup": pickup_place(found),
    }
    return render(request, "accounts/order.html", context)


@_form_methods
@login_required
def cancel_order(request: HttpRequest, number: str) -> HttpResponse:
    """Cancel an own order that is neither paid nor sent."""
    if request.method != "POST":
        return redirect("accounts:order", number)
    cancel_own_order(number=number, customer=_person(request))
    messages.success(request, _("Your order is cancelled."))
    return redirect("accounts:order", number)


@require_safe
@login_required
def addresses(request: HttpRequest) -> HttpResponse:
    """The address book."""
    return render(request, "accounts/addresses.html", {"addresses": addresses_of(_person(request))})


@_form_methods
@login_required
def add_address(request: HttpRequest) -> HttpResponse:
    """A new entry of the address book."""
    person = _person(request)
    blank = {"country": settings.SHOP_COUNTRY, "full_name": person.get_full_name(), "phone": person.phone}
    form = AddressBookForm(request.POST or None, initial=blank)
    if request.method == "POST" and _stored(form, services.keep_address, user=person):
        messages.success(request, _("The address is saved."))
        return redirect("accounts:addresses")
    return _form_page(request, "accounts/address_form.html", form)


@_form_methods
@login_required
def edit_address(request: HttpRequest, address_id: UUID) -> HttpResponse:
    """Change an own entry of the address book."""
    entry = address_of(user=_person(request), address_id=address_id)
    form = AddressBookForm(request.POST or None, initial=_values(entry, _ADDRESS_FIELDS))
    if request.method == "POST" and _stored(
        form, services.update_address, user=_person(request), address_id=address_id
    ):
        messages.success(request, _("The address is saved."))
        return redirect("accounts:addresses")
    return _form_page(request, "accounts/address_form.html", form, address=entry)


@_form_methods
def address_fields(request: HttpRequest) -> HttpResponse:
    """The fields of an address in the country that was just chosen, with what was typed so far, as a fragment."""
    prefix = request.POST.get("address", "")
    if request.method != "POST" or prefix not in _ADDRESS_PREFIXES:
        raise Http404
    typed = {name: request.POST.get(f"{prefix}-{name}" if prefix else name, "") for name in AddressForm.base_fields}
    return render(request, "checkout/address_fields.html", {"form": AddressForm(prefix=prefix or None, initial=typed)})


@_form_methods
@login_required
def delete_address(request: HttpRequest, address_id: UUID) -> HttpResponse:
    """Take an own entry out of the address book."""
    if request.method != "POST":
        return redirect("accounts:addresses")
    services.delete_address(user=_person(request), address_id=address_id)
    messages.success(request, _("The address is deleted."))
    return redirect("accounts:addresses")


@_form_methods
@login_required
def set_default_address(request: HttpRequest, address_id: UUID) -> HttpResponse:
    """Make an own entry the default for what the button says."""
    if request.method != "POST":
        return redirect("accounts:addresses")
    purpose = request.POST.get("purpose")
    services.set_default_address(
        user=_person(request), address_id=address_id, shipping=purpose == "shipping", billing=purpose == "billing"
    )
    return redirect("accounts:addresses")


@_form_methods
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Names, phone and language; a changed language shows at once."""
    person = _person(request)
    form = ProfileForm(request.POST or None, initial=_values(person, _PROFILE_FIELDS) | consents_of(person))
    before = person.preferred_language
    if request.method == "POST" and _stored(form, services.update_profile, user=person):
        language = person.preferred_language if person.preferred_language != before else get_language()
        with override(language):
            messages.success(request, _("Your details are saved."))
            return redirect(reverse("accounts:profile"))
    return _form_page(request, "accounts/profile.html", form)


@require_safe
@login_required
def sessions(request: HttpRequest) -> HttpResponse:
    """Where one is logged in, and what happened to the ways in lately."""
    person = _person(request)
    context = {
        "sessions": sessions_of(person),
        "current": request.session.get(MARK),
        "events": events_of(person)[:_LATEST_EVENTS],
    }
    return render(request, "accounts/sessions.html", context)


@_form_methods
@login_required
def end_one_session(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Log one device out."""
    if request.method == "POST":
        end_session(user=_person(request), session_id=session_id)
        messages.success(request, _("This device is logged out."))
    return redirect("accounts:sessions")


@_form_methods
@login_required
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Log all devices out but this one."""
    if request.method == "POST":
        end_other_sessions(user=_person(request), current=request.session.get(MARK))
        messages.success(request, _("You are logged out everywhere else."))
    return redirect("accounts:sessions")


@require_safe
@login_required
@reauthentication_required
def export(request: HttpRequest) -> StreamingHttpResponse:
    """A file with everything that the shop knows about who asks, who has just shown their password again."""
    headers = {"Content-Disposition": 'attachment; filename="my-data.json"', "Cache-Control": PRIVATE}
    return StreamingHttpResponse(export_person(user=_person(request)), content_type="application/json", headers=headers)


@_form_methods
@login_required
@reauthentication_required
def erase(request: HttpRequest) -> HttpResponse:
    """Erase one's own account for good, after typing its name."""
    form = EraseForm(request.POST or None, user=_person(request))
    if request.method == "POST" and _stored(form, erase_person, user_id=_person(request).pk):
        logout(request)
        messages.success(request, _("Your account and your personal data are erased."))
        return redirect("catalog:home")
    return _form_page(request, "accounts/erase.html", form)


def _values(row: User | Address, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _stored(form: Form, service: Any, **who: Any) -> bool:
    """Hand what was typed to the service; a refusal is shown at its field."""
    if not form.is_valid():
        return False
    try:
        service(**who, **form.cleaned_data)
    except InvalidInput as refusal:
        _show(refusal, form)
        return False
    return True


def _show(refusal: InvalidInput, form: Form) -> None:
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))


def _form_page(request: HttpRequest, template: str, form: Form, **context: Any) -> HttpResponse:
    return render(request, template, {"form": form, **context}, status=422 if form.errors else 200)
