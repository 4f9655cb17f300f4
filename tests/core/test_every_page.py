"""What holds for every page of the shop: it is light, asks the database little, and moves nothing while it loads."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.tour import tour

_MOST_BYTES = 60_000
_MOST_QUERIES = 8


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_page_is_light_and_asks_little(language: str) -> None:
    heavy = []
    for stop in tour(language):
        address = f"/{language}/{stop.path}"
        # The first visit fills what is kept of the navigation.
        stop.visitor.get(address)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            response = stop.visitor.get(address)
        assert response.status_code == stop.status, address
        size = len(response.content)
        if size >= _MOST_BYTES or len(queries) > _MOST_QUERIES:
            heavy.append(f"{address}: {size} bytes, {len(queries)} queries")
    assert heavy == []
