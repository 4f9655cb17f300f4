"""The gateway of a test module, and what it has done."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from tests.payments import gateway, gateway_server
from tests.payments.gateway import PATH, PORT


@dataclass(frozen=True)
class GatewayProcess:
    """The gateway's process and its ledger."""

    ledger: Path

    def tell(self, **settings: Any) -> int:
        """Have it behave like this; returns how many requests to do something have come."""
        calls: int = gateway.call("POST", "/control", settings)[1]["calls"]
        return calls

    def effects(self) -> list[tuple[str, int]]:
        """What it has done, by kind and minor units."""
        lines = [json.loads(line) for line in self.ledger.read_text().splitlines()]
        return [(line["kind"], line["amount"]) for line in lines]


@pytest.fixture(scope="module")
def _gateway_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    ledger = tmp_path_factory.mktemp("gateway") / "ledger"
    command = [sys.executable, gateway_server.__file__, str(ledger)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        os.environ[PORT] = process.stdout.readline().strip()
        try:
            yield GatewayProcess(ledger)
        finally:
            del os.environ[PORT]
            process.kill()


@pytest.fixture
def bank(_gateway_process: GatewayProcess, settings: Settings) -> GatewayProcess:
    """The gateway, new, and registered with the shop as an integrator registers one. It captures at once."""
    settings.PAYMENT_PROVIDERS = [*settings.PAYMENT_PROVIDERS, PATH, "tests.payments.gateway.AtTheDoor"]
    settings.PAYMENT_TIMEOUT_SECONDS = 1
    _gateway_process.tell(reset=True)
    return _gateway_process
