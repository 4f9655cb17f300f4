"""What the API takes and gives of the shop and its settings."""

from functools import singledispatch
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.fields import MoneyField
from core.shop_settings.kinds import (
    BooleanSetting,
    ChoiceSetting,
    EmailSetting,
    EmailsSetting,
    IntegerSetting,
    MoneySetting,
    Setting,
    TextSetting,
    TranslatedTextSetting,
)
from core.shop_settings.registry import all_settings
from core.shop_settings.selectors import StoredSetting
from core.text.fields import MultilineField

KINDS = ("text", "translated_text", "email", "emails", "integer", "boolean", "choice", "money", "iban", "bic")


class ContactOutput(serializers.Serializer[dict[str, str]]):
    """How customers reach the shop; empty for what it does not tell."""

    email = serializers.CharField()
    phone = serializers.CharField()
    hours = serializers.CharField(help_text="When the phone is answered.")
    address = serializers.CharField(help_text="With line breaks.")


class ShopLanguageOutput(serializers.Serializer[dict[str, str]]):
    """A language of the shop."""

    code = serializers.CharField()
    name = serializers.CharField(help_text="In the language itself.")


class ShopOutput(serializers.Serializer[dict[str, Any]]):
    """The shop as everybody may know it."""

    name = serializers.CharField()
    url = serializers.URLField()
    currency = serializers.CharField()
    country = serializers.CharField()
    languages = ShopLanguageOutput(many=True)
    contact = ContactOutput()


class ShopSettingOutput(serializers.Serializer[StoredSetting]):
    """A setting of the shop, with its words in the caller's language."""

    name = serializers.CharField(source="setting.name")
    group = serializers.CharField(source="setting.group.key")
    label = serializers.CharField(source="setting.label")
    help = serializers.CharField(source="setting.help")
    kind = serializers.ChoiceField(source="setting.kind", choices=KINDS)
    value = serializers.SerializerMethodField(help_text="Of a type that follows from `kind`.")
    default = serializers.SerializerMethodField(help_text="What holds where staff has set nothing.")
    is_set = serializers.BooleanField(help_text="Whether staff has set it.")
    updated_at = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(serializers.JSONField())
    def get_value(self, stored: StoredSetting) -> Any:
        return stored.setting.dump(stored.value)

    @extend_schema_field(serializers.JSONField())
    def get_default(self, stored: StoredSetting) -> Any:
        return stored.setting.dump(stored.default)


class TranslatedTextInput(serializers.Serializer[dict[str, str]]):
    """A text by language, given as a whole: a language that is left out has none."""

    def get_fields(self) -> dict[str, Any]:
        return {
            code: serializers.CharField(required=False, allow_blank=True, max_length=200)
            for code, _name in settings.LANGUAGES
        }


@singledispatch
def input_field(setting: Setting[Any]) -> serializers.Field[Any, Any, Any, Any]:
    """Return the field in which the API takes a setting; null gives the setting its default again."""
    raise TypeError(f"no field of the API for {type(setting).__name__}")


@input_field.register
def _(setting: TextSetting) -> Any:
    field = MultilineField if setting.lines else serializers.CharField
    return field(max_length=setting.max_length, allow_blank=not setting.required, **_options(setting))


@input_field.register
def _(setting: EmailSetting) -> Any:
    return serializers.EmailField(max_length=setting.max_length, allow_blank=not setting.required, **_options(setting))


@input_field.register
def _(setting: EmailsSetting) -> Any:
    return serializers.ListField(child=serializers.EmailField(), max_length=setting.most, **_options(setting))


@input_field.register
def _(setting: IntegerSetting) -> Any:
    return serializers.IntegerField(min_value=setting.minimum, max_value=setting.maximum, **_options(setting))


@input_field.register
def _(setting: BooleanSetting) -> Any:
    return serializers.BooleanField(**_options(setting))


@input_field.register
def _(setting: ChoiceSetting) -> Any:
    words = [word for word, _label in setting.choices]
    return serializers.ChoiceField(choices=words, allow_blank="" in words, **_options(setting))


@input_field.register
def _(setting: MoneySetting) -> Any:
    return MoneyField(**_options(setting))


@input_field.register
def _(setting: TranslatedTextSetting) -> Any:
    return TranslatedTextInput(**_options(setting))


def _options(setting: Setting[Any]) -> dict[str, Any]:
    return {"required": False, "allow_null": True, "help_text": str(setting.help)}


class ShopSettingsInput(serializers.Serializer[dict[str, Any]]):
    """Values of settings by their names; those left out stay as they are, null gives a setting its default again."""

    def get_fields(self) -> dict[str, Any]:
        return {name: input_field(setting) for name, setting in all_settings().items()}
