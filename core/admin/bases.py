"""The admin classes that every app's admin extends."""

from typing import Any

import unfold.admin
from django.conf import settings
from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ERROR_FLAG
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import DataError
from django.db.models import Field, Model
from django.forms import Field as FormField
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from modeltranslation.admin import TranslationAdmin
from unfold.views import ChangeList

from audit.tracked import tracked_tables
from core.admin.filters import UnreadableFilter, check_choice
from core.admin.guard import LostUpdateGuard
from core.admin.history import history_page

# Nobody turns two hundred pages; whoever looks for more narrows the list by a filter or a search.
MOST_COUNTED = 10_000


class BoundedPaginator(Paginator):
    """Counts no further than MOST_COUNTED rows, so that a list of millions opens as quickly as one of hundreds."""

    @cached_property
    def count(self) -> int:
        return self.object_list.order_by().values("pk")[:MOST_COUNTED].count()


class SoukChangeList(ChangeList):
    """Says how many rows there are without a second count where nothing narrows the list."""

    def get_filters(self, request: HttpRequest) -> tuple[Any, ...]:
        found = super().get_filters(request)
        for spec in found[0]:
            check_choice(spec)
        return found

    def get_results(self, request: HttpRequest) -> None:
        try:
            super().get_results(request)
        except (DataError, OverflowError) as error:
            # What no column can hold: a NUL, a number of thirty digits.
            raise IncorrectLookupParameters(error) from error
        if not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count


class SoukAdmin(LostUpdateGuard, unfold.admin.ModelAdmin):
    """What all lists and forms share: bounded counts, one page of fifty, a warning before changes are lost."""

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_filter_submit = True
    compressed_fields = True
    warn_unsaved_form = True

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return SoukChangeList

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The list as it was asked for. Django shows the whole one where it cannot, and here staff is told so."""
        try:
            return super().get_changelist_instance(request)
        except IncorrectLookupParameters as error:
            if ERROR_FLAG not in request.GET:
                general = _("The filter could not be read, so the whole list is shown.")
                messages.error(request, str(error) if isinstance(error, UnreadableFilter) else general)
            raise

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What the audit recorded of the row, for who may look at it; Django's log of forms where none is kept."""
        if self.opts.label_lower not in tracked_tables():
            return super().history_view(request, object_id, extra_context)
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        return history_page(self, request, row)


class ReadOnly:
    """For rows that only services write: everybody who may look may look, nobody may add, change or delete."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Who may take steps on a row (its change permission) may look at it, too."""
        opts = self.opts
        return any(request.user.has_perm(f"{opts.app_label}.{do}_{opts.model_name}") for do in ("view", "change"))


class ReadOnlyAdmin(ReadOnly, SoukAdmin):
    """A list and a page to look at."""

    actions = None
    warn_unsaved_form = False

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> TemplateResponse:
        # Django's log of forms saved in the admin stays empty here.
        recorded = self.opts.label_lower in tracked_tables()
        return super().render_change_form(request, context | {"show_history": recorded}, **kwargs)


class TabularInline(unfold.admin.TabularInline):
    """Rows of a parent on a tab of their own, without an empty row that nobody asked for."""

    extra = 0
    tab = True
    hide_title = True


class TranslatedAdmin(SoukAdmin, TranslationAdmin):
    """A form with the content of each language on a tab; see `language_tabs`."""

    change_form_template = "admin/translated_change_form.html"

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> FormField | None:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        language = getattr(db_field, "language", None)
        if field is not None and language:
            # The tab says the language; the label need not.
            field.label = capfirst(db_field.translated_field.verbose_name)
            field.widget.attrs |= {"lang": language, "dir": direction(language)}
        return field


def direction(language: str) -> str:
    """How the language is written, as HTML's `dir` has it."""
    return "rtl" if language in settings.LANGUAGES_BIDI else "ltr"


def language_tabs(*fields: str) -> list[tuple[Any, dict[str, Any]]]:
    """Fieldsets that unfold shows as tabs, one a language. They need no jQuery UI, which would come from the net."""
    return [
        (name, {"classes": ["tab"], "fields": [f"{field}_{code}" for field in fields]})
        for code, name in settings.LANGUAGES
    ]


LANGUAGE_TABS = language_tabs("name", "description")
