"""One page with all settings of the shop, by group: each with its default, a way back to it, and its history."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from audit.selectors import changes_of
from audit.wording import tell
from core.actions import CoreAction
from core.admin.bases import SoukAdmin
from core.shop_settings.forms import SettingsForm
from core.shop_settings.models import ShopSetting
from core.shop_settings.registry import all_settings
from core.shop_settings.selectors import StoredSetting, stored_settings
from core.shop_settings.services import InvalidSettings, SettingsChanged, change_settings
from core.shop_settings.wording import value_text
from core.staff import holds

_RESET = "_reset"
_ADDRESS = reverse_lazy("admin:core_shopsetting_changelist")


@admin.register(ShopSetting)
class ShopSettingAdmin(SoukAdmin):
    """One page in place of the list and of each row's form; a row has a history of its own."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return holds(request.user, CoreAction.CHANGE_SHOP_SETTINGS)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return holds(request.user, CoreAction.VIEW_SHOP_SETTINGS)

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *_args: Any, **_kwargs: Any) -> Any:
        if object_id is None or not self.has_view_permission(request):
            raise PermissionDenied
        # Where a history leads back to; what is no row's key leads to the page.
        if self.get_object(request, unquote(object_id)) is None:
            return HttpResponseRedirect(_ADDRESS)
        return self.changelist_view(request)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            if not self.has_change_permission(request):
                raise PermissionDenied
            return self._reset(request) if _RESET in request.POST else self._save(request)
        return self._page(request, SettingsForm(stored_settings()))

    def _reset(self, request: HttpRequest) -> HttpResponse:
        setting = all_settings().get(request.POST[_RESET])
        if setting is None:
            return HttpResponseRedirect(_ADDRESS)
        form = SettingsForm(stored_settings(), request.POST)
        # What is wrong elsewhere in the form does not matter: of all of it only the version is read.
        form.is_valid()
        seen = {name: version for name, version in form.seen.items() if name == setting.name}
        try:
            if change_settings(values={}, resets=[setting.name], seen=seen):
                messages.success(request, _now("%(setting)s has its default again.") % {"setting": setting.label})
        except SettingsChanged as error:
            return self._page(request, self._after_a_colleague(request, error.details["settings"]))
        return HttpResponseRedirect(_ADDRESS)

    def _save(self, request: HttpRequest) -> HttpResponse:
        form = SettingsForm(stored_settings(), request.POST)
        if not form.is_valid():
            return self._page(request, form)
        try:
            changed = change_settings(values=form.changes, seen=form.seen)
        except InvalidSettings as error:
            for refusal in error.refusals:
                form.refuse(str(refusal.field), refusal)
        except SettingsChanged as error:
            form = self._after_a_colleague(request, error.details["settings"])
        else:
            self._tell(request, len(changed))
            return HttpResponseRedirect(_ADDRESS)
        return self._page(request, form)

    def _after_a_colleague(self, request: HttpRequest, late: list[str]) -> SettingsForm:
        """Return the form as it was typed, which saves over the colleague's values if it is sent once more."""
        stored = stored_settings()
        data = request.POST.copy()
        for name in late:
            data[f"seen-{name}"] = stored[name].version
        form = SettingsForm(stored, data)
        form.is_valid()
        for name in late:
            form.refuse(name, _told_of(stored[name]))
        return form

    def _tell(self, request: HttpRequest, count: int) -> None:
        if not count:
            messages.info(request, _now("Nothing was changed."))
            return
        told = ngettext("%(count)s setting was saved.", "%(count)s settings were saved.", count)
        messages.success(request, told % {"count": count})

    def _page(self, request: HttpRequest, form: SettingsForm) -> HttpResponse:
        may_change = self.has_change_permission(request)
        for field in form.fields.values():
            field.disabled = not may_change
        context = {
            **self.admin_site.each_context(request),
            "title": _("Shop settings"),
            "opts": self.opts,
            "form": form,
            "groups": form.groups(),
            "may_change": may_change,
            "media": self.media + form.media,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/shop_settings.html", context)


def _told_of(stored: StoredSetting) -> str:
    """Say what a setting is by now and who made it so."""
    changes = list(changes_of(model="core.shopsetting", object_id=stored.id)[:1]) if stored.is_set else []
    who = next((told.who for told in tell(changes, about="core.shopsetting")), "") or _now("Somebody")
    message = _now("%(who)s has set this to “%(value)s” in the meantime. Save again to write yours over it.")
    return message % {"who": who, "value": value_text(stored.setting, stored.value)}
