"""How many queries a scenario takes, all of its requests together, transaction control included."""

from collections.abc import Callable

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.load import Answer, Request, Scenario
from benchmarks.scenarios import steps_of


def sender() -> Callable[[Request], Answer]:
    """Answers requests in this process, as one client's."""
    client = Client(headers={"Host": "localhost"})

    def send(request: Request) -> Answer:
        response = client.generic(
            request.method,
            request.path,
            b"" if request.body is None else request.raw().partition(b"\r\n\r\n")[2],
            content_type="application/json",
            headers=dict(request.headers),
        )
        return Answer(response.status_code, response.content)

    return send


def queries_of(scenario: Scenario, seed: int) -> tuple[int, list[Answer]]:
    """The number of queries of a scenario, and its answers. It has run before, so that caches are warm."""
    send = sender()
    steps_of(scenario, seed, send)
    with CaptureQueriesContext(connection) as queries:
        answers = steps_of(scenario, seed, send)
    return len(queries), answers
