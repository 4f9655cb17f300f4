"""Staff places orders for customers and changes them before they are sent, at pages that need no script."""

import re
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from accounts.roles import sync_roles
from audit.models import Change
from catalog.models import Variant
from checkout.services.cancel_order import cancel_order
from checkout.services.fulfil_order import ship_order
from core.db.ids import new_id
from inventory.models import StockItem
from orders.models import Order
from tests.factories.accounts import AddressFactory, StaffFactory, UserFactory
from tests.factories.checkout import completed_order, confirmed_order
from tests.factories.inventory import stocked_variant
from tests.factories.pricing import TaxRateFactory
from tests.factories.shipping import ShippingMethodFactory
from tests.factories.staff import colleague, messages_of, staff_client
from tests.races import at_once

pytestmark = pytest.mark.django_db


def add_address() -> str:
    return reverse("admin:orders_order_add")


@pytest.fixture
def customer() -> User:
    TaxRateFactory()
    ShippingMethodFactory()
    user: User = UserFactory(email="leila@mail.example", first_name="Leila", last_name="Trabelsi", company="Dar Leila")
    AddressFactory(user=user, is_default_shipping=True, is_default_billing=True)
    return user


def rows(*items: tuple[str, Any]) -> dict[str, Any]:
    """Rows of items as the page sends them, blank ones among them."""
    said: dict[str, Any] = {"items-TOTAL_FORMS": len(items) + 1, "items-INITIAL_FORMS": 0}
    for place, (text, quantity) in enumerate(items):
        said |= {f"items-{place}-sku": text, f"items-{place}-quantity": quantity}
    return said | {f"items-{len(items)}-sku": "", f"items-{len(items)}-quantity": ""}


def entered(*items: tuple[str, Any], customer: str = "leila@mail.example", **changes: Any) -> dict[str, Any]:
    said = {
        "once": str(new_id()),
        "customer": customer,
        "shipping_to": "",
        "billing_to": "",
        "shipping_method": "standard",
        "payment_provider": "cash_on_delivery",
    }
    return said | rows(*items) | changes


def look_then_place(client: Client, said: dict[str, Any], address: str | None = None) -> HttpResponse:
    """Press the first button, then the one below the prices."""
    address = address or add_address()
    page = client.post(address, said)
    button = re.search(r'name="place" value="(\d+)"', page.content.decode())
    assert button, errors_of(page)
    return client.post(address, said | {"place": button[1], "currency": "USD"}, follow=True)


def errors_of(page: HttpResponse) -> dict[str, list[str]]:
    """What is said beside each input."""
    context = page.context
    forms = [context["form"], *context["rows"].forms]
    forms += [context[name] for name in ("shipping", "billing", "address") if context.get(name)]
    return {form.add_prefix(name): list(errors) for form in forms for name, errors in form.errors.items()}


class TestAnOrderForACustomer:
    def test_is_looked_at_with_its_prices_and_then_placed(self, customer: User) -> None:
        glass, pot = stocked_variant(10, price_minor=500), stocked_variant(10, price_minor=2_000)
        person, client = colleague(), Client()
        client.force_login(person)
        said = entered((glass.sku, 3), (pot.sku, ""), note="By phone")

        looked = client.post(add_address(), said)
        assert not Order.objects.exists()
        assert [line.line.quantity for line in looked.context["quote"].lines] == [3, 1]
        page = look_then_place(client, said)

        order = Order.objects.get()
        assert page.request["PATH_INFO"] == reverse("admin:orders_order_change", args=[order.pk])
        assert messages_of(page) == [f"Order {order.number} is placed."]
        assert (order.customer, order.email, order.subtotal_minor) == (customer, "leila@mail.example", 3_500)
        first = order.transitions.order_by("id")[0]
        assert (first.actor, first.door, first.note) == (person, "admin", "By phone")
        recorded = Change.objects.get(model="orders.order", operation=Change.Operation.INSERT)
        assert (recorded.actor_id, recorded.door) == (person.pk, "admin")
        assert StockItem.objects.get(variant=glass).reserved == 3

    def test_goes_to_the_default_address_an_entry_or_a_typed_one(self, customer: User) -> None:
        variant, client = stocked_variant(10), staff_client()
        entry = AddressFactory(user=customer, line1="9 rue Neuve")
        typed = {"full_name": "Lena Vogt", "line1": "Ring 1", "city": "Köln", "country": "DE", "postal_code": "50667"}

        look_then_place(client, entered((variant.sku, 1)))
        look_then_place(client, entered((variant.sku, 1), shipping_to=str(entry.pk)))
        new = {f"shipping-{name}": value for name, value in typed.items()}
        look_then_place(client, entered((variant.sku, 1), shipping_to="new", billing_to=str(entry.pk), **new))

        default, chosen, other = Order.objects.order_by("placed_at")
        assert default.ship_to == customer.addresses.get(is_default_shipping=True).as_postal()
        assert chosen.ship_to.line1 == "9 rue Neuve"
        assert (other.ship_to.city, other.bill_to.line1) == ("Köln", "9 rue Neuve")

    def test_speaks_the_customers_language(self, customer: User) -> None:
        User.objects.filter(pk=customer.pk).update(preferred_language="fr")
        variant = stocked_variant(product__name_en="Teapot", product__name_fr="Théière")

        look_then_place(staff_client(), entered((variant.sku, 1)))

        order = Order.objects.get()
        assert (order.language, order.lines.get().name) == ("fr", "Théière")

    @pytest.mark.parametrize("text", ["leila@mail.example", "LEILA@mail.example", "Leila Trabelsi", "dar lei"])
    def test_is_for_who_is_named_by_address_name_or_company(self, customer: User, text: str) -> None:
        UserFactory()
        page = staff_client().post(add_address(), entered((stocked_variant().sku, 1), customer=text))

        assert errors_of(page) == {}
        assert page.context["form"]["customer"].value() == "leila@mail.example"

    @pytest.mark.parametrize(
        ("text", "said"),
        [("nobody", "There is no such customer."), ("Zit", "Several customers match: a@x.example, b@x.example")],
    )
    def test_needs_one_customer(self, customer: User, text: str, said: str) -> None:
        UserFactory(email="a@x.example", last_name="Zitouni")
        UserFactory(email="b@x.example", last_name="Zitoun")

        page = staff_client().post(add_address(), entered((stocked_variant().sku, 1), customer=text))

        assert errors_of(page) == {"customer": [said]}

    def test_takes_items_by_a_products_name(self, customer: User) -> None:
        variant = stocked_variant(5, sku="POT-1", product__name_en="Brass coffee pot")

        page = staff_client().post(add_address(), entered(("brass pot", 2)))

        assert [line.line.variant for line in page.context["quote"].lines] == [variant]
        assert page.context["rows"].forms[0]["sku"].value() == "POT-1"

    def test_names_the_row_that_names_nothing_or_too_much(self, customer: User) -> None:
        for sku in ("LAMP-1", "LAMP-2"):
            stocked_variant(5, sku=sku, product__name_en="Lamp")

        page = staff_client().post(add_address(), entered(("lamp", 1), ("no such thing", 1), ("", 3), ("LAMP-1", 0)))

        assert errors_of(page) == {
            "items-0-sku": ["Several items match: LAMP-1, LAMP-2"],
            "items-1-sku": ["This item is not for sale."],
            "items-2-sku": ["Which item is meant?"],
            "items-3-quantity": ["Ensure this value is greater than or equal to 1."],
        }

    def test_says_at_the_row_what_is_short_and_cannot_be_placed(self, customer: User) -> None:
        few, client = stocked_variant(2), staff_client()
        said = entered((few.sku, 3))

        page = client.post(add_address(), said)
        placed = client.post(add_address(), said | {"place": "1", "currency": "USD"})

        for answer in (page, placed):
            assert errors_of(answer) == {"items-0-sku": ["Only 2 are left."]}
            assert 'name="place"' not in answer.content.decode()
        assert not Order.objects.exists()

    def test_needs_items_and_an_address(self, customer: User) -> None:
        homeless = UserFactory(email="new@mail.example")
        client = staff_client()

        assert errors_of(client.post(add_address(), entered())) == {"items-0-sku": ["An order has at least one item."]}
        page = client.post(add_address(), entered((stocked_variant().sku, 1), customer=str(homeless.email)))
        assert errors_of(page) == {"shipping_to": ["This customer has no address yet: type one below."]}

    def test_asks_for_a_typed_address_as_its_country_writes_it(self, customer: User) -> None:
        typed = {"shipping-country": "US", "shipping-full_name": "Ann", "shipping-line1": "1 Main St"}

        page = staff_client().post(add_address(), entered((stocked_variant().sku, 1), shipping_to="new", **typed))

        assert set(errors_of(page)) == {"shipping-city", "shipping-region", "shipping-postal_code"}

    def test_is_refused_where_the_method_does_not_go(self, customer: User) -> None:
        ShippingMethodFactory(code="island", countries=["IS"])

        page = staff_client().post(add_address(), entered((stocked_variant().sku, 1), shipping_method="island"))

        assert list(errors_of(page)) == ["shipping_method"]

    def test_is_looked_at_again_when_the_price_moved(self, customer: User) -> None:
        variant, client = stocked_variant(5, price_minor=1_000), staff_client()
        said = entered((variant.sku, 1))
        client.post(add_address(), said)
        Variant.objects.filter(pk=variant.pk).update(price_minor=1_100)

        page = client.post(add_address(), said | {"place": "1000", "currency": "USD"})

        assert page.context["form"].non_field_errors() == [
            "The total has changed in the meantime. Please look at it and order again."
        ]
        assert not Order.objects.exists()

    def test_is_placed_once_however_often_the_page_is_sent(self, customer: User) -> None:
        variant, client = stocked_variant(10), staff_client()
        said = entered((variant.sku, 1))

        # The page has another token each time that it is shown.
        first, again = (look_then_place(client, said | {"csrfmiddlewaretoken": token}) for token in ("one", "two"))

        assert Order.objects.count() == 1
        assert first.request["PATH_INFO"] == again.request["PATH_INFO"]

    def test_is_another_one_for_who_goes_back_and_enters_something_else(self, customer: User) -> None:
        variant, client = stocked_variant(10), staff_client()
        said = entered((variant.sku, 1))

        look_then_place(client, said)
        look_then_place(client, said | rows((variant.sku, 3)))

        assert sorted(order.lines.get().quantity for order in Order.objects.all()) == [1, 3]

    def test_begins_with_the_customer_that_a_link_names(self, customer: User) -> None:
        page = staff_client().get(add_address(), {"customer": str(customer.pk)})

        assert page.context["form"].person == customer

    def test_is_for_who_may_add_orders_only(self, customer: User) -> None:
        client = staff_client("orders.view_order", "orders.change_order")

        assert client.get(add_address()).status_code == 403
        assert client.post(add_address(), entered((stocked_variant().sku, 1))).status_code == 403
        assert add_address() not in client.get(reverse("admin:orders_order_changelist")).content.decode()
        assert not Order.objects.exists()

    @pytest.mark.parametrize(("role", "status"), [("orders", 200), ("admin", 200), ("support", 403), ("finance", 403)])
    def test_is_the_work_of_the_orders_role(self, role: str, status: int) -> None:
        sync_roles()
        person, client = StaffFactory(is_superuser=False), Client()
        person.groups.add(person.groups.model.objects.get(name=role))
        client.force_login(person)

        assert client.get(add_address()).status_code == status

    def test_asks_little_of_the_database(self, customer: User) -> None:
        client = staff_client()

        def queries(count: int) -> int:
            said = entered(*[(stocked_variant().sku, 1) for _ in range(count)])
            with CaptureQueriesContext(connection) as captured:
                assert client.post(add_address(), said).context["can_be_placed"]
            return len(captured)

        assert queries(2) == queries(8) <= 20


class TestSuggestions:
    def offered(self, client: Client, **query: str) -> list[str]:
        answer = client.get(reverse("admin:orders_order_suggest"), query)
        assert answer.status_code == 200
        return [one["value"] for one in answer.json()["results"]]

    def test_are_items_and_customers(self, customer: User) -> None:
        stocked_variant(sku="POT-1", product__name_en="Brass coffee pot")
        client = staff_client()

        assert self.offered(client, term="po") == ["POT-1"]
        assert self.offered(client, term="coffee") == ["POT-1"]
        assert self.offered(client, term="dar", customers="") == ["leila@mail.example"]
        assert self.offered(client, term="p") == []

    def test_of_customers_are_for_who_may_add_orders(self, customer: User) -> None:
        assert self.offered(staff_client("orders.change_order"), term="leila", customers="") == []
        assert staff_client("orders.view_order").get(reverse("admin:orders_order_suggest")).status_code == 403


def edit_address(order: Order) -> str:
    return reverse("admin:orders_order_edit", args=[order.pk])


def as_shown(client: Client, order: Order, *items: tuple[str, Any], **changes: Any) -> dict[str, Any]:
    """What the page of an edit would send as it is, with changes."""
    context = client.get(edit_address(order)).context
    forms = [form for form in (context["form"], context["address"]) if form]
    shown = {bound.html_name: bound.value() or "" for form in forms for bound in form}
    return shown | rows(*items) | changes


class TestAChangedOrder:
    def test_is_looked_at_and_then_changed(self) -> None:
        order, pot, client = confirmed_order(quantity=2), stocked_variant(5, price_minor=2_000), staff_client()
        line = order.lines.get()
        said = as_shown(client, order, (pot.sku, 1), **{f"units_{line.pk}": 1, "note": "Called"})

        looked = client.post(edit_address(order), said)
        assert [(one.before, one.quantity) for one in looked.context["quote"].lines] == [(2, 1), (0, 1)]
        assert order.lines.count() == 1
        page = look_then_place(client, said, edit_address(order))

        assert messages_of(page) == [f"Order {order.number} is changed."]
        assert list(order.lines.values_list("sku", "quantity")) == [(line.sku, 1), (pot.sku, 1)]
        entry = order.transitions.get(kind="edit")
        assert (entry.door, entry.note) == ("admin", "Called")
        assert "Called" in page.content.decode()

    def test_goes_to_another_address(self) -> None:
        order, client = confirmed_order(), staff_client()
        said = as_shown(client, order, **{"shipping-line1": "1 rue Neuve"})

        look_then_place(client, said, edit_address(order))

        order.refresh_from_db()
        assert order.ship_to.line1 == "1 rue Neuve"

    def test_says_at_the_line_what_is_short(self) -> None:
        order, client = confirmed_order(variant=stocked_variant(3), quantity=2), staff_client()
        name = f"units_{order.lines.get().pk}"

        page = client.post(edit_address(order), as_shown(client, order, **{name: 5}))

        assert errors_of(page) == {name: ["Only 1 is left."]}
        assert 'name="place"' not in page.content.decode()

    def test_keeps_what_is_in_a_parcel(self) -> None:
        order, client = confirmed_order(quantity=3), staff_client()
        line = order.lines.get()
        ship_order(order_id=order.pk, actor=None, quantities={line.pk: 2})

        page = client.post(edit_address(order), as_shown(client, order, **{f"units_{line.pk}": 1}))

        assert page.context["address"] is None
        assert list(errors_of(page)) == [f"units_{line.pk}"]

    def test_keeps_an_address_that_nobody_touched_whatever_its_countrys_rules_say(self) -> None:
        order, client = confirmed_order(quantity=2), staff_client()
        Order.objects.filter(pk=order.pk).update(shipping_address=order.shipping_address | {"postal_code": "?"})
        said = as_shown(client, order, **{f"units_{order.lines.get().pk}": 1})

        look_then_place(client, said, edit_address(order))

        assert list(order.transitions.filter(kind="edit").values_list("to_state", flat=True)) == ["lines"]

    def test_is_changed_once_however_often_the_page_is_sent(self) -> None:
        order, pot, client = confirmed_order(), stocked_variant(), staff_client()
        said = as_shown(client, order, (pot.sku, 1))
        button = re.search(r'name="place" value="(\d+)"', client.post(edit_address(order), said).content.decode())
        assert button

        for _click in range(2):
            page = client.post(edit_address(order), said | {"place": button[1], "currency": "USD"}, follow=True)

        assert order.lines.get(sku=pot.sku).quantity == 1
        assert "form" not in page.context, errors_of(page)
        assert messages_of(page) == [f"Order {order.number} is changed."]

    def test_is_looked_at_again_by_who_goes_back_and_enters_something_else(self) -> None:
        order, client = confirmed_order(quantity=2), staff_client()
        name = f"units_{order.lines.get().pk}"
        said = as_shown(client, order, **{name: 3})
        look_then_place(client, said, edit_address(order))

        page = look_then_place(client, said | {name: 4}, edit_address(order))

        assert messages_of(page) == ["The order has changed in the meantime. Please look at it again."]
        assert order.lines.get().quantity == 3

    def test_has_to_be_changed_somehow(self) -> None:
        order, client = confirmed_order(), staff_client()

        page = client.post(edit_address(order), as_shown(client, order))

        assert page.context["form"].non_field_errors() == ["Nothing is changed yet."]

    def test_is_looked_at_again_when_a_colleague_was_faster(self) -> None:
        order, client = confirmed_order(quantity=2), staff_client()
        name = f"units_{order.lines.get().pk}"
        mine, theirs = (as_shown(client, order, **{name: units}) for units in (3, 4))
        look_then_place(client, theirs, edit_address(order))

        page = look_then_place(client, mine, edit_address(order))

        assert messages_of(page) == ["The order has changed in the meantime. Please look at it again."]
        assert order.lines.get().quantity == 4

    def test_is_still_to_be_sent(self) -> None:
        done, gone, client = completed_order(), confirmed_order(), staff_client()
        cancel_order(order_id=gone.pk, actor=None)

        for order in (done, gone):
            page = client.get(edit_address(order), follow=True)
            assert messages_of(page) == ["This order can no longer be changed."]
            assert edit_address(order) not in page.content.decode()

    def test_is_changed_by_who_may_change_orders_only(self) -> None:
        order = confirmed_order()
        client = staff_client("orders.view_order", "orders.add_order")

        assert client.get(edit_address(order)).status_code == 403
        assert client.post(edit_address(order), {}).status_code == 403

    def test_asks_little_of_the_database(self) -> None:
        client = staff_client()

        def queries(count: int) -> int:
            order = confirmed_order(quantity=2)
            name = f"units_{order.lines.get().pk}"
            items = [(stocked_variant().sku, 1) for _ in range(count)]
            said = as_shown(client, order, *items, **{name: 3})
            with CaptureQueriesContext(connection) as captured:
                assert client.post(edit_address(order), said).context["can_be_saved"]
            return len(captured)

        assert queries(2) == queries(8) <= 20


@pytest.mark.django_db(transaction=True)
def test_a_double_click_places_one_order(customer: User) -> None:
    variant = stocked_variant(10, price_minor=1_000)
    person = colleague()
    said = entered((variant.sku, 1))
    looker = Client()
    looker.force_login(person)
    total = looker.post(add_address(), said).context["quote"].totals.total.minor

    def click() -> int:
        client = Client()
        client.force_login(person)
        return client.post(add_address(), said | {"place": str(total), "currency": "USD"}).status_code

    statuses = at_once(*[click] * 4)

    assert Order.objects.count() == 1
    assert set(statuses) <= {200, 302}
    assert 302 in statuses
