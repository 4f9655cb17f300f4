"""The API's door to the list of those who wait for an item."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from carts.headers import caller
from core.api.viewsets import ApiViewSet, done
from core.errors import InvalidInput
from notifications.models import BackInStockNotice
from notifications.notices import ask_notice, asked_message, open_notices, withdraw_notice
from notifications.serializers import NoticeInput, NoticeOutput

_DONE = OpenApiResponse(description="Done; `message` says what.")


class StockNoticeViewSet(ApiViewSet):
    """Being told once when a sold-out variant is back."""

    queryset = BackInStockNotice.objects.none()

    def get_permissions(self) -> list[Any]:
        return [AllowAny() if self.action == "create" else IsAuthenticated()]

    def get_throttles(self) -> list[Any]:
        self.throttle_scope = "notice" if self.action == "create" else None
        return super().get_throttles()

    @extend_schema(summary="List stock notices", responses=NoticeOutput(many=True))
    def list(self, request: Request) -> Response:
        """One's own open notices, the newest first."""
        return self.page_answer(
            NoticeOutput, self.page_of(open_notices(customer=request.user).select_related("variant"))
        )

    @extend_schema(
        summary="Request a stock notice",
        request=NoticeInput,
        responses={202: _DONE, 409: OpenApiResponse(description="It is in stock.")},
    )
    def create(self, request: Request) -> Response:
        """For a sold-out variant. The answer is the same for every address, on the list before or not.

        A guest's address, and a customer's that is not confirmed, gets a mail with a link; nothing else is sent there
        until its reader follows it.
        """
        customer, body = caller(request), self.read(NoticeInput)
        if not (customer and customer.email) and not body.get("email"):
            raise InvalidInput(_("This field is required."), code="required", field="email")
        is_theirs = ask_notice(variant_id=body["variant_id"], email=body.get("email", ""), customer=customer)
        response = done(asked_message(is_theirs=is_theirs))
        response.status_code = 202
        return response

    @extend_schema(summary="Cancel a stock notice", responses={200: _DONE})
    def destroy(self, request: Request, variant_id: UUID) -> Response:
        """Takes who is logged in off the list of a variant; guests follow the link in the mail."""
        withdraw_notice(variant_id=variant_id, customer=request.user)
        return done(_("We will not write to you about it."))
