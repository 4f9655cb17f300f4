"""Folding: what people type finds what was written."""

import pytest

from core.text import fold, search_words


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Théière à la Menthe", "theiere a la menthe"),
        ("Œuf", "oeuf"),
        ("إبريق", "ابريق"),
        ("سجّادة", "سجاده"),
        ("مرآة", "مراه"),
        ("STRASSE", "straße"),
        ("tea-pot, large", "tea pot large"),
    ],
)
def test_spelling_variants_fold_to_the_same(written: str, typed: str) -> None:
    assert fold(written) == fold(typed)


@pytest.mark.parametrize("written", ["النعناع", "بالنعناع", "والنعناع", "نعناع"])
def test_an_arabic_word_is_found_with_or_without_its_article(written: str) -> None:
    assert search_words(written) == ["نعناع"]


def test_a_short_word_that_looks_like_an_article_stays() -> None:
    assert search_words("الا") == ["الا"]
