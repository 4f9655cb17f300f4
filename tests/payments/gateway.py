"""The provider that speaks to tests/payments/gateway_server.py, as an integrator would write one."""

import hmac
import http.client
import json
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from payments.providers import (
    InvalidEvent,
    KeyOutcome,
    NextAction,
    OnlineProvider,
    PaymentQuestion,
    ProviderDeclined,
    ProviderEvent,
    ProviderPayment,
    ProviderRequest,
    ProviderResult,
    ProviderState,
    ProviderUnavailable,
    Started,
    StartRequest,
)

PORT = "TEST_GATEWAY_PORT"
SECRET = b"of the gateway"
PATH = "tests.payments.gateway.Gateway"


class Gateway(OnlineProvider):
    code = "gateway"
    label = "Gateway"
    description = "Pay by card."

    def payable_until(self, placed_at: datetime) -> datetime | None:
        return placed_at + timedelta(minutes=30)

    def start(self, request: StartRequest) -> Started:
        told = self._ask("start", request)
        action = NextAction(told["url"]) if told["url"] else None
        return Started(reference=told["reference"], state=ProviderState(told["state"]), next_action=action)

    def capture(self, request: ProviderRequest) -> ProviderResult:
        return self._result("capture", request)

    def refund(self, request: ProviderRequest) -> ProviderResult:
        return self._result("refund", request)

    def cancel(self, request: ProviderRequest) -> ProviderResult:
        return self._result("cancel", request)

    def fetch(self, question: PaymentQuestion) -> ProviderPayment | None:
        status, told = call("GET", f"/payments/{question.payment_id}", timeout=question.timeout_seconds)
        if status == 404:
            return None
        return ProviderPayment(
            reference=told["reference"],
            state=ProviderState(told["state"]),
            captured_minor=told["captured"],
            refunded_minor=told["refunded"],
            next_action=NextAction(told["url"]) if told["url"] else None,
            outcomes={key: _outcome(one) for key, one in told["outcomes"].items()},
        )

    def parse_event(self, *, body: bytes, headers: Mapping[str, str]) -> ProviderEvent | None:
        if not hmac.compare_digest(signature(body), headers.get("Signature", "")):
            raise InvalidEvent
        told = json.loads(body)
        return ProviderEvent(event_id=told["id"], reference=told["payment"]) if "payment" in told else None

    def _result(self, kind: str, request: ProviderRequest) -> ProviderResult:
        return ProviderResult(reference=self._ask(kind, request)["result"])

    def _ask(self, kind: str, request: ProviderRequest) -> dict[str, Any]:
        order = {"key": request.key, "amount": request.amount.minor, "pid": os.getpid()}
        address = f"/payments/{request.payment_id}/{kind}"
        status, told = call("POST", address, order, timeout=request.timeout_seconds)
        if status != 200:
            raise ProviderDeclined(told["code"], told["message"])
        return told


class AtTheDoor(Gateway):
    """Authorises when the order is placed and captures when it is handed over."""

    code = "gateway_at_the_door"
    captured_at_delivery = True


def call(method: str, path: str, body: Any = None, *, timeout: float = 20) -> tuple[int, dict[str, Any]]:
    """One request; ProviderUnavailable whenever there is no answer."""
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ[PORT]), timeout=timeout)
    try:
        connection.request(method, path, json.dumps(body))
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    except (OSError, http.client.HTTPException) as error:
        raise ProviderUnavailable(type(error).__name__) from error
    finally:
        connection.close()


def signature(body: bytes) -> str:
    return hmac.new(SECRET, body, "sha256").hexdigest()


def _outcome(told: dict[str, Any]) -> KeyOutcome:
    if told["status"] == 200:
        return KeyOutcome(is_done=True, reference=told["result"])
    return KeyOutcome(is_done=False, code=told["code"], message=told["message"])
