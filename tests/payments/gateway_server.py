"""A payment gateway as a process of its own: `python tests/payments/gateway_server.py LEDGER` prints its port.

It knows idempotency keys, writes each effect into its ledger, a file with a JSON object a line, and does on request
what gateways do: decline, lose an answer after the work is done, not be there. It can also kill its client at that
moment. Needs nothing of the shop.
"""

import json
import os
import select
import signal
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

# What a start leads to, by the behaviour that was asked for.
STARTS = {"redirect": "waiting", "authorize": "authorized", "capture": "captured"}
DONE = {"capture": "captured", "cancel": "cancelled"}
PATIENCE = 60


@dataclass
class Account:
    """Everything that the gateway knows, and how it is to behave next."""

    ledger: Path
    payments: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    start: str = "capture"
    # For the next request alone: decline, lost_answer, no_answer, kill_before, kill_after.
    next_one: str = ""
    calls: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    # With a number of calls to gather, each waits before its work until so many are there.
    gathering: threading.Barrier | None = None

    def reset(self) -> None:
        self.payments.clear()
        self.answers.clear()
        self.start, self.next_one, self.calls, self.gathering = "capture", "", 0, None
        self.ledger.write_text("")

    def carry_out(self, kind: str, order: dict[str, Any], behaviour: str) -> tuple[int, dict[str, Any]]:
        """Do what is asked once for each key, and answer the same for the same key."""
        with self.lock:
            if order["key"] not in self.answers:
                self.answers[order["key"]] = self._answer(kind, order, behaviour)
            return self.answers[order["key"]]

    def _answer(self, kind: str, order: dict[str, Any], behaviour: str) -> tuple[int, dict[str, Any]]:
        payment = self.payments.get(order["payment"])
        if behaviour == "decline":
            if kind == "start":
                self.payments[order["payment"]] = self._begun(order, "failed")
            return HTTPStatus.PAYMENT_REQUIRED, {"code": "do_not_honor", "message": "The bank said no."}
        if kind == "start":
            payment = self.payments[order["payment"]] = self._begun(order, STARTS[self.start])
        if payment is None or (kind == "cancel" and payment["state"] == "captured"):
            return HTTPStatus.PAYMENT_REQUIRED, {"code": "not_possible", "message": "Not in this state."}
        payment["state"] = DONE.get(kind, payment["state"])
        payment["captured"] = (
            order["amount"] if payment["state"] == "captured" and kind != "refund" else payment["captured"]
        )
        payment["refunded"] += order["amount"] if kind == "refund" else 0
        with self.ledger.open("a") as file:
            file.write(json.dumps({"kind": kind, **order}) + "\n")
            file.flush()
            os.fsync(file.fileno())
        return HTTPStatus.OK, {**payment, "result": f"{kind}-{len(self.answers)}"}

    def _begun(self, order: dict[str, Any], state: str) -> dict[str, Any]:
        return {
            "reference": f"gw_{order['payment']}",
            "state": state,
            "captured": 0,
            "refunded": 0,
            "url": f"https://gateway.example/pay/{order['payment']}" if state == "waiting" else "",
        }


class Handler(BaseHTTPRequestHandler):
    """`/payments/ID/KIND` works, `/payments/ID` tells, the others steer."""

    account: Account

    def do_GET(self) -> None:
        payment = self.account.payments.get(self.path.removeprefix("/payments/"))
        outcomes = {key: {"status": status, **body} for key, (status, body) in self.account.answers.items()}
        self._send(HTTPStatus.OK if payment else HTTPStatus.NOT_FOUND, {**(payment or {}), "outcomes": outcomes})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        parts = self.path.strip("/").split("/")
        if parts[0] == "control":
            self._control(body)
        elif parts[0] == "pay":
            self.account.payments[parts[1]] |= {"state": body["state"], "captured": body["captured"], "url": ""}
            self._send(HTTPStatus.OK, {})
        else:
            self._work(parts[2], {"payment": parts[1], **body})

    def _control(self, body: dict[str, Any]) -> None:
        if body.pop("reset", False):
            self.account.reset()
        if gathered := body.pop("gather", 0):
            self.account.gathering = threading.Barrier(gathered)
        for name, value in body.items():
            setattr(self.account, name, value)
        self._send(HTTPStatus.OK, {"calls": self.account.calls})

    def _work(self, kind: str, order: dict[str, Any]) -> None:
        with self.account.lock:
            self.account.calls += 1
            behaviour, self.account.next_one = self.account.next_one, ""
        if self.account.gathering:
            with suppress(threading.BrokenBarrierError):
                self.account.gathering.wait(5)
        client = int(order.pop("pid"))
        if behaviour == "kill_before":
            os.kill(client, signal.SIGKILL)
            return
        if behaviour == "no_answer":
            self._wait_until_client_gives_up()
            return
        answer = self.account.carry_out(kind, order, behaviour)
        if behaviour == "kill_after":
            os.kill(client, signal.SIGKILL)
        elif behaviour == "lost_answer":
            self._wait_until_client_gives_up()
        else:
            self._send(*answer)

    def _wait_until_client_gives_up(self) -> None:
        select.select([self.connection], [], [], PATIENCE)

    def _send(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: Any) -> None:
        """Say nothing: the tests look at the ledger."""


def main(ledger: str) -> None:
    """Serve until killed, or until who started this closes its standard input."""
    Handler.account = Account(Path(ledger))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
