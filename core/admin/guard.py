"""No silent lost update: a form that was opened before somebody else's save does not undo that save.

Each form of a row carries the version of the row and its inline rows that it was opened with. Where the version is
another by the time of saving, nothing is written: the page shows what was changed meanwhile and by whom beside what was
typed, and saving once more is a decision.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import formats, timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _now

from audit.selectors import changes_of
from audit.tracked import DERIVED, SECRET, tracked_tables
from audit.wording import Told, tell
from core import clock
from core.versions import columns_of, version_of

SEEN = "_seen"
_MOST_TOLD = 10
_OPENED_AT = "_opened_before_a_change"
# The database's clock dates the changes, the web's the opening.
_CLOCKS_DIFFER = timedelta(seconds=2)


class LostUpdateGuard:
    """For a ModelAdmin. `guarded_rows()` names rows beside the inlines' that the form writes."""

    change_form_before_template: ClassVar[str] = "admin/parts/seen.html"

    def guarded_rows(self, obj: Model) -> list[QuerySet[Any]]:
        """Rows that belong to what the form shows of an object and are no inline's of their own."""
        return []

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        with transaction.atomic():
            # Read before the form reads its rows: what changes in between is told needlessly, never passed over.
            version = self._version(request, object_id, lock=request.method == "POST")
            seen, _space, opened_at = request.POST.get(SEEN, "").partition(" ")
            if version and seen and seen != version:
                setattr(request, _OPENED_AT, parse_datetime(opened_at) or clock.now())
            context = (extra_context or {}) | {"seen": f"{version} {clock.now().isoformat()}" if version else ""}
            return super().changeform_view(request, object_id, form_url, context)

    def get_form(self, request: HttpRequest, obj: Model | None = None, **kwargs: Any) -> type[forms.ModelForm]:
        form: type[forms.ModelForm] = super().get_form(request, obj, **kwargs)
        opened_at = getattr(request, _OPENED_AT, None)
        if opened_at is None or obj is None:
            return form
        told = self._told_of_changes(obj, since=opened_at)

        class Refused(form):
            def clean(self) -> dict[str, Any]:
                cleaned: dict[str, Any] = super().clean() or self.cleaned_data
                self.add_error(None, ValidationError(told))
                return cleaned

        return Refused

    def _version(self, request: HttpRequest, object_id: str | None, *, lock: bool) -> str:
        if object_id is None:
            return ""
        try:
            rows = self.model._default_manager.filter(pk=self.model._meta.pk.to_python(unquote(object_id)))
            obj = (rows.select_for_update(of=("self",), no_key=True) if lock else rows).get()
        except (self.model.DoesNotExist, ValidationError):
            return ""
        return version_of(*self._parts(request, obj))

    def _parts(self, request: HttpRequest, obj: Model) -> Iterator[Any]:
        yield _values(obj)
        for relation in obj._meta.many_to_many:
            yield sorted(map(str, getattr(obj, relation.name).values_list("pk", flat=True)))
        for inline in self.get_inline_instances(request, obj):
            key = inline.fk_name or _key_to(self.model, inline.model)
            yield [_values(row) for row in inline.model._default_manager.filter(**{key: obj}).order_by("pk")]
        for rows in self.guarded_rows(obj):
            yield [_values(row) for row in rows.order_by("pk")]

    def _told_of_changes(self, obj: Model, *, since: datetime) -> list[str]:
        told = [_now("This was changed after you opened it, so nothing was saved. Save again to write yours over it.")]
        label = self.opts.label_lower
        if label in tracked_tables():
            changes = changes_of(model=label, object_id=obj.pk).filter(created_at__gte=since - _CLOCKS_DIFFER)
            told += [line for one in tell(list(changes[:_MOST_TOLD]), about=label, known=[obj]) for line in _lines(one)]
        return told


def _key_to(parent: type[Model], part: type[Model]) -> str:
    """Name the foreign key by which an inline's model refers to its parent, of which the admin allows only one."""
    return next(field.name for field in part._meta.fields if field.related_model is parent)


def _lines(told: Told) -> list[str]:
    at = formats.date_format(timezone.localtime(told.change.created_at), "DATETIME_FORMAT")
    part = f"{told.name} · " if told.name else ""
    if not told.cells:
        return [f"{told.who}, {at}: {part}{told.change.get_operation_display()}"] if told.says else []
    return [f"{told.who}, {at}: {part}{one.label}: {one.before or '–'} → {one.after or '–'}" for one in told.cells]


def _values(row: Model) -> list[Any]:
    derived = [field.name for field in row._meta.concrete_fields if not field.editable and not field.primary_key]
    return [row.pk, *columns_of(row, without={*DERIVED, *SECRET, *derived})]
