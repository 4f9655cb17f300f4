"""Writes of the shop's settings."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.db.advisory_locks import AdvisoryLock, lock_until_commit
from core.errors import DomainError, InvalidInput
from core.shop_settings.kinds import Setting
from core.shop_settings.models import ShopSetting
from core.shop_settings.registry import all_settings
from core.shop_settings.selectors import stored_settings
from core.shop_settings.values import cache


class SettingsChanged(DomainError):
    """Somebody else has changed these settings since they were read; `details` names them."""

    code = "settings_changed"
    message = _("Somebody has changed this setting in the meantime.")


class InvalidSettings(InvalidInput):
    """Some values that the settings cannot have; `refusals` has one refusal for each."""

    def __init__(self, refusals: Collection[InvalidInput]) -> None:
        self.refusals = list(refusals)
        first = self.refusals[0]
        super().__init__(first.message, code=first.code, field=first.field, paths=[str(one.field) for one in refusals])

    def field_faults(self) -> dict[str, Any]:
        return {path: fault for one in self.refusals for path, fault in one.field_faults().items()}


def lock_settings() -> None:
    """Let nobody else write settings until the transaction ends. Needs a transaction."""
    lock_until_commit(AdvisoryLock.SHOP_SETTINGS)


@transaction.atomic
def change_settings(
    *, values: Mapping[str, Any], resets: Collection[str] = (), seen: Mapping[str, str] | None = None
) -> list[str]:
    """Set the values by their settings' names, and give those of `resets` their defaults again; all or nothing.

    `seen` has the versions (`StoredSetting.version`) that whoever writes has read: a setting that is changed here and
    has another by now is not written over. Returns the names of what has changed. Raises InvalidSettings for unknown
    names and values that a setting cannot have, SettingsChanged.
    """
    cleaned = _cleaned(values, resets)
    lock_settings()
    stored = stored_settings()
    changed = [name for name, value in cleaned.items() if not stored[name].is_set or stored[name].value != value]
    dropped = [name for name in resets if stored[name].is_set]
    if late := [name for name in [*changed, *dropped] if seen and name in seen and seen[name] != stored[name].version]:
        raise SettingsChanged(field=late[0], paths=late, details={"settings": late})
    for name in changed:
        ShopSetting.objects.update_or_create(name=name, defaults={"value": _setting(name).dump(cleaned[name])})
    ShopSetting.objects.filter(name__in=dropped).delete()
    if changed or dropped:
        transaction.on_commit(cache.forget)
    return [*changed, *dropped]


def _setting(name: str) -> Setting[Any]:
    if (setting := all_settings().get(name)) is None:
        raise InvalidInput(_("There is no setting of this name."), code="unknown_setting", field=name)
    return setting


def _cleaned(values: Mapping[str, Any], resets: Collection[str]) -> dict[str, Any]:
    cleaned: dict[str, Any] = {}
    refusals: list[InvalidInput] = []
    for name in [*values, *resets]:
        try:
            setting = _setting(name)
            if name in values:
                cleaned[name] = setting.clean(values[name])
        except InvalidInput as refusal:
            refusals.append(refusal)
    if refusals:
        raise InvalidSettings(refusals)
    return cleaned
