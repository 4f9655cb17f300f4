"""The history of one row: what the audit recorded of it and of its parts, newest first, in the reader's words."""

from typing import Any

from django.contrib.admin.options import ModelAdmin
from django.contrib.admin.views.main import PAGE_VAR
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _now

from audit.models import Change
from audit.selectors import changes_of
from audit.wording import tell
from core.admin.display import Badge

_PER_PAGE = 50
_COLOURS = {Change.Operation.INSERT: "success", Change.Operation.UPDATE: "info", Change.Operation.DELETE: "danger"}


def history_page(admin: "ModelAdmin[Any]", request: HttpRequest, row: Model) -> HttpResponse:
    """The page. A fixed number of queries, and one for each model that is named."""
    label = admin.opts.label_lower
    pages = admin.get_paginator(request, changes_of(model=label, object_id=row.pk), _PER_PAGE)
    page = pages.get_page(request.GET.get(PAGE_VAR, 1))
    context = {
        **admin.admin_site.each_context(request),
        "title": _now("History of %(row)s") % {"row": row},
        "opts": admin.opts,
        "original": row,
        "page": page,
        "pages": pages.get_elided_page_range(page.number),
        "page_var": PAGE_VAR,
        "entries": [
            (told, change_badge(told.change)) for told in tell(list(page), about=label, known=[row]) if told.says
        ],
    }
    request.current_app = admin.admin_site.name
    return TemplateResponse(request, "admin/history.html", context)


def change_badge(change: Change) -> Badge:
    """What was done to the row, with its colour."""
    return Badge(change.get_operation_display(), _COLOURS[Change.Operation(change.operation)])
