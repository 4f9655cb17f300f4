"""The API's entry points to the shop: what everybody may know of it, and its settings for staff."""

from django.conf import settings
from django.contrib.auth import get_user_model
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from core.actions import CoreAction
from core.api.viewsets import ApiViewSet
from core.shop import SHOP_NAME, contact_details
from core.shop_settings.models import ShopSetting
from core.shop_settings.selectors import stored_settings, version_of_settings
from core.shop_settings.serializers import ShopOutput, ShopSettingOutput, ShopSettingsInput
from core.shop_settings.services import change_settings, lock_settings
from core.web.context_processors import OWN_NAMES


class ShopViewSet(ApiViewSet):
    """The shop itself."""

    permission_classes = (AllowAny,)
    is_public = True
    queryset = get_user_model().objects.none()

    @extend_schema(summary="Retrieve the shop", responses=ShopOutput)
    def retrieve(self, request: Request) -> Response:
        """Its name in the caller's language, how to reach it, its currency and its languages."""
        shop = {
            "name": SHOP_NAME.text,
            "url": settings.SHOP_URL,
            "currency": settings.SHOP_CURRENCY,
            "country": settings.SHOP_COUNTRY,
            "languages": [{"code": code, "name": OWN_NAMES.get(code, code)} for code, _name in settings.LANGUAGES],
            "contact": contact_details(),
        }
        return self.answer(ShopOutput, shop)


class ShopSettingsViewSet(ApiViewSet):
    """What staff decides about the shop. Each change is in the audit, with who made it."""

    queryset = ShopSetting.objects.all()
    # Few enough for one answer, which is the version that If-Match asks for.
    pagination_class = None
    filter_backends = ()
    guarded = frozenset({"partial_update"})
    staff_actions = {
        "retrieve": CoreAction.VIEW_SHOP_SETTINGS,
        "partial_update": CoreAction.CHANGE_SHOP_SETTINGS,
    }

    @extend_schema(summary="List the shop settings", responses=ShopSettingOutput(many=True))
    def retrieve(self, request: Request) -> Response:
        """All of them at once, by group; the ETag is the version of all."""
        return self._answer()

    @extend_schema(summary="Update shop settings", request=ShopSettingsInput, responses=ShopSettingOutput(many=True))
    def partial_update(self, request: Request) -> Response:
        """Sets the settings that are given, all or none, and leaves the others; null gives one its default again.

        With If-Match nothing is written over that a colleague has changed since.
        """
        given = self.read(ShopSettingsInput)
        values = {name: value for name, value in given.items() if value is not None}
        change_settings(values=values, resets=[name for name, value in given.items() if value is None])
        return self._answer()

    def locked_version(self) -> str:
        lock_settings()
        return version_of_settings(stored_settings())

    def _answer(self) -> Response:
        stored = stored_settings()
        return self.answer(ShopSettingOutput, stored.values(), many=True, version=version_of_settings(stored))
