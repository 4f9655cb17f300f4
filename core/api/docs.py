"""The OpenAPI document and its page, served by the shop itself, and the answer of addresses that do not exist."""

from functools import cache
from typing import Any, ClassVar, NoReturn

from django.utils.translation import override
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.parameters import require_known
from core.api.renderers import EnvelopeRenderer
from core.api.viewsets import AnswersOptions, TaggedView


@cache
def openapi_document() -> dict[str, Any]:
    """The document of the whole API in English. Computed once a process: it takes longer than most answers."""
    with override("en"):
        document: dict[str, Any] = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    return document


class _Page(AnswersOptions):
    """Speaks its own media type; what it refuses comes in the envelope like everywhere."""

    # What the page reads of the query.
    parameters: ClassVar[frozenset[str]] = frozenset()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        require_known(request, self.parameters, may_be_empty=self.parameters)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        if response.status_code >= 400:
            request.accepted_renderer = EnvelopeRenderer()
            request.accepted_media_type = EnvelopeRenderer.media_type
        return super().finalize_response(request, response, *args, **kwargs)

    def get_renderers(self) -> list[BaseRenderer]:
        return super().get_renderers() if self.request.method in {"GET", "HEAD"} else [EnvelopeRenderer()]


class SchemaView(_Page, TaggedView, SpectacularAPIView):
    """The OpenAPI document as YAML, or as JSON to who accepts that."""

    is_public = True
    varies_by = ("Accept",)

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response(openapi_document(), headers={"Content-Disposition": 'inline; filename="openapi.yaml"'})


class DocsView(_Page, SpectacularSwaggerSplitView):
    """The document to read and to try out; its script comes as a file of its own, as the policy wants."""

    # The page asks for its script so.
    parameters = frozenset({"script"})
    template_name = "api/docs.html"


class UnknownView(APIView):
    """Whatever else is asked for below the API's address."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotFound
