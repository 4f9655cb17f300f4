"""No product code spells a state out: `states.py` does, and everything else names it from there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from catalog.bulk.imports.states import ImportState
from orders import states as orders
from orders.states import FulfilmentStatus, OrderStatus, PaymentStatus
from payments import states as payments
from payments.states import OperationState, PaymentState
from shipping import states as shipping
from shipping.states import ShipmentState

ROOT = Path(settings.BASE_DIR)
STATES = {
    str(state)
    for states in (
        OrderStatus,
        PaymentStatus,
        FulfilmentStatus,
        PaymentState,
        OperationState,
        ShipmentState,
        ImportState,
    )
    for state in states.values
}
NOT_PRODUCT = {"tests", "migrations", ".venv", ".data", ".data-run", "benchmarks", "scripts", "states.py"}
# Words of something else that happen to be states' too, with what they are.
OTHER_WORDS = {
    "notifications/models.py": "the status of a message, whose enumeration stands in the same file",
    "etl/loaders/order_states.py": "the states that sources tell, an enumeration of its own",
    "etl/models.py": "the status of a data import, whose enumeration stands in the same file",
    "core/admin/bulk.py": "an input of the form that asks",
    "core/integrity.py": "keys of a report",
    "core/web/health.py": "words of the health check's answer",
}
_ABOUT_STATES = re.compile(r"(^|_)(status|state|to_state|from_state)(__\w+)?$")
_IN_SQL = re.compile(r"'(" + "|".join(sorted(STATES)) + r")'")
_IN_TEMPLATE = re.compile(r"""(?:status|state)\s*(?:==|!=)\s*["'](\w+)["']""")


def product_files(*suffixes: str) -> list[Path]:
    """The files of the shop itself."""
    found = (path for path in ROOT.rglob("*") if path.suffix in suffixes)
    return [path for path in found if not NOT_PRODUCT & set(path.relative_to(ROOT).parts)]


def literals_in(source: str) -> Iterator[str]:
    """The states that Python code spells out: compared, passed as a status, or within SQL."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _IN_SQL.findall(node.value)
        if isinstance(node, ast.Compare):
            yield from _constants(node.left, *node.comparators)
        elif (isinstance(node, ast.keyword) and node.arg and _ABOUT_STATES.search(node.arg)) or isinstance(
            node, ast.MatchValue
        ):
            yield from _constants(node.value)


def _constants(*nodes: Any) -> Iterator[str]:
    for node in nodes:
        inner = node.elts if isinstance(node, (ast.Tuple, ast.List, ast.Set)) else [node]
        yield from (one.value for one in inner if isinstance(one, ast.Constant) and one.value in STATES)


def test_no_code_spells_a_state_out() -> None:
    found = {
        str(path.relative_to(ROOT)): sorted(set(literals_in(path.read_text(encoding="utf-8"))))
        for path in product_files(".py")
    }
    assert {path: states for path, states in found.items() if states and path not in OTHER_WORDS} == {}


def test_no_template_compares_a_state_with_a_word() -> None:
    found = {
        str(path.relative_to(ROOT)): _IN_TEMPLATE.findall(path.read_text(encoding="utf-8"))
        for path in product_files(".html", ".txt")
    }
    assert {path: states for path, states in found.items() if states} == {}


@pytest.mark.parametrize(
    "code",
    [
        'if order.status == "pending": pass',
        'Order.objects.filter(status="cancelled")',
        'Order.objects.filter(status__in=["confirmed", "processing"])',
        'Q(fulfilment_status="shipped")',
        "query = \"SELECT 1 FROM orders_order WHERE status = 'pending'\"",
        "query = f\"SELECT {one} FROM orders_order WHERE status = 'pending'\"",
        'match order.status:\n    case "paid": pass',
    ],
)
def test_a_state_that_is_spelt_out_is_found(code: str) -> None:
    assert list(literals_in(code))


@pytest.mark.parametrize(
    ("states", "colours"),
    [
        (OrderStatus, orders.COLOURS),
        (PaymentStatus, orders.COLOURS),
        (FulfilmentStatus, orders.COLOURS),
        (PaymentState, payments.COLOURS),
        (OperationState, payments.COLOURS),
        (ShipmentState, shipping.COLOURS),
    ],
)
def test_every_state_has_a_colour(states: Any, colours: dict[str, str]) -> None:
    assert set(states.values) <= {str(one) for one in colours}
