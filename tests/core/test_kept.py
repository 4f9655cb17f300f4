"""What is kept in the process for some seconds."""

import itertools

import pytest
from django.template import Context, Template
from django.utils import translation

from core.fast import process_cache as kept
from core.fast.process_cache import ProcessCache


def test_a_value_is_made_once_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = itertools.count()
    values: ProcessCache[int] = ProcessCache()
    assert [values.get("a", lambda: next(numbers)) for _again in range(3)] == [0, 0, 0]
    assert values.get("b", lambda: next(numbers)) == 1
    monkeypatch.setattr("time.monotonic", lambda: float("inf"))
    assert values.get("a", lambda: next(numbers)) == 2


def test_nothing_is_kept_past_forgetting() -> None:
    numbers = itertools.count()
    values: ProcessCache[int] = ProcessCache()
    values.get("a", lambda: next(numbers))
    kept.forget()
    assert values.get("a", lambda: next(numbers)) == 1


def test_a_part_of_a_template_is_rendered_once_a_language() -> None:
    template = Template("{% load shop %}{% kept %}{{ word }}{% endkept %} {{ word }}")
    assert template.render(Context({"word": "souk"})) == "souk souk"
    assert template.render(Context({"word": "shop"})) == "souk shop"
    with translation.override("fr"):
        assert template.render(Context({"word": "marché"})) == "marché marché"
