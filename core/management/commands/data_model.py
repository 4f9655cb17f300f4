"""Write docs/data-model.md from the models."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from core.data_model import as_markdown


class Command(BaseCommand):
    help = "Writes the page of tables, columns and how they refer to each other."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--file", default=str(Path(settings.BASE_DIR) / "docs" / "data-model.md"))

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        Path(file).write_text(as_markdown(), encoding="utf-8")
        self.stdout.write(f"Wrote {file}.")
