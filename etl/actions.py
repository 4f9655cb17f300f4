"""What staff does with data imports, with the permissions that each action needs (core.actions)."""

from core.actions import Action


class DataImportAction(Action):
    """What staff does with data imports."""

    VIEW_DATA_IMPORT = "See data imports", "etl.view_run"
