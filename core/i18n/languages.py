"""Texts of rows that were read without their model, in the active language."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.translation import get_language


def spoken(row: Mapping[str, Any], field: str) -> str:
    """A translated column in the active language, or in the first that says something, as modeltranslation has it."""
    texts = (row[f"{field}_{code}"] for code in languages_to_try(get_language() or settings.LANGUAGE_CODE))
    return next((str(text) for text in texts if text), "")


@cache
def languages_to_try(language: str) -> tuple[str, ...]:
    """A language, if the shop has it, and then those that texts fall back to."""
    known = [code for code, _name in settings.LANGUAGES if code == language]
    return tuple(dict.fromkeys([*known, *settings.MODELTRANSLATION_FALLBACK_LANGUAGES]))
