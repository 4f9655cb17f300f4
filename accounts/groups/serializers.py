"""What the API takes and gives of customer groups."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.groups.models import CustomerGroup, CustomerGroupMembership
from accounts.groups.selectors import groups_of
from accounts.models import User
from accounts.serializers import UserOutput
from core.api.writing import written
from core.text.fields import MultilineField

_MOST_AT_ONCE = 1_000


class CustomerGroupInput(serializers.Serializer[Any]):
    """A group as staff writes it; names that are empty fall back to English."""

    code = serializers.SlugField(max_length=60)
    name_en = serializers.CharField(max_length=120)
    name_fr = serializers.CharField(max_length=120, allow_blank=True, required=False)
    name_ar = serializers.CharField(max_length=120, allow_blank=True, required=False)
    description_en = MultilineField(max_length=2_000, allow_blank=True, required=False)
    description_fr = MultilineField(max_length=2_000, allow_blank=True, required=False)
    description_ar = MultilineField(max_length=2_000, allow_blank=True, required=False)


class CustomerGroupOutput(serializers.ModelSerializer[CustomerGroup]):
    member_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = CustomerGroup
        fields = (
            "id",
            "code",
            "name",
            "description",
            "name_en",
            "name_fr",
            "name_ar",
            "description_en",
            "description_fr",
            "description_ar",
            "member_count",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class MembersInput(serializers.Serializer[Any]):
    customer_ids = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=_MOST_AT_ONCE, help_text="Ids of customers, each once."
    )


class MemberOutput(serializers.ModelSerializer[CustomerGroupMembership]):
    customer_id = serializers.UUIDField(read_only=True)
    email = serializers.EmailField(source="customer.email", read_only=True, allow_null=True)
    name = serializers.CharField(source="customer", read_only=True)
    source = serializers.CharField(
        read_only=True, allow_null=True, help_text="Data import that added the membership; null if staff did."
    )

    class Meta:
        model = CustomerGroupMembership
        fields = ("customer_id", "email", "name", "since", "source")
        read_only_fields = fields


class MembersChangeOutput(serializers.Serializer[Any]):
    changed = serializers.IntegerField(help_text="Number of customers who were not in the group before.")
    member_count = serializers.IntegerField()


class OwnGroupOutput(serializers.ModelSerializer[CustomerGroup]):
    class Meta:
        model = CustomerGroup
        fields = ("code", "name", "description")
        read_only_fields = fields


class ProfileOutput(UserOutput):
    """One's own profile, with the groups that one is in."""

    groups = serializers.SerializerMethodField()

    class Meta(UserOutput.Meta):
        model = User
        fields = (*UserOutput.Meta.fields, "groups")
        read_only_fields = fields

    @extend_schema_field(OwnGroupOutput(many=True))
    def get_groups(self, user: User) -> Any:
        return written(OwnGroupOutput, groups_of(user), many=True)
