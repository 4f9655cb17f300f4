"""An issuer of tokens that answers: an HTTP server of the test's own that publishes its keys."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from pytest_django import Settings

from accounts.issuer import keys_of
from tests.issuer import RSA_KEYS, Issuer, published


@pytest.fixture
def issuer(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked += 1
            body = json.dumps({"keys": issuer.keys}).encode()
            self.send_response(issuer.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer = Issuer(f"http://127.0.0.1:{server.server_port}", server, [published(RSA_KEYS[0], "one")])
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setattr("accounts.issuer._TIMEOUT", 60)
    settings.TOKEN_JWKS_URL = issuer.name + "/jwks.json"
    settings.TOKEN_ISSUER = issuer.name
    settings.TOKEN_AUDIENCE = "souk"
    settings.TOKEN_CREATE_USERS = True
    yield issuer
    server.shutdown()
    server.server_close()
    thread.join()
    keys_of.cache_clear()
