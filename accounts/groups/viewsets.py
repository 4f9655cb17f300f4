"""The API's entry point to customer groups, for staff."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions import AccountAction
from accounts.groups.models import CustomerGroup
from accounts.groups.selectors import groups_with_counts, memberships_of
from accounts.groups.serializers import (
    CustomerGroupInput,
    CustomerGroupOutput,
    MemberOutput,
    MembersChangeOutput,
    MembersInput,
)
from accounts.groups.services import add_members, create_group, delete_group, remove_members, update_group
from core.api.viewsets import ApiViewSet, done

_DONE = OpenApiResponse(description="Done; `message` says what.")


class CustomerGroupViewSet(ApiViewSet):
    """Groups of customers and their members."""

    queryset = CustomerGroup.objects.none()
    paged = frozenset({"list", "members"})
    staff_actions = {
        "list": AccountAction.VIEW_CUSTOMER_GROUP,
        "retrieve": AccountAction.VIEW_CUSTOMER_GROUP,
        "create": AccountAction.ADD_CUSTOMER_GROUP,
        "partial_update": AccountAction.CHANGE_CUSTOMER_GROUP,
        "destroy": AccountAction.DELETE_CUSTOMER_GROUP,
        "members": AccountAction.VIEW_GROUP_MEMBERS,
        "add": AccountAction.ADD_GROUP_MEMBERS,
        "remove": AccountAction.REMOVE_GROUP_MEMBERS,
    }

    @extend_schema(summary="List customer groups", responses=CustomerGroupOutput(many=True))
    def list(self, request: Request) -> Response:
        """Sorted by code."""
        return self.page_answer(CustomerGroupOutput, self.page_of(groups_with_counts()))

    @extend_schema(summary="Retrieve a customer group", responses=CustomerGroupOutput)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        return self._group(pk)

    @extend_schema(summary="Add a customer group", request=CustomerGroupInput, responses={201: CustomerGroupOutput})
    def create(self, request: Request) -> Response:
        return self._group(create_group(**self.read(CustomerGroupInput)).pk, status=201)

    @extend_schema(summary="Update a customer group", request=CustomerGroupInput, responses=CustomerGroupOutput)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Changes what is given."""
        changes = self.read(CustomerGroupInput, partial=True, document=lambda: self._group(pk).data)
        return self._group(update_group(group_id=pk, **changes).pk)

    @extend_schema(summary="Delete a customer group", responses={200: _DONE})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """With its memberships; the customers stay."""
        delete_group(group_id=pk)
        return done(_("The customer group is deleted."))

    @extend_schema(summary="List the members of a customer group", responses=MemberOutput(many=True), filters=False)
    def members(self, request: Request, pk: UUID) -> Response:
        """The latest first."""
        get_object_or_404(CustomerGroup, pk=pk)
        return self.page_answer(MemberOutput, self.page_of(memberships_of(pk)))

    @extend_schema(
        summary="Add members to a customer group", request=MembersInput, responses={200: MembersChangeOutput}
    )
    def add(self, request: Request, pk: UUID) -> Response:
        """All of them or none; who is in the group already stays as they are."""
        changed = add_members(group_id=pk, customer_ids=self.read(MembersInput)["customer_ids"])
        group = get_object_or_404(groups_with_counts(), pk=pk)
        return self.answer(MembersChangeOutput, {"changed": changed, "member_count": group.member_count})

    @extend_schema(summary="Remove a member from a customer group", responses={200: _DONE})
    def remove(self, request: Request, pk: UUID, customer_id: UUID) -> Response:
        """Nothing changes for a customer who is not in it."""
        remove_members(group_id=pk, customer_ids=[customer_id])
        return done(_("The customer is not in the group any more."))

    def _group(self, pk: UUID, **options: Any) -> Response:
        return self.answer(CustomerGroupOutput, get_object_or_404(groups_with_counts(), pk=pk), **options)
