"""Every `curl` of docs/api.md that says its status is run, in order, against a real server."""

import os
import re
import subprocess
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from django.conf import settings

from accounts.tokens import issue_tokens
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.inventory import stocked_variant
from tests.factories.shipping import ShippingMethodFactory

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(which("curl") is None, reason="needs the curl command"),
]

_BLOCK = re.compile(r"^```sh tested\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINE = re.compile(r"^curl (.+) # (\d{3})$")


def examples() -> list[tuple[str, int]]:
    """The arguments of each curl and the status that the document gives."""
    document = (Path(settings.BASE_DIR) / "docs" / "api.md").read_text(encoding="utf-8")
    lines = [line for block in _BLOCK.findall(document) for line in block.splitlines()]
    return [(found[1], int(found[2])) for found in map(_LINE.fullmatch, lines) if found]


def test_the_examples_answer_as_the_document_says(live_server: Any) -> None:
    ShippingMethodFactory(code="standard")
    variant, customer = stocked_variant(10), UserFactory()
    names = {
        "SHOP": f"{live_server.url}/api/v1",
        "STAFF": issue_tokens(StaffFactory()).access,
        "CUSTOMER": issue_tokens(customer).access,
        "ME": str(customer.pk),
        "CATEGORY": str(variant.product.category_id),
        "PRODUCT": variant.product.slug,
        "SKU": variant.sku,
    }
    assert len(examples()) >= 15
    curl = "curl -s -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' "
    for arguments, status in examples():
        ran = subprocess.run(
            ["bash", "-c", curl + arguments], env=os.environ | names, capture_output=True, text=True, check=False
        )
        assert ran.stdout == str(status), arguments
