"""Every address of the API: those that the apps declare, and those that several apps answer together."""

import re
from typing import Any

from django.urls import URLPattern, path, re_path

from config.compatibility import ALIASES, AnyOrderViewSet, PaymentRecordViewSet, announced
from core.api.docs import DocsView, SchemaView, UnknownView
from core.api.routes import routes_of_apps


def _route(address: str, viewset: Any, name: str, **actions: str) -> URLPattern:
    """An address with the action for each method: `get="list"`."""
    return path(address, announced(viewset.as_view(actions), document_address(address)), name=name)


def document_address(route: str) -> str:
    """An address as the OpenAPI document writes it."""
    return re.sub(r"<\w+:(\w+)>", lambda part: f"{{{'id' if part[1] == 'pk' else part[1]}}}", route)


app_name = "api"
urlpatterns: list[URLPattern] = [
    _route("orders", AnyOrderViewSet, "orders", get="list", post="place"),
    _route("payments", PaymentRecordViewSet, "payments", get="list", post="record"),
    *(_route(one.address, one.viewset, one.name, **one.actions) for one in routes_of_apps()),
    *(_route(address, viewset, name, **actions) for address, viewset, name, actions in ALIASES),
    path("schema", SchemaView.as_view(), name="schema"),
    path("docs", DocsView.as_view(url_name="api:schema"), name="docs"),
    re_path(r"", UnknownView.as_view()),
]
