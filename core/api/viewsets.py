"""What every viewset of the API stands on: body in, one call, envelope out."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, ClassVar, cast

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import status
from rest_framework.exceptions import APIException, ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from core.actions import Action
from core.api.faults import BODY
from core.api.idempotency import CHANGES, answer_once, caller_of, idempotency_key
from core.api.pagination import CURSOR, PAGE, PAGE_SIZE
from core.api.parameters import require_known
from core.api.parsers import read_bytes
from core.api.permissions import staff_may
from core.api.reading import read_body
from core.api.shape import unknown_names
from core.api.sparse import FIELDS, selected, selection_of
from core.api.tags import IF_MATCH, READS, if_match, let_caches_keep, unless_known, with_tag
from core.api.throttling import rate_limit_headers
from core.api.writing import written
from core.continuations import Continuation, carry_on
from core.errors import DomainError


class LengthRequired(APIException):
    """A body in chunks of unknown total, which WSGI would hand over as an empty one."""

    status_code = status.HTTP_411_LENGTH_REQUIRED
    default_code = "length_required"
    default_detail = gettext_lazy("Send the body with its Content-Length.")


class AnswersOptions(APIView):
    """Tells by OPTIONS which methods an address has, to anybody; what they take is in the OpenAPI document."""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "OPTIONS":
            return HttpResponse(status=204, headers={"Allow": ", ".join(self.allowed_methods)})
        return cast(HttpResponse, super().dispatch(request, *args, **kwargs))


class TaggedView(AnswersOptions):
    """Gives every read the tag of what it answers, and 304 to who has that already."""

    # Whether a cache may give one guest's answer to another: not where it depends on whose cart or order it is.
    is_public: ClassVar[bool] = False
    # Request headers beside the log-in and the language that the answer depends on.
    varies_by: ClassVar[tuple[str, ...]] = ()

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        version: str | None = getattr(response, "version", None)
        if response.status_code >= 300:
            return response
        if request.method in READS:
            shared = self.is_public and not request.user.is_authenticated
            let_caches_keep(response, shared=shared, varies_by=self.varies_by)
            return unless_known(request, with_tag(response.render(), version))
        return response if version is None else with_tag(response.render(), version)


class ApiViewSet(TaggedView, GenericViewSet[Any]):
    """Reads bodies through …Input serializers and writes answers through …Output serializers.

    A change that comes with If-Match runs inside one transaction with the check of `locked_version`.
    A change that comes with an Idempotency-Key runs inside one transaction with the keeping of its answer. Its
    services' own transactions become savepoints, so an action that has to commit midway cannot be made so.
    An action whose effect goes on outside of the database returns a Continuation: that is carried on with after the
    commit, and `concluded` answers.
    """

    # Not where answers carry tokens that log somebody in: those are never kept, and the key is not looked up.
    keeps_answers: ClassVar[bool] = True
    # The actions whose If-Match is checked, by `locked_version`.
    guarded: ClassVar[frozenset[str]] = frozenset()
    # The actions of the view that are for staff alone, with what core.actions calls them.
    staff_actions: ClassVar[Mapping[str, Action]] = {}
    # The actions that answer in pages, and those whose rows the filters narrow.
    paged: ClassVar[frozenset[str]] = frozenset({"list"})
    filtered: ClassVar[frozenset[str]] = frozenset({"list"})
    # What an action reads of the query beside pages, filters and `fields`.
    parameters: ClassVar[Mapping[str, frozenset[str]]] = {}
    # The actions beside those of DELETE that read no body.
    bodiless: ClassVar[frozenset[str]] = frozenset()
    http_method_names: ClassVar[list[str]] = ["get", "post", "put", "patch", "delete", "head", "options"]  # type: ignore[misc]

    def get_permissions(self) -> list[Any]:
        action = self.staff_actions.get(self.action)
        return list(super().get_permissions()) if action is None else [staff_may(action)()]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if "chunked" in request.headers.get("Transfer-Encoding", "").lower() and not request.headers.get(
            "Content-Length"
        ):
            raise LengthRequired
        super().initial(request, *args, **kwargs)
        if request.query_params:
            require_known(request, self.known_parameters(), may_be_empty={CURSOR})
        if request.method == "DELETE" or self.action in self.bodiless:
            _require_no_body(request)
        # An answer that is given again comes before the check: the first one's change made its tag stale.
        self._guard(request)
        self._answer_once(request)

    def known_parameters(self) -> set[str]:
        """The names that the query of this action may have."""
        known = set(self.parameters.get(self.action, ()))
        if self.request.method not in READS:
            return known
        known.add(FIELDS)
        if self.action in self.paged and self.pagination_class is not None:
            known |= {CURSOR, PAGE, PAGE_SIZE}
        if self.action in self.filtered and (filters := getattr(self, "filterset_class", None)):
            known |= filters.base_filters.keys()
        return known

    def get_throttles(self) -> list[Any]:
        self.throttles_asked: list[Any] = super().get_throttles()
        return self.throttles_asked

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in rate_limit_headers(getattr(self, "throttles_asked", ())).items():
            response[name] = value
        return response

    def locked_version(self, **kwargs: Any) -> str:
        """The version of what a guarded action changes, with the rows locked that people could change meanwhile.

        Called in a transaction with what the address names; raises NotFound for what the caller may not see.
        """
        # Asked for actions in `guarded` alone: who names one there has to say what is locked for it.
        raise NotImplementedError

    def concluded(self, continuation: Continuation, **kwargs: Any) -> Response:
        """Answer the action at hand, whose effect was committed and has been carried on with, by this process or not.

        Called with what the address names; raises what is the outcome, such as a provider's refusal.
        """
        # Asked for actions that return a Continuation alone.
        raise NotImplementedError

    def _guard(self, request: Request) -> None:
        """Put the guarded form of the action into its place, where dispatch() looks for it next."""
        condition = if_match(request) if request.method in CHANGES else None
        name = cast(str, request.method).lower()
        action = getattr(self, name, None)
        if condition is None or action is None:
            return
        if self.action not in self.guarded:
            # To make the change all the same would break the word that the header asks for.
            raise ValidationError(
                {IF_MATCH: [_("This change is not checked against a version. Leave the header out.")]}
            )

        def guarded(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
            with transaction.atomic():
                condition.require(self.locked_version(**kwargs))
                answer: HttpResponse = action(request, *args, **kwargs)
                return answer

        setattr(self, name, guarded)

    def _answer_once(self, request: Request) -> None:
        """Put the idempotent form of the action into its place, where dispatch() looks for it next."""
        key = idempotency_key(request)
        name = cast(str, request.method).lower()
        action = getattr(self, name, None)
        if request.method not in CHANGES or action is None:
            return
        caller = caller_of(request) if key is not None and self.keeps_answers else None

        def concluded(continuation: Continuation, **kwargs: Any) -> Response:
            try:
                return self.concluded(continuation, **kwargs)
            except (DomainError, APIException) as error:
                return self.handle_exception(error)

        def once(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
            run = partial(action, request, *args, **kwargs)
            if key is not None and caller is not None:
                return answer_once(
                    run,
                    request=request,
                    caller=caller,
                    key=key,
                    render=partial(self._rendered, request),
                    conclude=partial(concluded, **kwargs),
                )
            answer: Response | Continuation = run()
            if not isinstance(answer, Continuation):
                return answer
            carry_on(answer)
            return concluded(answer, **kwargs)

        setattr(self, name, once)

    def _rendered(self, request: Request, response: Response) -> Response:
        self.finalize_response(request, response)
        return cast(Response, response.render())

    def read(
        self,
        serializer_class: type[BaseSerializer[Any]],
        *,
        data: Any = None,
        partial: bool = False,
        context: Mapping[str, Any] | None = None,
        document: Callable[[], Mapping[str, Any]] | None = None,
    ) -> dict[str, Any]:
        """Return the validated body, or the given data. Raises ValidationError naming every field that is wrong.

        With `document`, what the thing reads as now, a body may be that with changes: what is as it was read is no
        change, and what is only read and differs is refused.
        """
        context = {**self.get_serializer_context(), **(context or {})}
        body = self.request.data if data is None else data
        return cast(
            dict[str, Any],
            read_body(serializer_class, body, partial=partial, context=context, document=document),
        )

    def answer(
        self,
        serializer_class: type[BaseSerializer[Any]],
        instance: Any,
        *,
        status: int = 200,
        message: Any = None,
        many: bool = False,
        version: str | None = None,
        **context: Any,
    ) -> Response:
        """One thing, or with `many` all of a short list, written through a serializer.

        `version` is that of the rows which people edit, for If-Match.
        """
        response = Response(self._represented(serializer_class, instance, many=many, context=context), status=status)
        response.version = version  # type: ignore[attr-defined]
        return said(response, message)

    def filter_queryset(self, queryset: Any) -> Any:
        """Filters and sorts by what the address asks for; where it asks for nothing, no form is made to read it."""
        names = self.filterset_class.base_filters if getattr(self, "filterset_class", None) else {}
        return queryset if self.request.query_params.keys().isdisjoint(names) else super().filter_queryset(queryset)

    def page_of(self, rows: Any) -> list[Any]:
        """The rows of the page that was asked for."""
        return list(cast(Iterable[Any], self.paginate_queryset(rows)))

    def page_answer(self, serializer_class: type[BaseSerializer[Any]], rows: list[Any], **context: Any) -> Response:
        """A page's rows with the page's numbers beside them."""
        return self.get_paginated_response(self._represented(serializer_class, rows, many=True, context=context))

    def asks_for(self, *names: str) -> bool:
        """Whether a read is to show any of these fields; what is not shown need not be looked up."""
        selection = selection_of(self.request)
        return selection is None or not selection.keys().isdisjoint(names)

    def _represented(
        self, serializer_class: type[BaseSerializer[Any]], instance: Any, *, many: bool, context: dict[str, Any]
    ) -> Any:
        context = self.get_serializer_context() | context
        selection = selection_of(self.request)
        if selection is None:
            return written(serializer_class, instance, many=many, context=context)
        return selected(serializer_class(instance, many=many, context=context), selection)


def _require_no_body(request: Request) -> None:
    """Raise ValidationError for a body with anything in it."""
    # First as bytes: an idempotency key is held against these, and a stream is read once.
    if not read_bytes(request):
        return
    if not isinstance(body := request.data, Mapping):
        raise ValidationError({BODY: [ErrorDetail(_("Leave the body out: nothing is read from it."), "wrong_type")]})
    if body:
        raise ValidationError(unknown_names(body, ()))


def said(response: Response, message: Any) -> Response:
    """The response with a sentence for people in the envelope's `message`."""
    response.message = None if message is None else str(message)  # type: ignore[attr-defined]
    return response


def done(message: Any) -> Response:
    """An answer with nothing but a sentence: something was sent, ended or deleted."""
    return said(Response(None), message)
