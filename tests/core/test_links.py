"""Addresses of this shop."""

import pytest
from django.test.utils import override_script_prefix
from django.urls import reverse
from django.utils import translation

from core.web.links import page_path


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_a_page_s_path_is_what_reverse_gives_in_every_language(language: str) -> None:
    with translation.override(language):
        assert page_path("catalog:product", "blue-cup_2") == reverse("catalog:product", args=["blue-cup_2"])


def test_a_page_s_path_begins_with_the_prefix_that_the_shop_is_served_below() -> None:
    with override_script_prefix("/market/"):
        assert page_path("catalog:product", "cup") == "/market/en/p/cup/"
    assert page_path("catalog:product", "cup") == "/en/p/cup/"
