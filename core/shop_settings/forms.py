"""The form fields of settings by their kind, and the form of all of them."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import singledispatch
from typing import Any

from django import forms
from django.conf import settings
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from core.admin.fields import MoneyField
from core.errors import InvalidInput
from core.shop_settings.kinds import (
    BooleanSetting,
    ChoiceSetting,
    EmailSetting,
    EmailsSetting,
    IntegerSetting,
    MoneySetting,
    Setting,
    SettingGroup,
    TextSetting,
    TranslatedTextSetting,
)
from core.shop_settings.selectors import StoredSetting, version_of_value

_WRITING = {"ar": "rtl"}


def _seen_name(name: str) -> str:
    return f"seen-{name}"


@singledispatch
def form_field(setting: Setting[Any]) -> forms.Field:
    """Return the field in which staff edits a setting."""
    raise TypeError(f"no form field for {type(setting).__name__}")


@form_field.register
def _(setting: TextSetting) -> forms.Field:
    widget = UnfoldAdminTextareaWidget({"rows": 3}) if setting.lines else UnfoldAdminTextInputWidget()
    return forms.CharField(max_length=setting.max_length, required=setting.required, widget=widget)


@form_field.register
def _(setting: EmailSetting) -> forms.Field:
    return forms.EmailField(required=setting.required, widget=UnfoldAdminEmailInputWidget({"dir": "ltr"}))


@form_field.register
def _(setting: EmailsSetting) -> forms.Field:
    return AddressesField(setting)


@form_field.register
def _(setting: IntegerSetting) -> forms.Field:
    return forms.IntegerField(
        min_value=setting.minimum, max_value=setting.maximum, widget=UnfoldAdminIntegerFieldWidget()
    )


@form_field.register
def _(setting: BooleanSetting) -> forms.Field:
    return forms.BooleanField(required=False, widget=UnfoldBooleanSwitchWidget())


@form_field.register
def _(setting: ChoiceSetting) -> forms.Field:
    required = "" not in dict(setting.choices)
    return forms.ChoiceField(choices=setting.choices, required=required, widget=UnfoldAdminSelectWidget())


@form_field.register
def _(setting: MoneySetting) -> forms.Field:
    return MoneyField(required=False)


@form_field.register
def _(setting: TranslatedTextSetting) -> forms.Field:
    return TranslatedField(setting)


class AddressesField(forms.CharField):
    """E-mail addresses, one a line."""

    def __init__(self, setting: EmailsSetting) -> None:
        self.setting = setting
        super().__init__(required=False, widget=UnfoldAdminTextareaWidget({"rows": 3, "dir": "ltr"}))

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        try:
            return self.setting.parse(super().clean(value))
        except InvalidInput as error:
            raise forms.ValidationError(str(error), code=error.code) from error


class TranslatedWidget(forms.MultiWidget):
    """An input for each language, named by it."""

    def __init__(self) -> None:
        super().__init__({code: UnfoldAdminTextInputWidget() for code, _name in settings.LANGUAGES})

    def decompress(self, value: Any) -> list[str]:
        return [(value or {}).get(code, "") for code, _name in settings.LANGUAGES]

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        texts = value if isinstance(value, list) else self.decompress(value)
        inputs = []
        for (code, language), suffix, widget, text in zip(
            settings.LANGUAGES, self.widgets_names, self.widgets, texts, strict=True
        ):
            own = {
                "id": f"{(attrs or {}).get('id', name)}{suffix}",
                "lang": code,
                "dir": _WRITING.get(code, "ltr"),
                "aria-label": language,
            }
            inputs.append((language, widget.render(f"{name}{suffix}", text, own, renderer)))
        return format_html_join("", '<div class="souk-translated"><span class="souk-muted">{}</span>{}</div>', inputs)


class TranslatedField(forms.MultiValueField):
    """A text in each language."""

    widget = TranslatedWidget

    def __init__(self, setting: TranslatedTextSetting) -> None:
        fields = [forms.CharField(max_length=setting.max_length, required=False) for _code in settings.LANGUAGES]
        super().__init__(fields, required=setting.required, require_all_fields=False)

    def compress(self, values: list[str]) -> dict[str, str]:
        codes = [code for code, _name in settings.LANGUAGES]
        return dict(zip(codes, values or [""] * len(codes), strict=True))


class SettingsForm(forms.Form):
    """All settings with the version of each that the form was opened with.

    `changes` are the values that differ from those that its reader has seen; whatever else is in the form was only
    shown, so that saving it does not undo what a colleague changed meanwhile.
    """

    def __init__(self, stored: Mapping[str, StoredSetting], *args: Any, **kwargs: Any) -> None:
        self.stored = stored
        super().__init__(*args, **kwargs)
        for name, one in stored.items():
            field = form_field(one.setting)
            field.label, field.help_text = one.setting.label, one.setting.help
            field.initial = one.value
            self.fields[name] = field
            self.fields[_seen_name(name)] = forms.CharField(
                required=False, initial=one.version, widget=forms.HiddenInput()
            )

    @property
    def seen(self) -> dict[str, str]:
        """The versions that the form was opened with."""
        return {name: version for name in self.stored if (version := self.cleaned_data.get(_seen_name(name)))}

    @property
    def changes(self) -> dict[str, Any]:
        """The values that are not those that were shown when the form was opened."""
        return {
            name: self.cleaned_data[name]
            for name, one in self.stored.items()
            if name in self.cleaned_data and self.seen.get(name) not in _versions(one.setting, self.cleaned_data[name])
        }

    def groups(self) -> Iterator[tuple[SettingGroup, list[tuple[StoredSetting, Any, Any]]]]:
        """Yield each group with its settings, their fields, and their hidden versions."""
        groups = {one.setting.group.key: one.setting.group for one in self.stored.values()}
        for key, group in groups.items():
            yield (
                group,
                [
                    (one, self[name], self[_seen_name(name)])
                    for name, one in self.stored.items()
                    if one.setting.group.key == key
                ],
            )

    def refuse(self, name: str, message: Any) -> None:
        """Put what is wrong beside its setting."""
        self.add_error(name if name in self.fields else None, str(message))


def _versions(setting: Setting[Any], value: Any) -> set[str]:
    """The versions of a value as it was typed and as it would be kept; a default may be one that nobody could type."""
    versions = {version_of_value(setting, value)}
    with suppress(InvalidInput):
        versions.add(version_of_value(setting, setting.clean(value)))
    return versions
