"""Write docs/errors.md from the table of error codes."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from core.error_codes import as_markdown


class Command(BaseCommand):
    help = "Writes the page of all error codes of the API."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--file", default=str(Path(settings.BASE_DIR) / "docs" / "errors.md"))

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        Path(file).write_text(as_markdown(), encoding="utf-8")
        self.stdout.write(f"Wrote {file}.")
