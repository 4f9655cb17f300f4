"""Answers are written by serializers that are kept, and nothing of one answer gets into another."""

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from rest_framework import serializers

from core.api.fields import time_text
from core.api.writing import written
from tests.races import at_once


class Leaf(serializers.Serializer[Any]):
    name = serializers.CharField()
    told = serializers.SerializerMethodField()

    def get_told(self, instance: Any) -> Any:
        return self.context.get("word")


class Tree(serializers.Serializer[Any]):
    leaf = Leaf(source="*")
    below = serializers.SerializerMethodField()

    def get_below(self, instance: Any) -> Any:
        return written(Tree, instance.get("below", []), many=True, context=self.context)


class Broken(serializers.Serializer[Any]):
    half = serializers.SerializerMethodField()

    def get_half(self, instance: int) -> float:
        return 1 / instance


def test_writes_as_the_serializer_does() -> None:
    tree = {"name": "a", "below": [{"name": "b"}]}

    assert written(Tree, tree) == Tree(tree).data
    assert written(Tree, [tree], many=True) == Tree([tree], many=True).data


def test_fields_are_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    written(Leaf, {"name": "a"})
    monkeypatch.setattr(Leaf, "get_fields", lambda self: pytest.fail("made again"))

    assert written(Leaf, {"name": "b"})["name"] == "b"


def test_context_is_that_of_the_answer_alone() -> None:
    assert written(Tree, {"name": "a"}, context={"word": "first"})["leaf"]["told"] == "first"
    assert written(Tree, {"name": "a"})["leaf"]["told"] is None


def test_a_serializer_within_itself_leaves_the_outer_one_alone() -> None:
    tree = {"name": "a", "below": [{"name": "b", "below": [{"name": "c"}]}]}

    found = written(Tree, [tree, {"name": "d"}], many=True, context={"word": "w"})

    assert found[0]["below"][0]["below"][0]["leaf"] == {"name": "c", "told": "w"}
    assert found[1]["leaf"] == {"name": "d", "told": "w"}


def test_an_error_leaves_a_serializer_that_can_be_used_again() -> None:
    with pytest.raises(ZeroDivisionError):
        written(Broken, 0, context={"word": "w"})

    assert written(Broken, 2) == {"half": 0.5}


def test_threads_do_not_share_a_serializer() -> None:
    words = ["one", "two", "three", "four"]
    all_write = threading.Barrier(len(words), timeout=60)

    class Slow(Leaf):
        def get_told(self, instance: Any) -> Any:
            all_write.wait()
            return super().get_told(instance)

    def write(word: str) -> set[Any]:
        return {row["told"] for row in written(Slow, [{"name": "a"}] * 3, many=True, context={"word": word})}

    assert at_once(*[lambda word=word: write(word) for word in words]) == [{word} for word in words]


@pytest.mark.parametrize("zone", ["UTC", "Africa/Tunis"])
@pytest.mark.parametrize("microsecond", [0, 78])
def test_times_are_written_as_serializers_write_them(settings: Any, zone: str, microsecond: int) -> None:
    settings.TIME_ZONE = zone
    moment = datetime(2026, 7, 3, 4, 5, 6, microsecond, tzinfo=UTC)
    assert time_text(moment) == serializers.DateTimeField().to_representation(moment)
