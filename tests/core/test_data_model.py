"""The page of the data model is that of the models."""

from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.utils import translation

from core.data_model import as_markdown

PAGE = Path(settings.BASE_DIR) / "docs" / "data-model.md"


def test_the_page_is_that_of_the_models() -> None:
    assert PAGE.read_text() == as_markdown(), "run manage.py data_model"


def test_the_page_has_every_table_of_the_shop() -> None:
    page = PAGE.read_text()
    own = [model for model in apps.get_models() if not model.__module__.startswith(("django.", "allauth.", "rest_"))]

    assert [model._meta.db_table for model in own if f"### `{model._meta.db_table}`\n" not in page] == []


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_the_page_is_in_english_whoever_asks(language: str) -> None:
    with translation.override(language):
        assert as_markdown() == PAGE.read_text()


def test_the_command_writes_where_it_is_told(tmp_path: Path) -> None:
    call_command("data_model", file=str(tmp_path / "page.md"), verbosity=0)

    assert (tmp_path / "page.md").read_text() == as_markdown()


def test_every_table_says_what_it_holds() -> None:
    lines = PAGE.read_text().splitlines()
    named = [number for number, line in enumerate(lines) if line.startswith("### ")]

    assert [lines[number] for number in named if not lines[number + 2].endswith(".")] == []
