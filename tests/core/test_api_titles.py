"""Every operation of the document is titled by an imperative in plain English, and every tag says what it is for."""

import re

import pytest

from core.api.docs import openapi_document
from tests.core.test_api_document import operations

VERBS = {
    "Accept", "Add", "Adjust", "Cancel", "Capture", "Change", "Confirm", "Create", "Delete", "Edit", "End",
    "Erase", "Export", "Import", "List", "Log", "Place", "Receive", "Reconcile", "Record", "Refresh", "Refund",
    "Register", "Remove", "Request", "Reset", "Retrieve", "Return", "Set", "Ship", "Split", "Track", "Update", "Upload",
}  # fmt: skip


@pytest.mark.parametrize(("method", "path"), operations())
def test_an_operation_is_titled_by_what_it_does(method: str, path: str) -> None:
    title = openapi_document()["paths"][path][method].get("summary", "")
    assert title.split(" ")[0] in VERBS, f"{method} {path}: {title}"
    assert re.fullmatch(r"[A-Z][^.!?]{4,60}", title)
    assert not re.search(r"\b(parcel|basket|something|somebody)\b", title)


def test_operations_of_different_addresses_have_different_titles() -> None:
    paths = openapi_document()["paths"]
    found: dict[str, list[str]] = {}
    for method, path in operations():
        if not paths[path][method].get("deprecated"):
            found.setdefault(paths[path][method]["summary"], []).append(f"{method} {path}")
    assert {title: used for title, used in found.items() if len(used) > 1} == {}


def test_every_tag_is_described_and_every_description_used() -> None:
    document = openapi_document()
    used = {tag for method, path in operations() for tag in document["paths"][path][method]["tags"]}
    assert {tag["name"] for tag in document["tags"]} == used
    assert all(tag["description"].endswith(".") for tag in document["tags"])


def test_the_document_says_where_it_is_served_and_under_which_licence() -> None:
    document = openapi_document()
    assert [server["url"] for server in document["servers"]] == ["/"]
    assert document["info"]["license"] == {"name": "MIT", "identifier": "MIT"}
    assert document["info"]["contact"]["name"]
