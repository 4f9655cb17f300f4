"""Reads of the shop's settings as they are stored now, for who edits them; everybody else asks `Setting.value`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.errors import InvalidInput
from core.shop_settings.kinds import Setting
from core.shop_settings.models import ShopSetting
from core.shop_settings.registry import all_settings
from core.versions import version_of


@dataclass(frozen=True, slots=True)
class StoredSetting:
    """A setting with its value, and the row's id and time where staff has set it; `version` is that of the value."""

    setting: Setting[Any]
    value: Any
    default: Any
    id: Any
    updated_at: datetime | None

    @property
    def is_set(self) -> bool:
        return self.id is not None

    @property
    def version(self) -> str:
        return version_of_value(self.setting, self.value)


def stored_settings() -> dict[str, StoredSetting]:
    """Return every declared setting by its name. One query."""
    rows = {row.name: row for row in ShopSetting.objects.filter(name__in=list(all_settings()))}
    return {name: _stored(setting, rows.get(name)) for name, setting in all_settings().items()}


def version_of_value(setting: Setting[Any], value: Any) -> str:
    """Return the version of a setting that has a value."""
    return version_of(setting.name, setting.dump(value))


def version_of_settings(stored: dict[str, StoredSetting]) -> str:
    """Return the version of all settings together, for If-Match."""
    return version_of([one.version for one in stored.values()])


def _stored(setting: Setting[Any], row: ShopSetting | None) -> StoredSetting:
    default = setting.default()
    if row is None:
        return StoredSetting(setting, default, default, None, None)
    try:
        value = setting.load(row.value)
    except InvalidInput:
        # The default holds as long as nobody mends it.
        value = default
    return StoredSetting(setting, value, default, row.pk, row.updated_at)
