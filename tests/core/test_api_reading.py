"""Bodies are read by serializers that are kept, and nothing of one body gets into another."""

import threading
from typing import Any

import pytest
from django.utils import translation
from rest_framework import serializers

from core.api.reading import read_body
from tests.races import at_once


class Part(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=5)


class Whole(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=5)
    units = serializers.IntegerField(default=1)
    parts = Part(many=True, required=False)

    def validate_name(self, value: str) -> str:
        return f"{self.context.get('before', '')}{value}"


def refusal(data: Any, **options: Any) -> Any:
    with pytest.raises(serializers.ValidationError) as refused:
        read_body(Whole, data, **options)
    return refused.value.detail


@pytest.mark.parametrize(
    "data", [{"name": "cup"}, {"name": "cup", "units": 3}, {"name": "cup", "parts": [{"name": "ear"}]}]
)
def test_reads_as_the_serializer_does(data: Any) -> None:
    fresh = Whole(data=data)
    assert fresh.is_valid()
    assert read_body(Whole, data) == fresh.validated_data
    assert read_body(Whole, data) == fresh.validated_data


@pytest.mark.parametrize("data", [{}, {"name": "teapot"}, {"name": "cup", "parts": [{"name": "teapot"}]}])
def test_refuses_as_the_serializer_does(data: Any) -> None:
    fresh = Whole(data=data)
    assert not fresh.is_valid()
    assert refusal(data) == fresh.errors
    assert refusal(data) == fresh.errors


def test_fields_are_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read_body(Whole, {"name": "cup"})
    monkeypatch.setattr(Whole, "get_fields", lambda self: pytest.fail("made again"))

    assert read_body(Whole, {"name": "jug"})["name"] == "jug"


def test_nothing_is_left_of_a_body_that_was_refused() -> None:
    refusal({"name": "teapot"}, context={"before": "a "})

    assert read_body(Whole, {"name": "cup"}) == {"name": "cup", "units": 1}


def test_what_a_partial_change_leaves_out_is_asked_of_a_whole_body() -> None:
    assert read_body(Whole, {}, partial=True) == {}
    assert set(refusal({})) == {"name"}
    assert read_body(Whole, {}, partial=True) == {}


def test_each_refusal_is_in_the_reader_s_language() -> None:
    said = []
    for language in ("en", "fr", "ar", "en"):
        with translation.override(language):
            said.append(str(refusal({"name": "teapot"})["name"][0]))
    assert len(set(said)) == 3
    assert said[0] == said[3]


def test_threads_do_not_share_a_serializer() -> None:
    words = ["one", "two", "three", "four"]
    all_read = threading.Barrier(len(words), timeout=60)

    class Slow(Whole):
        def validate_name(self, value: str) -> str:
            all_read.wait()
            return super().validate_name(value)

    def read(word: str) -> Any:
        return read_body(Slow, {"name": "cup"}, context={"before": word})["name"]

    assert at_once(*[lambda word=word: read(word) for word in words]) == [f"{word}cup" for word in words]
