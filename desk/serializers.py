"""What the API takes and gives of staff tasks."""

from typing import Any

from rest_framework import serializers

from desk.models import Priority, StaffTask


class StaffTaskInput(serializers.Serializer[Any]):
    assignee_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="A member of staff who may take the task's action; null for nobody."
    )
    priority = serializers.IntegerField(
        min_value=Priority.LOW, max_value=Priority.HIGH, required=False, help_text="1 low, 2 normal, 3 high."
    )
    due_at = serializers.DateTimeField(required=False, allow_null=True)


class StaffTaskOutput(serializers.ModelSerializer[StaffTask]):
    title = serializers.CharField(read_only=True, help_text="What is to be done, in the language of the request.")
    object_type = serializers.CharField(
        read_only=True, help_text="What the task is about, such as `orders.order`; empty where it is no row."
    )
    assignee_id = serializers.UUIDField(read_only=True, allow_null=True)
    closed_by_id = serializers.UUIDField(read_only=True, allow_null=True)

    class Meta:
        model = StaffTask
        fields = (
            "id",
            "kind",
            "title",
            "object_type",
            "object_id",
            "state",
            "priority",
            "assignee_id",
            "due_at",
            "created_at",
            "updated_at",
            "closed_at",
            "closed_by_id",
        )
        read_only_fields = fields
