"""Customer groups: who is in them, by which way they came in, and what each reader sees of it."""

import json
from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.erasure import erase_person, export_person
from accounts.groups.errors import UnknownMembers
from accounts.groups.selectors import groups_of
from accounts.groups.services import add_members
from accounts.models import CustomerGroup, User
from audit.selectors import changes_of
from core.db.ids import new_id
from tests.api import V1, client_of, codes_of, given, refused
from tests.factories.accounts import CustomerGroupFactory, MembershipFactory, StaffFactory, UserFactory
from tests.factories.staff import filled_in, messages_of, staff_client
from tests.races import at_once

pytestmark = pytest.mark.django_db

GROUPS = f"{V1}/customer-groups"


def members(group: CustomerGroup) -> set[User]:
    return {membership.customer for membership in group.memberships.select_related("customer")}


def codes(customer: User | None) -> list[str]:
    return [group.code for group in groups_of(customer)]


class TestMembers:
    def test_are_added_all_at_once_and_counted_once(self) -> None:
        group, first, second = CustomerGroupFactory(), UserFactory(), UserFactory()

        assert add_members(group_id=group.pk, customer_ids=[first.pk]) == 1
        assert add_members(group_id=group.pk, customer_ids=[first.pk, second.pk]) == 1
        assert members(group) == {first, second}

    def test_are_not_added_if_one_of_them_is_not_there(self) -> None:
        group, customer, stranger = CustomerGroupFactory(), UserFactory(), new_id()

        with pytest.raises(UnknownMembers) as refusal:
            add_members(group_id=group.pk, customer_ids=[customer.pk, stranger])

        assert refusal.value.details == {"customers": [str(stranger)]}
        assert members(group) == set()

    def test_are_in_a_group_once_whoever_writes(self) -> None:
        membership = MembershipFactory()
        with pytest.raises(IntegrityError, match="accounts_groupmembership_once"), transaction.atomic():
            MembershipFactory(group=membership.group, customer=membership.customer)

    @pytest.mark.django_db(transaction=True)
    def test_that_two_colleagues_add_at_the_same_moment_are_counted_by_one_of_them(self) -> None:
        group, customer = CustomerGroupFactory(), UserFactory()
        add = lambda: add_members(group_id=group.pk, customer_ids=[customer.pk])  # noqa: E731

        assert sorted(at_once(add, add)) == [0, 1]
        assert members(group) == {customer}

    def test_go_with_their_personal_data_and_cannot_come_back(self) -> None:
        membership = MembershipFactory()
        exported = json.loads(b"".join(export_person(user=membership.customer)))
        assert [row["group__code"] for row in exported["customer_groups"]] == [membership.group.code]

        erase_person(user_id=membership.customer_id)

        assert members(membership.group) == set()
        with pytest.raises(UnknownMembers):
            add_members(group_id=membership.group_id, customer_ids=[membership.customer_id])

    def test_come_and_go_in_the_history_of_their_group(self) -> None:
        membership = MembershipFactory()
        membership.delete()

        told = changes_of(model="accounts.customergroup", object_id=membership.group_id)
        operations = [one.operation for one in told if one.model == "accounts.customergroupmembership"]
        assert sorted(operations) == ["delete", "insert"]


def test_the_groups_of_a_customer_are_sorted_and_a_guest_has_none() -> None:
    customer = UserFactory()
    for code in ("wholesale", "club"):
        MembershipFactory(group=CustomerGroupFactory(code=code), customer=customer)
    MembershipFactory(group=CustomerGroupFactory(code="other"))

    assert codes(customer) == ["club", "wholesale"]
    assert codes(None) == []


class TestApi:
    def test_a_customer_reads_their_own_groups_in_their_language(self) -> None:
        group = CustomerGroupFactory(code="club", name_en="Club", name_fr="Le club")
        member = MembershipFactory(group=group).customer

        own = given(client_of(member).get(f"{V1}/users/me", headers={"Accept-Language": "fr"}))
        other = given(client_of(UserFactory()).get(f"{V1}/users/me"))

        assert own["groups"] == [{"code": "club", "name": "Le club", "description": ""}]
        assert other["groups"] == []

    def test_staff_makes_changes_and_deletes_a_group(self) -> None:
        client = client_of(StaffFactory())
        made = given(client.post(GROUPS, {"code": "club", "name_en": "Club"}), 201)
        changed = given(client.patch(f"{GROUPS}/{made['id']}", {"name_ar": "النادي"}))

        assert (changed["code"], changed["name_en"], changed["name_ar"]) == ("club", "Club", "النادي")
        given(client.delete(f"{GROUPS}/{made['id']}"))
        refused(client.get(f"{GROUPS}/{made['id']}"), 404, "not_found")

    def test_two_groups_have_no_code_in_common(self) -> None:
        taken = CustomerGroupFactory(code="club")
        client = client_of(StaffFactory())

        refused(client.post(GROUPS, {"code": "club", "name_en": "Other"}), 422, "group_code_taken")
        refused(client.patch(f"{GROUPS}/{CustomerGroupFactory().pk}", {"code": "club"}), 422, "group_code_taken")
        assert CustomerGroup.objects.filter(code="club").get() == taken

    @pytest.mark.parametrize(
        ("body", "codes"),
        [
            ({"name_en": "Club"}, {"code": "required"}),
            ({"code": "two words", "name_en": "Club"}, {"code": "invalid"}),
            ({"code": "club", "name_en": " "}, {"name_en": "blank"}),
            ({"code": "club", "name_en": "Club", "members": []}, {"members": "unknown_field"}),
        ],
    )
    def test_a_group_needs_a_code_and_an_english_name(self, body: Any, codes: dict[str, str]) -> None:
        assert codes_of(client_of(StaffFactory()).post(GROUPS, body)) == codes

    def test_members_are_added_listed_counted_and_removed(self) -> None:
        group, customer, client = CustomerGroupFactory(), UserFactory(), client_of(StaffFactory())
        address = f"{GROUPS}/{group.pk}/members"
        added = given(client.post(address, {"customer_ids": [str(customer.pk)]}))

        assert added == {"changed": 1, "member_count": 1}
        [listed] = given(client.get(address))
        assert (listed["customer_id"], listed["email"], listed["source"]) == (str(customer.pk), customer.email, None)
        [found] = given(client.get(f"{V1}/customers", {"group": group.code}))
        assert found["id"] == str(customer.pk)
        given(client.delete(f"{address}/{customer.pk}"))
        assert given(client.get(f"{GROUPS}/{group.pk}"))["member_count"] == 0

    def test_strangers_ids_are_named_and_nobody_is_added(self) -> None:
        group, customer, stranger = CustomerGroupFactory(), UserFactory(), str(new_id())
        body = {"customer_ids": [str(customer.pk), stranger]}
        answer = client_of(StaffFactory()).post(f"{GROUPS}/{group.pk}/members", body)

        assert refused(answer, 422, "unknown_members")["customers"] == [stranger]
        assert members(group) == set()


class TestAdmin:
    def test_adds_those_whose_addresses_or_usernames_are_typed(self) -> None:
        group, first, second = CustomerGroupFactory(), UserFactory(), UserFactory()
        page = reverse("admin:accounts_customergroup_add_members", args=[group.pk])
        typed = f"{first.email.upper()}\n\n {second.username} \n{first.email}"

        told = staff_client().post(page, {"people": typed}, follow=True)

        assert members(group) == {first, second}
        assert messages_of(told) == ["2 customers were added."]

    def test_names_the_line_that_is_nobodys_and_adds_nobody(self) -> None:
        group, customer = CustomerGroupFactory(), UserFactory()
        page = reverse("admin:accounts_customergroup_add_members", args=[group.pk])

        answer = staff_client().post(page, {"people": f"{customer.email}\nnobody@souk.example"})

        assert "There is no such customer: nobody@souk.example" in answer.content.decode()
        assert members(group) == set()

    @pytest.mark.parametrize(("action", "is_member"), [("add_to_group", True), ("remove_from_group", False)])
    def test_adds_and_removes_those_who_are_marked_on_the_list(self, action: str, is_member: bool) -> None:
        group, customer = CustomerGroupFactory(), UserFactory()
        if not is_member:
            MembershipFactory(group=group, customer=customer)
        sent = {"action": action, ACTION_CHECKBOX_NAME: [str(customer.pk)], "group": str(group.pk), "confirmed": "1"}

        staff_client().post(reverse("admin:accounts_user_changelist"), sent)

        assert (customer in members(group)) is is_member

    def test_offers_no_change_of_members_to_who_may_only_look(self) -> None:
        customer = MembershipFactory().customer
        client = staff_client("accounts.view_user", "accounts.view_customergroup")
        page = client.get(reverse("admin:accounts_user_changelist")).content.decode()

        assert customer.email in page
        assert "add_to_group" not in page

    def test_narrows_the_list_of_people_to_a_group(self) -> None:
        member, other = MembershipFactory().customer, UserFactory()
        group = member.customer_group_memberships.get().group
        address = reverse("admin:accounts_user_changelist")

        inside = staff_client().get(address, {"customer_group": group.code}).context["cl"].result_list
        outside = staff_client().get(address, {"customer_group": "-"}).context["cl"].result_list

        assert list(inside) == [member]
        assert other in list(outside)
        assert member not in list(outside)

    def test_puts_a_customer_into_a_group_on_their_own_page(self) -> None:
        customer, group, client = UserFactory(), CustomerGroupFactory(), staff_client()
        address = reverse("admin:accounts_user_change", args=[customer.pk])
        row = {"customer_group_memberships-TOTAL_FORMS": "1", "customer_group_memberships-0-group": str(group.pk)}

        client.post(address, filled_in(client.get(address), **row))

        assert members(group) == {customer}
