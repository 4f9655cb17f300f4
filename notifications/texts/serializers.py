"""What the API takes and gives of the texts of messages."""

from typing import Any

from rest_framework import serializers

from core.text.fields import MultilineField


class MessageTextInput(serializers.Serializer[Any]):
    """Texts with variables in braces, such as `{number}`; an empty one is the default."""

    subject = serializers.CharField(max_length=200, allow_blank=True, required=False)
    heading = serializers.CharField(max_length=200, allow_blank=True, required=False)
    intro = MultilineField(max_length=2_000, allow_blank=True, required=False)


class PartsOutput(serializers.Serializer[Any]):
    subject = serializers.CharField()
    heading = serializers.CharField()
    intro = serializers.CharField()


class MessageTextOutput(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="Such as `order_placed`.")
    language = serializers.CharField()
    label = serializers.CharField()
    category = serializers.CharField(help_text="`transactional` or `marketing`.")
    channel = serializers.CharField()
    variables = serializers.ListField(child=serializers.CharField(), help_text="Names that may stand in braces.")
    subject = serializers.CharField(help_text="Empty where the default is used; so are the next two.")
    heading = serializers.CharField()
    intro = serializers.CharField()
    defaults = PartsOutput()
