"""Each role of staff sees and does what its work needs, and nothing else."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.roles import all_roles, sync_roles
from orders.states import OrderStatus
from tests.factories.accounts import StaffFactory
from tests.factories.checkout import completed_order, order_awaiting_transfer
from tests.factories.inventory import stocked_variant

pytestmark = pytest.mark.django_db

# Of each role, lists that it opens and lists that it does not.
LISTS = {
    "catalogue": (
        {"catalog_product", "catalog_category", "catalog_optiontype", "inventory_stockitem"},
        {"orders_order", "payments_payment", "accounts_user", "carts_cart", "core_failedtask", "auth_group"},
    ),
    "orders": (
        {"orders_order", "shipping_shipment", "inventory_stockitem", "payments_payment", "catalog_product"},
        {"pricing_taxzone", "core_failedtask", "etl_run", "auth_group"},
    ),
    "finance": (
        {"payments_payment", "orders_order", "pricing_taxzone", "accounts_user"},
        {"catalog_product", "inventory_stockitem", "carts_cart", "core_failedtask", "auth_group"},
    ),
    "support": (
        {"orders_order", "accounts_user", "carts_cart", "catalog_product", "shipping_shipment"},
        {"pricing_taxzone", "inventory_stockmove", "core_failedtask", "etl_run", "auth_group"},
    ),
    "admin": (
        {"orders_order", "catalog_product", "payments_payment", "accounts_user", "core_failedtask", "etl_run"},
        set(),
    ),
}


def client_of(role: str) -> Client:
    person, client = StaffFactory(is_superuser=False), Client()
    person.groups.add(Group.objects.get(name=role))
    client.force_login(person)
    return client


def list_of(model: str) -> str:
    return reverse(f"admin:{model}_changelist")


@pytest.mark.parametrize("role", all_roles())
def test_a_role_opens_its_lists(role: str) -> None:
    client = client_of(role)

    assert {model: client.get(list_of(model)).status_code for model in LISTS[role][0]} == dict.fromkeys(
        LISTS[role][0], 200
    )


@pytest.mark.parametrize("role", [role for role in all_roles() if LISTS[role][1]])
def test_a_role_is_refused_the_lists_of_others(role: str) -> None:
    client = client_of(role)

    assert {model: client.get(list_of(model)).status_code for model in LISTS[role][1]} == dict.fromkeys(
        LISTS[role][1], 403
    )


@pytest.mark.parametrize("role", all_roles())
def test_the_sidebar_offers_what_opens(role: str) -> None:
    page = client_of(role).get(reverse("admin:index")).content.decode()

    assert all(f'href="{list_of(model)}"' in page for model in LISTS[role][0])
    assert not any(f'href="{list_of(model)}"' in page for model in LISTS[role][1])


@pytest.mark.parametrize(
    ("page", "roles"),
    [
        ("orders_order_cancel", {"orders", "support", "admin"}),
        ("orders_order_confirm", {"orders", "support", "admin"}),
        ("orders_order_ship", {"orders", "admin"}),
        ("payments_payment_capture", {"finance", "admin"}),
        ("payments_payment_refund", {"finance", "admin"}),
        ("inventory_stockitem_adjust", {"orders", "admin"}),
        ("catalog_product_matrix", {"catalogue", "admin"}),
    ],
)
def test_a_step_is_only_for_the_roles_that_take_it(page: str, roles: set[str]) -> None:
    variant = stocked_variant(5)
    order = order_awaiting_transfer(variant=variant)
    payment = completed_order(variant=variant).payments.get()
    rows = {"orders": order, "payments": payment, "inventory": variant.stock_items.get(), "catalog": variant.product}
    address = reverse(f"admin:{page}", args=[rows[page.split("_", maxsplit=1)[0]].pk])

    allowed = {role for role in all_roles() if client_of(role).get(address).status_code != 403}

    assert allowed == roles
    order.refresh_from_db()
    assert order.status == OrderStatus.PENDING


@pytest.mark.parametrize("role", ["catalogue", "orders", "finance", "support", "admin"])
def test_no_role_makes_somebody_staff(role: str) -> None:
    person = StaffFactory(is_superuser=False)
    client = client_of(role)

    client.post(reverse("admin:accounts_user_change", args=[person.pk]), {"is_superuser": "on", "is_staff": "on"})

    person.refresh_from_db()
    assert not person.is_superuser


def test_migrate_makes_the_groups_of_all_roles() -> None:
    assert set(Group.objects.values_list("name", flat=True)) >= set(all_roles())


def test_the_command_gives_a_group_its_permissions_back_and_takes_what_is_not_its_own() -> None:
    group = Group.objects.get(name="finance")
    before = set(group.permissions.all())
    group.permissions.set([Permission.objects.get(codename="change_product")])

    call_command("sync_roles")

    assert set(group.permissions.all()) == before


def test_groups_of_other_names_are_left_alone() -> None:
    group = Group.objects.create(name="night shift")

    sync_roles()

    assert group.permissions.count() == 0
