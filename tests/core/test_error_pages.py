"""What is refused, missing or broken is said on the page, or in the API's envelope."""

import pytest
from django.test import Client, RequestFactory

from catalog.models import Product
from catalog.reads.summaries import ProductSummary
from core.errors import DomainError
from core.web import views
from core.web.middleware import DomainErrorMiddleware
from tests.factories.inventory import stocked_variant

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/en/nowhere", "/fr/p/nothing/", "/ar/c/nothing/", f"/media/{'x' * 5000}"])
def test_a_page_that_is_not_there_says_so(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "text/html" in answer.headers["content-type"]


@pytest.mark.parametrize(("language", "home"), [("fr,en;q=0.5", "/fr/"), ("ar", "/ar/"), ("de", "/en/"), ("", "/en/")])
def test_the_bare_address_leads_home_in_the_visitors_language(client: Client, language: str, home: str) -> None:
    answer = client.get("/", headers={"accept-language": language})
    assert (answer.status_code, answer.url) == (302, home)
    assert "Accept-Language" in answer.headers["vary"]


@pytest.mark.parametrize(("typed", "meant"), [("/en", "/en/"), ("/fr/cart", "/fr/cart/"), ("/admin", "/admin/")])
def test_a_forgotten_slash_is_added(client: Client, typed: str, meant: str) -> None:
    answer = client.get(typed)
    assert (answer.status_code in {301, 302}, answer.url) == (True, meant)


def test_a_page_is_missed_before_anybody_knows_who_asks(rf: RequestFactory) -> None:
    """As when a static file is missing: no session and no user on the request."""
    assert views.page_not_found(rf.get("/static/nothing.css"), Exception()).status_code == 404


@pytest.mark.parametrize("view", [views.bad_request, views.permission_denied, views.page_not_found, views.server_error])
def test_the_api_is_answered_in_its_envelope(rf: RequestFactory, view: object) -> None:
    answer = view(rf.get("/api/v1/nowhere"), Exception())  # type: ignore[operator]
    assert answer.headers["content-type"] == "application/json"
    assert b'"success": false' in answer.content


def test_a_form_without_its_token_is_told_what_to_do() -> None:
    answer = Client(enforce_csrf_checks=True).post("/en/cart/items/")
    assert answer.status_code == 403
    assert b"reload the page" in answer.content


def test_a_broken_page_is_shown_without_database_or_session(rf: RequestFactory) -> None:
    assert views.server_error(rf.get("/en/")).status_code == 500


def test_a_refusal_goes_back_to_the_page_it_came_from_with_a_message(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    stocked_variant()
    monkeypatch.setattr(ProductSummary, "get_absolute_url", _refuse)
    page = f"/en/c/{Product.objects.get().category.slug}/"
    answer = client.get(page, headers={"referer": "http://testserver/en/cart/"}, follow=True)
    assert answer.redirect_chain == [("http://testserver/en/cart/", 302)]
    assert b"Not today." in answer.content


@pytest.mark.parametrize("referer", ["https://evil.example/", "", "http://testserver/en/c/loop/"])
def test_a_refusal_never_leads_to_another_host_or_in_a_circle(rf: RequestFactory, referer: str) -> None:
    request = rf.get("/en/c/loop/", headers={"referer": referer})
    assert DomainErrorMiddleware._back(request) in {"/en/", "/"}


def _refuse(self: ProductSummary) -> str:
    raise DomainError("Not today.")
