"""Pages of a list, by number or by cursor; where one is goes into the envelope's `pagination`."""

from typing import Any, cast

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.utils.urls import replace_query_param

from core.api.cursors import Cursor, total_ordering, turned
from core.api.filters import UPDATED_SINCE
from core.api.parameters import whole_number
from core.api.schema import PAGINATED
from core.errors import InvalidInput

CURSOR, PAGE, PAGE_SIZE = "cursor", "page", "page_size"
# The database reads and drops every row that a page's number skips.
MAX_SKIPPED = 10_000
_PAGE_SIZE = cast(int, api_settings.PAGE_SIZE)
# Further than any page that may be skipped to.
_MOST_PAGES = 999_999_999


class PagePagination(PageNumberPagination):
    """`?page=2&page_size=50`, or `?cursor=` and then the `next` of every answer; at most 100 rows a page.

    With a cursor nothing is counted, and a page costs the same at any depth.
    """

    page_query_param = PAGE
    page_size_query_param = PAGE_SIZE
    max_page_size = 100
    request: Request

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        self.request = request
        self.around: tuple[Cursor | None, Cursor | None] | None = None
        if UPDATED_SINCE in request.query_params and PAGE not in request.query_params:
            # Rows that change while one reads move to the end, from under the number of a page but not of a cursor.
            return self._beside(queryset, request, request.query_params.get(CURSOR, ""))
        if CURSOR not in request.query_params:
            # A list that knows a better way to be cut and counted brings it along.
            self.django_paginator_class = getattr(queryset, "paginator_class", Paginator)
            return super().paginate_queryset(queryset, request, view)
        if self.page_query_param in request.query_params:
            raise ValidationError({CURSOR: [_("Give a page or a cursor, not both.")]})
        return self._beside(queryset, request, request.query_params[CURSOR])

    def get_page_size(self, request: Request) -> int:
        return whole_number(request, PAGE_SIZE, most=self.max_page_size) or _PAGE_SIZE

    def get_page_number(self, request: Request, paginator: Any) -> int:
        number = whole_number(request, PAGE, most=_MOST_PAGES) or 1
        if (number - 1) * paginator.per_page >= MAX_SKIPPED:
            message = _("Pages end after %(count)s rows. Start with an empty cursor and follow `next`: %(example)s")
            told = message % {"count": MAX_SKIPPED, "example": "?cursor="}
            raise ValidationError({PAGE: [ErrorDetail(told, "max_value")]})
        return number

    def get_paginated_response(self, data: Any) -> Response:
        response = Response(data)
        response.pagination = self._place() if self.around is None else self._place_of_cursor(*self.around)  # type: ignore[attr-defined]
        return response

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        # The envelope around it is added for every operation by core.api.schema.
        return {**schema, PAGINATED: True}

    def _beside(self, rows: "QuerySet[Any]", request: Request, text: str) -> list[Any]:
        """One row more than the page tells whether there is another page."""
        ordering, size = total_ordering(rows), self.get_page_size(request)
        try:
            cursor = Cursor.decode(text, ordering) if text else None
        except InvalidInput as error:
            message = _("This cursor is not of this list and sorting. Start again with an empty one.")
            raise ValidationError({CURSOR: [message]}, code=error.code) from error
        is_back = cursor is not None and cursor.is_back
        beyond = rows.filter(cursor.condition()) if cursor else rows
        found = list(beyond.order_by(*(turned(ordering) if is_back else ordering))[: size + 1])
        page, has_more = found[:size], len(found) > size
        if is_back:
            page.reverse()
        self.size = size
        self.around = (
            Cursor.at(page[0], ordering, is_back=True) if page and (has_more if is_back else cursor) else None,
            Cursor.at(page[-1], ordering) if page and (is_back or has_more) else None,
        )
        return page

    def _place(self) -> dict[str, Any]:
        if self.page is None:
            raise RuntimeError("paginate_queryset() comes first")
        paginator = self.page.paginator
        return {
            "page": self.page.number,
            "page_size": paginator.per_page,
            "total": paginator.count,
            "pages": paginator.num_pages,
            "next": self.get_next_link(),
            "previous": self.get_previous_link(),
        }

    def _place_of_cursor(self, before: Cursor | None, after: Cursor | None) -> dict[str, Any]:
        unknown = dict.fromkeys(("page", "total", "pages"))
        return {**unknown, "page_size": self.size, "next": self._link(after), "previous": self._link(before)}

    def _link(self, cursor: Cursor | None) -> str | None:
        if cursor is None:
            return None
        return str(replace_query_param(self.request.build_absolute_uri(), CURSOR, cursor.encode()))

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [*super().get_schema_operation_parameters(view), _CURSOR_PARAMETER]


_CURSOR_PARAMETER = {
    "name": CURSOR,
    "required": False,
    "in": "query",
    "description": (
        "Instead of a page: empty for the first rows, then as in the answer's `next`. Costs the same at any depth and "
        "is not disturbed by new rows; `page`, `pages` and `total` are null."
    ),
    "schema": {"type": "string"},
}
