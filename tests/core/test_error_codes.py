"""One table of error codes, from which document and page are made, and which has all that the code raises."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from core.api.docs import openapi_document
from core.error_codes import all_error_codes, as_markdown
from core.errors import DomainError

_RAISED = {"InvalidInput", "DomainError", "ValidationError", "ErrorDetail", "RowError", "NotForSale", "FieldFault"}


def refusals(parent: type[DomainError] = DomainError) -> Iterator[type[DomainError]]:
    for child in parent.__subclasses__():
        yield child
        yield from refusals(child)


def sources() -> Iterator[Path]:
    for config in apps.get_app_configs():
        here = Path(config.path)
        if here.parent == Path(settings.BASE_DIR) and config.name != "etl":
            yield from (path for path in here.rglob("*.py") if not {"migrations", "admin"} & set(path.parts))


def raised_codes(path: Path) -> Iterator[str]:
    """The literal codes of whatever a module refuses with."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or getattr(node.func, "id", getattr(node.func, "attr", "")) not in _RAISED:
            continue
        for keyword in node.keywords:
            if keyword.arg == "code" and isinstance(keyword.value, ast.Constant):
                yield str(keyword.value.value)


def test_every_refusal_of_the_domain_has_its_code_and_status_in_the_table() -> None:
    known = all_error_codes()
    told = {refusal for refusal in refusals() if refusal.code in known}
    assert [refusal for refusal in refusals() if refusal not in told] == [], "add it to its app's error_codes.py"
    assert [
        refusal
        for refusal in told
        if refusal.status not in known[refusal.code].statuses and refusal.code != DomainError.code
    ] == []


def test_every_code_that_is_written_in_the_sources_is_in_the_table() -> None:
    found = {code: path for path in sources() for code in raised_codes(path)}
    assert len(found) > 50
    assert {code: path for code, path in found.items() if code not in all_error_codes()} == {}


def test_whoever_comes_too_often_is_told_how_long_to_wait() -> None:
    assert [refusal for refusal in refusals() if refusal.status == 429 and refusal.retry_after is None] == []


def test_the_document_lists_every_code() -> None:
    schemas = openapi_document()["components"]["schemas"]
    assert schemas["ErrorCode"]["enum"] == list(all_error_codes())
    assert schemas["Error"]["properties"]["error_code"] == {"$ref": "#/components/schemas/ErrorCode"}


def test_the_page_of_codes_is_that_of_the_table() -> None:
    page = (Path(settings.BASE_DIR) / "docs" / "errors.md").read_text()
    assert page == as_markdown(), "run manage.py error_codes"


@pytest.mark.parametrize("listed", all_error_codes().values(), ids=lambda listed: listed.code)
def test_every_code_is_told_in_whole_sentences(listed: object) -> None:
    assert all(text.endswith(".") and text[0].isupper() for text in (listed.meaning, listed.remedy))  # type: ignore[attr-defined]
