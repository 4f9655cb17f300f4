"""Customer groups move in, and a customer's column says which one they are in."""

from pathlib import Path

import pytest

from accounts.groups.selectors import groups_of
from accounts.models import CustomerGroupMembership, User
from tests.etl.corner_shop import reasons
from tests.etl.told_shop import ToldShop
from tests.factories.accounts import CustomerGroupFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(tmp_path: Path) -> ToldShop:
    shop = ToldShop(tmp_path)
    shop.sql("CREATE TABLE Tiers (Tier PRIMARY KEY, Label, About)")
    shop.sql("INSERT INTO Tiers VALUES ('W', 'Wholesale', 'Pays by invoice'), ('V', 'VIP', NULL)")
    shop.sql("ALTER TABLE Customers ADD COLUMN Tier")
    shop.document["streams"]["tiers"] = {"table": "Tiers", "columns": ["Tier", "Label", "About"]}
    shop.document["streams"]["customers"]["columns"].append("Tier")
    columns = {"code": "slug('tier ' || Tier)", "name": "Label", "description": "About"}
    shop.document["entities"]["customer_group"] = {"from": "tiers", "key": "Tier", "columns": columns}
    shop.columns("customer")["customer_group"] = "Tier"
    return shop


def amina() -> User:
    return User.objects.get(source_key="AMINA")


def put_amina(told: ToldShop, tier: str | None) -> None:
    told.sql("UPDATE Customers SET Tier = ? WHERE CustomerID = 'AMINA'", tier)


def groups() -> list[str]:
    return [group.code for group in groups_of(amina())]


def test_a_customer_is_in_the_group_that_the_source_names(told: ToldShop) -> None:
    put_amina(told, "W")
    told.move_in()

    [group] = groups_of(amina())
    assert (group.code, group.name, group.description) == ("tier-w", "Wholesale", "Pays by invoice")
    membership = CustomerGroupMembership.objects.get(customer=amina())
    assert (membership.source, membership.source_key) == ("told", "AMINA")


def test_a_second_run_writes_no_membership_again(told: ToldShop) -> None:
    put_amina(told, "W")
    told.move_in()
    before = list(CustomerGroupMembership.objects.values())
    run = told.move_in()

    assert list(CustomerGroupMembership.objects.values()) == before
    assert all(one.read == one.unchanged for one in run.entities.all())


def test_a_customer_changes_groups_with_the_source_and_keeps_what_staff_chose(told: ToldShop) -> None:
    put_amina(told, "W")
    told.move_in()
    MembershipFactory(group=CustomerGroupFactory(code="club"), customer=amina())
    put_amina(told, "V")
    told.move_in()
    assert groups() == ["club", "tier-v"]

    put_amina(told, None)
    told.move_in()
    assert groups() == ["club"]


def test_a_customer_of_an_unknown_group_is_rejected(told: ToldShop) -> None:
    put_amina(told, "?")
    run = told.move_in()

    assert ("AMINA", "unknown_reference", "Tier", "?") in reasons(run, "customer")
    assert not User.objects.filter(source_key="AMINA").exists()
