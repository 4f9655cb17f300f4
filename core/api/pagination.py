"""Pages of a list; the numbers go into the envelope's `pagination`."""

from typing import Any

from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response

from core.api.schema import PAGINATED


class PagePagination(PageNumberPagination):
    """`?page=2&page_size=50`, at most 100 a page."""

    page_size_query_param = "page_size"
    max_page_size = 100

    def get_paginated_response(self, data: Any) -> Response:
        response = Response(data)
        if self.page is None:
            raise RuntimeError("paginate_queryset() comes first")
        paginator = self.page.paginator
        response.pagination = {  # type: ignore[attr-defined]
            "page": self.page.number,
            "page_size": paginator.per_page,
            "total": paginator.count,
            "pages": paginator.num_pages,
            "next": self.get_next_link(),
            "previous": self.get_previous_link(),
        }
        return response

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        # The envelope around it is added for every operation by core.api.schema.
        return {**schema, PAGINATED: True}
