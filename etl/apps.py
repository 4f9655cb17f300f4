from django.utils.translation import gettext_lazy as _

from core.registry import VIEW, MenuEntry, SoukAppConfig
from etl.actions import DataImportAction

_OWN_RECORD = "the record of what moved in, which has its own times and counts"


class EtlConfig(SoukAppConfig):
    name = "etl"
    verbose_name = _("Data imports")
    actions = DataImportAction
    integrity_checks = ("etl.integrity.ETL",)
    unaudited = dict.fromkeys(("keymap", "rejection", "run", "runentity"), _OWN_RECORD)
    roles = {"admin": {"*": VIEW}}
    menu = (MenuEntry("settings", _("Data imports"), "move_to_inbox", "etl.run", position=40),)
