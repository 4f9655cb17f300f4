"""One step on many rows of a list: a page that names them and asks, then a call of a service for each.

What a service refuses is told with its reason and its rows; the others are done. Sent twice, it has one effect.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _now
from django.utils.translation import ngettext

from accounts.models import User
from core.errors import DomainError

# What a request does within seconds, and a person can still look over.
MOST_ROWS = 200
_NAMED = 10


@dataclass(slots=True)
class Outcome:
    """How many rows a step was done on, and of the others by reason which they are."""

    done: int = 0
    refused: dict[str, list[str]] = field(default_factory=dict)

    def refuse(self, reason: Any, row: Any) -> None:
        self.refused.setdefault(str(reason), []).append(str(row))

    def tell(self, request: HttpRequest) -> None:
        """Put it into the page's messages."""
        if self.done or not self.refused:
            done = ngettext("Done for %(count)d row.", "Done for %(count)d rows.", self.done)
            messages.success(request, done % {"count": self.done})
        for reason, rows in self.refused.items():
            named = ", ".join(rows[:_NAMED]) + ("…" if len(rows) > _NAMED else "")
            text = ngettext(
                "Not done for %(count)d row: %(reason)s (%(rows)s)",
                "Not done for %(count)d rows: %(reason)s (%(rows)s)",
                len(rows),
            )
            messages.warning(request, text % {"count": len(rows), "reason": reason, "rows": named})


def each(rows: Iterable[Any], call: Callable[[Any], Any]) -> Outcome:
    """Call a service for each row, which is its own transaction; a refusal of one does not stop the others."""
    outcome = Outcome()
    for row in rows:
        try:
            call(row)
        except DomainError as error:
            outcome.refuse(error, row)
        else:
            outcome.done += 1
    return outcome


class BulkForm(forms.Form):
    """What a step on many rows asks."""

    title: ClassVar[Any]
    submit: ClassVar[Any]
    intro: ClassVar[Any] = ""
    danger: ClassVar[bool] = False

    def take(self, *, rows: Sequence[Any], actor: User) -> Outcome:
        """Call the services and say what became of each row. Raises DomainError if nothing could be done at all."""
        raise NotImplementedError


class BulkMixin:
    """For a ModelAdmin with actions whose methods return `bulk_page`."""

    def bulk_page(
        self, request: HttpRequest, queryset: QuerySet[Any], form_class: type[BulkForm]
    ) -> HttpResponse | None:
        """Ask first; take the step when the page that asks is sent. None leads back to the list with a message."""
        rows = list(queryset[: MOST_ROWS + 1])
        if len(rows) > MOST_ROWS:
            messages.error(request, _now("Choose %(count)d rows at most.") % {"count": MOST_ROWS})
            return None
        form = form_class(request.POST if "confirmed" in request.POST else None)
        if form.is_bound and form.is_valid():
            try:
                form.take(rows=rows, actor=request.user).tell(request)
            except DomainError as error:
                messages.error(request, str(error))
            return HttpResponseRedirect(request.get_full_path())
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": form.title,
            "form": form,
            "media": form.media,
            "rows": rows,
            "action": request.POST["action"],
            "checkbox": ACTION_CHECKBOX_NAME,
            "back": request.get_full_path(),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/bulk.html", context)
