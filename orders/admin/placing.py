"""The page on which staff places an order for a customer: entered, looked at with its prices, then placed."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.models import Address, User
from accounts.selectors import addresses_of
from carts.details import CheckoutDetails
from checkout.selectors import Quote
from checkout.services.place_items import place_items, quote_items
from core.db.ids import new_id
from core.errors import DomainError
from core.i18n.addresses import PostalAddress
from core.money import Money
from core.text.emails import normalise_email
from core.web.form_fields import MailAddressField
from orders.admin.entry import EntryAddressForm, ItemRows, customers_matching, name_of, once, show_in_rows
from orders.models import Order
from payments.providers import available_providers
from shipping.models import ShippingMethod

_DEFAULT, _NEW = "", "new"
# Which input stands for the step that the checkout finds missing.
_INPUT_OF_STEP = {"address": "email", "delivery": "shipping_method", "payment": "payment_provider"}
_MOST_NAMED = 5


class NewOrderForm(forms.Form):
    """Everything of a new order but its items and typed addresses."""

    once = forms.UUIDField(widget=forms.HiddenInput(), initial=new_id)
    customer = forms.CharField(
        label=_("Customer"),
        help_text=_("E-mail address, name or company."),
        widget=UnfoldAdminTextInputWidget(
            {"autofocus": True, "autocomplete": "off", "dir": "auto", "list": "customer-suggestions"}
        ),
    )
    email = MailAddressField(
        label=_("Mails go to"),
        required=False,
        help_text=_("The customer's address, unless you give another."),
        widget=UnfoldAdminEmailInputWidget({"dir": "ltr", "autocomplete": "off"}),
    )
    shipping_to = forms.ChoiceField(label=_("Deliver to"), required=False, widget=UnfoldAdminSelectWidget())
    billing_to = forms.ChoiceField(label=_("Invoice to"), required=False, widget=UnfoldAdminSelectWidget())
    tax_id = forms.CharField(
        label=_("Tax number (VAT number)"),
        max_length=40,
        required=False,
        help_text=_("Of a company, checked by the rules of the invoice address' country."),
        widget=UnfoldAdminTextInputWidget({"dir": "ltr", "autocomplete": "off"}),
    )
    shipping_method = forms.ChoiceField(label=_("Delivery"), widget=UnfoldAdminSelectWidget())
    payment_provider = forms.ChoiceField(label=_("Payment"), widget=UnfoldAdminSelectWidget())
    note = forms.CharField(
        label=_("Note"),
        max_length=250,
        required=False,
        help_text=_("Kept in the order's history; the customer does not see it."),
        widget=UnfoldAdminTextInputWidget(),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        methods = ShippingMethod.objects.filter(is_active=True)
        self.fields["shipping_method"].choices = [(one.code, f"{one.name} · {one.price}") for one in methods]
        providers = available_providers(Money.zero(settings.SHOP_CURRENCY))
        self.fields["payment_provider"].choices = [(one.code, one.label) for one in providers]
        self.person = self._person(str(self["customer"].value() or "").strip())
        self.book = list(addresses_of(self.person)) if isinstance(self.person, User) else []
        entries = [(str(entry.pk), ", ".join(entry.as_postal().lines())) for entry in self.book]
        typed = (_NEW, _("The address typed below"))
        self.fields["shipping_to"].choices = [(_DEFAULT, _("The customer's default address")), *entries, typed]
        self.fields["billing_to"].choices = [(_DEFAULT, _("The same address")), *entries, typed]

    def clean_customer(self) -> User:
        if isinstance(self.person, User):
            # What was typed gives way to what names this person only.
            self.data["customer"] = name_of(self.person)
            return self.person
        if not self.person:
            raise forms.ValidationError(_("There is no such customer."), code="unknown")
        named = ", ".join(name_of(person) for person in self.person[:_MOST_NAMED])
        raise forms.ValidationError(_("Several customers match: %(named)s") % {"named": named}, code="ambiguous")

    def entry(self, field: str) -> Address | None:
        """The entry of the address book that was chosen; of the default choice the first one."""
        chosen = self.cleaned_data.get(field) or (str(self.book[0].pk) if self.book else "")
        return next((entry for entry in self.book if str(entry.pk) == chosen), None)

    @staticmethod
    def _person(text: str) -> User | list[User]:
        """Whom a text names, or all whom it could mean."""
        if not text:
            return []
        people = User.objects.filter(is_active=True)
        try:
            exact = people.filter(pk=UUID(text)).first()
        except ValueError:
            exact = people.filter(email=normalise_email(text)).first()
        if exact:
            return exact
        found = list(customers_matching(text)[: _MOST_NAMED + 1])
        return found[0] if len(found) == 1 else found


class NewOrderPage:
    """The forms of the page together, and what becomes of them."""

    def __init__(self, data: Any = None, *, customer: str = "") -> None:
        # Copied, as what was typed gives way to what it was found to name.
        data = data.copy() if data is not None else None
        self.form = NewOrderForm(data, initial={"customer": customer})
        self.rows = ItemRows(data, prefix="items")
        self.shipping = self._address("shipping", data)
        self.billing = self._address("billing", data)
        self.quote: Quote | None = None

    def _address(self, prefix: str, data: Any) -> EntryAddressForm:
        typed = data is not None and data.get(f"{prefix}_to") == _NEW
        person = self.form.person
        blank = {
            "country": settings.SHOP_COUNTRY,
            "full_name": person.get_full_name() if isinstance(person, User) else "",
            "phone": person.phone if isinstance(person, User) else "",
        }
        return EntryAddressForm(data if typed else None, prefix=prefix, initial=blank)

    def is_valid(self) -> bool:
        """Whether all that was entered can be read; every form has its errors then."""
        valid = [one.is_valid() for one in (self.form, self.rows, self.shipping, self.billing) if one.is_bound]
        if not all(valid):
            return False
        if not self.rows.items():
            self.rows.forms[0].add_error("sku", _("An order has at least one item."))
            return False
        if not self.shipping.is_bound and self.form.entry("shipping_to") is None:
            self.form.add_error("shipping_to", _("This customer has no address yet: type one below."))
            return False
        return True

    def details(self) -> CheckoutDetails:
        """Return what was entered of the checkout. Call it on a valid page only."""
        data = self.form.cleaned_data
        given: dict[str, Any] = {name: data[name] for name in ("tax_id", "shipping_method", "payment_provider")}
        if data["email"]:
            given["email"] = data["email"]
        given["shipping_address"] = self._chosen_address(self.shipping, "shipping_to")
        if data["billing_to"] != _DEFAULT:
            given["billing_address"] = self._chosen_address(self.billing, "billing_to")
        return CheckoutDetails.only(**given)

    def _chosen_address(self, typed: EntryAddressForm, field: str) -> PostalAddress | None:
        if typed.is_bound:
            return typed.address()
        entry = self.form.entry(field)
        return entry.as_postal() if entry else None

    def preview(self) -> None:
        """Price what was entered, and put what stands in its way at the inputs."""
        try:
            details, customer = self.details(), self.form.cleaned_data["customer"]
            self.quote = quote_items(items=self.rows.items(), customer=customer, details=details)
            for line in self.quote.lines:
                if line.problem:
                    self.rows.tell(line.line.variant.pk, line.problem)
            self.quote.require_offered(details.given)
            if not self.quote.has_problems:
                self.quote.require_complete()
        except DomainError as error:
            self.show(error)

    @property
    def can_be_placed(self) -> bool:
        """Whether nothing but the button is missing."""
        wrong = self.form.errors or any(form.errors for form in self.rows.forms)
        return self.quote is not None and not wrong

    def place(self, *, actor: User, seen: Money) -> Order | None:
        """Place the order, once however often the page is sent; None if it was refused, with the reason shown."""
        data = self.form.cleaned_data

        def work() -> str:
            placed = place_items(
                items=self.rows.items(),
                customer=data["customer"],
                actor=actor,
                details=self.details(),
                expected_total=seen,
                note=data["note"],
            )
            return str(placed.order.pk)

        try:
            return Order.objects.get(pk=once(actor=actor, sent=self.form.data, work=work))
        except DomainError as error:
            self.preview()
            if self.can_be_placed:
                # A second look finds nothing: the total is another one, or the last unit went and came back.
                self.show(error)
            return None

    def show(self, error: DomainError) -> None:
        """Put a refusal where its cause is."""
        if show_in_rows(self.rows, error):
            return
        field = _INPUT_OF_STEP.get(error.field or "", error.field)
        self.form.add_error(field if field in self.form.fields else None, str(error))

    def context(self) -> dict[str, Any]:
        """What the template shows."""
        return {
            "title": _("Add order"),
            "form": self.form,
            "rows": self.rows,
            "shipping": self.shipping,
            "billing": self.billing,
            "quote": self.quote,
            "can_be_placed": self.can_be_placed,
        }
