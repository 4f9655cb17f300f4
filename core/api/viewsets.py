"""What every viewset of the API stands on: body in, one call, envelope out."""

from collections.abc import Iterable
from functools import partial
from typing import Any, ClassVar, cast

from django.http import HttpResponse
from django.utils.translation import gettext_lazy
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from core.api.idempotency import answer_once, caller_of, idempotency_key


class LengthRequired(APIException):
    """A body in chunks of unknown total, which WSGI would hand over as an empty one."""

    status_code = status.HTTP_411_LENGTH_REQUIRED
    default_code = "length_required"
    default_detail = gettext_lazy("Send the body with its Content-Length.")


class ApiViewSet(GenericViewSet[Any]):
    """Reads bodies through …Input serializers and writes answers through …Output serializers.

    A change that comes with an Idempotency-Key runs inside one transaction with the keeping of its answer. Its
    services' own transactions become savepoints, so an action that has to commit midway cannot be made so.
    """

    # Not where answers carry tokens that log somebody in: those are never kept, and the key is not looked up.
    keeps_answers: ClassVar[bool] = True
    # The OpenAPI document says what OPTIONS would.
    http_method_names: ClassVar[list[str]] = ["get", "post", "put", "patch", "delete", "head"]  # type: ignore[misc]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if "chunked" in request.headers.get("Transfer-Encoding", "").lower() and not request.headers.get(
            "Content-Length"
        ):
            raise LengthRequired
        super().initial(request, *args, **kwargs)
        self._answer_once(request)

    def _answer_once(self, request: Request) -> None:
        """Put the idempotent form of the action into its place, where dispatch() looks for it next."""
        key = idempotency_key(request)
        name = cast(str, request.method).lower()
        action = getattr(self, name, None)
        if key is None or action is None or not self.keeps_answers:
            return
        if (caller := caller_of(request)) is None:
            return

        def once(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
            run = partial(action, request, *args, **kwargs)
            render = partial(self._rendered, request)
            return answer_once(run, request=request, caller=caller, key=key, render=render)

        setattr(self, name, once)

    def _rendered(self, request: Request, response: Response) -> Response:
        self.finalize_response(request, response)
        return cast(Response, response.render())

    def read(self, serializer_class: type[BaseSerializer[Any]], *, data: Any = None, **options: Any) -> dict[str, Any]:
        """The validated body, or the given data. Raises ValidationError naming every field that is wrong."""
        context = self.get_serializer_context() | options.pop("context", {})
        serializer = serializer_class(data=self.request.data if data is None else data, context=context, **options)
        serializer.is_valid(raise_exception=True)
        return cast(dict[str, Any], serializer.validated_data)

    def answer(
        self,
        serializer_class: type[BaseSerializer[Any]],
        instance: Any,
        *,
        status: int = 200,
        message: Any = None,
        many: bool = False,
        **context: Any,
    ) -> Response:
        """One thing, or with `many` all of a short list, written through a serializer."""
        serializer = serializer_class(instance, many=many, context=self.get_serializer_context() | context)
        response = Response(serializer.data, status=status)
        return said(response, message)

    def page_of(self, rows: Any) -> list[Any]:
        """The rows of the page that was asked for."""
        return list(cast(Iterable[Any], self.paginate_queryset(rows)))

    def page_answer(self, serializer_class: type[BaseSerializer[Any]], rows: list[Any], **context: Any) -> Response:
        """A page's rows with the page's numbers beside them."""
        serializer = serializer_class(rows, many=True, context=self.get_serializer_context() | context)
        return self.get_paginated_response(serializer.data)


def said(response: Response, message: Any) -> Response:
    """The response with a sentence for people in the envelope's `message`."""
    response.message = None if message is None else str(message)  # type: ignore[attr-defined]
    return response


def done(message: Any) -> Response:
    """An answer with nothing but a sentence: something was sent, ended or deleted."""
    return said(Response(None), message)
