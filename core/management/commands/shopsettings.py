"""Read and write the shop's settings at a command, for scripts and for who has lost the admin."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.errors import DomainError
from core.shop_settings.kinds import Setting
from core.shop_settings.registry import all_settings
from core.shop_settings.selectors import StoredSetting, stored_settings
from core.shop_settings.services import change_settings
from core.shop_settings.wording import value_text

REFUSED, UNKNOWN = 1, 2


class Command(BaseCommand):
    help = (
        "Lists, reads and writes the settings that staff edits in the admin. "
        "Ends with 0 if it did so, 1 for a value that the setting cannot have, 2 for a setting that there is not."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        steps = parser.add_subparsers(dest="step", required=True, metavar="list|get|set|unset")
        listing = steps.add_parser("list", help="list all settings; * marks those that staff has set")
        listing.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")
        for step, words in (("get", "print a setting's value as JSON"), ("unset", "give a setting its default again")):
            steps.add_parser(step, help=words).add_argument("name")
        setting = steps.add_parser("set", help="set a setting")
        setting.add_argument("name")
        setting.add_argument(
            "value",
            help="a text, a number, yes or no, an amount (25.00 or '25.00 USD'), addresses with commas between, or "
            "'en=…;fr=…;ar=…' for a translated text",
        )

    def handle(self, *, step: str, **options: Any) -> None:
        match step:
            case "list":
                self._list(as_json=options["as_json"])
            case "get":
                stored = stored_settings()[_known(options["name"]).name]
                self.stdout.write(json.dumps(stored.setting.dump(stored.value), ensure_ascii=False))
            case "set":
                self._set(_known(options["name"]), options["value"])
            case "unset":
                name = _known(options["name"]).name
                changed = change_settings(values={}, resets=[name])
                self.stdout.write(f"{name} has its default again." if changed else f"{name} had its default already.")

    def _list(self, *, as_json: bool) -> None:
        stored = stored_settings()
        if as_json:
            self.stdout.write(json.dumps({name: _plain(one) for name, one in stored.items()}, ensure_ascii=False))
            return
        for name, one in stored.items():
            mark = "*" if one.is_set else " "
            self.stdout.write(f"{mark} {name:<28} {value_text(one.setting, one.value)}")

    def _set(self, setting: Setting[Any], text: str) -> None:
        try:
            changed = change_settings(values={setting.name: setting.parse(text)})
        except DomainError as error:
            raise CommandError(f"{setting.name}: {error}", returncode=REFUSED) from error
        self.stdout.write(f"{setting.name} is set." if changed else f"{setting.name} was so already.")


def _known(name: str) -> Setting[Any]:
    if (setting := all_settings().get(name)) is None:
        known = "\n  ".join(all_settings())
        raise CommandError(f"There is no setting {name}. There are:\n  {known}", returncode=UNKNOWN)
    return setting


def _plain(stored: StoredSetting) -> dict[str, Any]:
    setting = stored.setting
    return {"value": setting.dump(stored.value), "default": setting.dump(stored.default), "is_set": stored.is_set}
