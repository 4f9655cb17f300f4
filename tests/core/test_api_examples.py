"""Every `curl` of docs/api.md that says its status is run, in order, against a real server."""

import os
import re
import subprocess
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from accounts.tokens import issue_tokens
from carts.services import get_or_open_cart
from tests.api import V1, given
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.checkout import order_awaiting_transfer
from tests.factories.files import picture
from tests.factories.inventory import stocked_variant
from tests.factories.shipping import ShippingMethodFactory
from tests.mails import mailed_key

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(which("curl") is None, reason="needs the curl command"),
]

_BLOCK = re.compile(r"^```sh tested\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINE = re.compile(r"^(curl .+) # (\d{3})$")
_NAME = re.compile(r"^([A-Z]+)=(\$\(curl .+\))$")
_CURL = """curl() {
  [[ " $* " == *" -F "* ]] || set -- -H 'Content-Type: application/json' "$@"
  command curl -s "$@"
}
"""


def example_lines() -> list[str]:
    """The lines of the document's tested blocks."""
    document = (Path(settings.BASE_DIR) / "docs" / "api.md").read_text(encoding="utf-8")
    return [line for block in _BLOCK.findall(document) for line in block.splitlines()]


def shown(script: str, names: dict[str, str]) -> str:
    """What the shell writes when it runs this with these names."""
    command = ["bash", "-c", _CURL + script]
    return subprocess.run(command, env=os.environ | names, capture_output=True, text=True, check=False).stdout


def test_the_examples_answer_as_the_document_says(live_server: Any, tmp_path: Path) -> None:
    names = {"SHOP": f"{live_server.url}/api/v1"} | _shop(tmp_path)
    assert len(example_lines()) >= 45
    for line in example_lines():
        if named := _NAME.fullmatch(line):
            names[named[1]] = shown(f"printf %s {named[2]}", names)
            assert names[named[1]], line
            continue
        example = _LINE.fullmatch(line)
        assert example, f"{line}: neither a curl with its status nor a name"
        assert shown(f"{example[1]} -o /dev/null -w '%{{http_code}}'", names) == example[2], line


def _asked_for_an_account() -> str:
    person = {"email": "mariam@souk.example", "username": "mariam", "password": "a-long-Passphrase-9"}
    given(APIClient().post(f"{V1}/auth/register", person), 202)
    return mailed_key()


def _shop(folder: Path) -> dict[str, str]:
    """What the examples' names stand for, in a shop that has it."""
    ShippingMethodFactory(code="standard")
    variant, customer = stocked_variant(10), UserFactory()
    order = order_awaiting_transfer(variant=variant, customer=customer)
    waiting = order_awaiting_transfer(variant=variant, customer=customer)
    (folder / "teapot.jpg").write_bytes(picture())
    return {
        "STAFF": issue_tokens(StaffFactory()).access,
        "CUSTOMER": issue_tokens(customer).access,
        "GUEST": str(get_or_open_cart(customer=None).token),
        "ME": str(customer.pk),
        "CATEGORY": str(variant.product.category_id),
        "PRODUCT": variant.product.slug,
        "VARIANT": str(variant.pk),
        "SKU": variant.sku,
        "PICTURE": str(folder / "teapot.jpg"),
        "ORDER": str(order.pk),
        "NUMBER": order.number,
        "EMAIL": order.email,
        "KEY": _asked_for_an_account(),
        "PAYMENT": str(order.payments.get().pk),
        "WAITING": str(waiting.pk),
        "LINE": str(waiting.lines.get().pk),
    }
