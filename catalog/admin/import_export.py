"""Products in files: the list leaves as one, and one comes in after a look at what it would change."""

import re
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from import_export.admin import ImportExportMixin
from import_export.fields import Field
from import_export.forms import ConfirmImportForm
from import_export.resources import Resource
from import_export.results import Error, Result
from import_export.tmp_storages import BaseStorage
from tablib import Dataset
from unfold.contrib.import_export.forms import ExportForm, ImportForm

from catalog.actions import CatalogAction
from catalog.bulk.imports.files import FORMATS, Table, numbered_rows
from catalog.bulk.imports.models import ImportFile
from catalog.bulk.imports.services import queue_import
from catalog.bulk.portable import COLUMNS, MOST_ROWS, Line, counts_of, export_rows, import_rows
from catalog.bulk.services import Outcome
from catalog.models import Product
from core.admin.display import Badge
from core.errors import DomainError, InvalidInput, NotFound
from core.staff import holds

# More lines than a person looks over; the counts tell of all.
_SHOWN = 200
_NAME = re.compile(r"[0-9a-f]{32}")
_GONE = _("The file is no longer here. Choose it again.")
_BADGES = {
    Outcome.REFUSED: Badge(_("Wrong"), "danger"),
    Outcome.CREATED: Badge(_("New"), "success"),
    Outcome.UPDATED: Badge(pgettext_lazy("row of a file", "Changed"), "info"),
    Outcome.UNCHANGED: Badge(_("Unchanged"), "default"),
}


class FileResult(Result):
    """What became of the lines of a file, for the page that asks and the one that tells."""

    lines: list[Line] = []
    # Whether these are only the first rows of a file that is imported in the background.
    goes_on = False

    def has_validation_errors(self) -> bool:
        """Whether a row keeps the file out; in the background good rows are saved and bad ones listed."""
        return not self.goes_on and any(line.outcome is Outcome.REFUSED for line in self.lines)

    @cached_property
    def tallies(self) -> list[tuple[Badge, int]]:
        counts = counts_of(self.lines)
        return [(badge, counts[outcome]) for outcome, badge in _BADGES.items()]

    @cached_property
    def can_be_confirmed(self) -> bool:
        return self.goes_on or any(line.outcome in (Outcome.CREATED, Outcome.UPDATED) for line in self.lines)

    @cached_property
    def shown(self) -> list[tuple[Badge, Line]]:
        """The lines worth a look, the wrong ones first."""
        ranked = [(badge, line) for outcome, badge in _BADGES.items() for line in self._of(outcome)]
        return ranked[:_SHOWN]

    @cached_property
    def hidden(self) -> int:
        return sum(line.outcome is not Outcome.UNCHANGED for line in self.lines) - len(self.shown)

    def _of(self, outcome: Outcome) -> list[Line]:
        if outcome is Outcome.UNCHANGED:
            return []
        return [line for line in self.lines if line.outcome is outcome]


class ProductResource(Resource):
    """Between the library's pages and the catalogue's own rules: no row is written by the library."""

    @classmethod
    def get_display_name(cls) -> str:
        return str(Product._meta.verbose_name_plural)

    def get_import_fields(self) -> list[Field]:
        return [Field(column_name=name) for name in COLUMNS]

    def import_data(self, dataset: Table, dry_run: bool = False, first_row: int = 1, **kwargs: Any) -> FileResult:
        """All of the file in one transaction, which stays only if every line is good and this is no rehearsal."""
        result = FileResult()
        result.goes_on = dataset.goes_on
        rows = numbered_rows(dataset, first_row)
        with transaction.atomic():
            try:
                with transaction.atomic():
                    result.lines = import_rows(rows=rows)
            except DomainError as error:
                result.append_base_error(Error(error))
            if dry_run or result.has_errors() or result.has_validation_errors():
                transaction.set_rollback(True)
        return result

    def export(self, queryset: QuerySet[Product] | None = None, **kwargs: Any) -> Dataset:
        dataset = Dataset(headers=COLUMNS)
        products = Product.objects.all() if queryset is None else queryset
        for row in export_rows(products=products):
            dataset.append([row[name] for name in COLUMNS])
        return dataset


class ProductImportForm(ImportForm):
    """A file, its size looked at before it is read."""

    def clean_import_file(self) -> UploadedFile:
        upload: UploadedFile = self.cleaned_data["import_file"]
        if (upload.size or 0) > settings.IMPORT_MAX_BYTES:
            message = _("The file is larger than %(most)d MB. Split it.")
            raise ValidationError(message, code="too_large", params={"most": _most_megabytes()})
        return upload


class UploadStorage(BaseStorage):
    """Between the look and the confirmation a file waits in the database, where every worker finds it, for a day."""

    def save(self, data: bytes) -> None:
        self.name = ImportFile.objects.create(content=data).pk.hex

    def read(self) -> bytes:
        content = self._waiting().values_list("content", flat=True).first()
        return bytes(content or b"")

    def remove(self) -> None:
        self._waiting().delete()

    def _waiting(self) -> QuerySet[ImportFile]:
        return ImportFile.objects.filter(pk=self.name, job=None)


class ProductConfirmForm(ConfirmImportForm):
    """Names the file that waits; what is changed by hand on the way is told, as a browser would not."""

    format = forms.ChoiceField(
        choices=[(str(index), index) for index in range(len(FORMATS))],
        widget=forms.HiddenInput(),
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), _("There is no such format. Choose the file again.")
        ),
    )
    resource = forms.ChoiceField(
        choices=[("0", 0)],
        required=False,
        widget=forms.HiddenInput(),
        error_messages={"invalid_choice": _("Only products come in here. Choose the file again.")},
    )

    def clean_import_file_name(self) -> str:
        name: str = self.cleaned_data["import_file_name"]
        if not _NAME.fullmatch(name) or not UploadStorage(name=name).read():
            raise ValidationError(_GONE, code="gone")
        return name

    @property
    def refusal(self) -> str:
        """Why this is no confirmation."""
        told = self.errors.get("format") or self.errors.get("resource")
        return str(_GONE) if "import_file_name" in self.errors or not told else str(told[0])


class ProductFiles(ImportExportMixin):
    """For the admin of products: the pages of import and export."""

    formats = FORMATS
    resource_classes: ClassVar[list[type[Resource]]] = [ProductResource]
    import_form_class = ProductImportForm
    confirm_form_class = ProductConfirmForm
    export_form_class = ExportForm
    import_template_name = "admin/catalog/product/import.html"
    export_template_name = "admin/catalog/product/export.html"
    tmp_storage_class = UploadStorage
    to_encoding = "utf-8"

    def has_import_permission(self, request: HttpRequest) -> bool:
        return holds(request.user, CatalogAction.IMPORT_PRODUCTS)

    def has_export_permission(self, request: HttpRequest) -> bool:
        return holds(request.user, CatalogAction.EXPORT_PRODUCTS)

    def get_import_data_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        form = kwargs["form"]
        return {"first_row": FORMATS[int(form.cleaned_data["format"])].first_row}

    def get_import_context_data(self, **kwargs: Any) -> dict[str, Any]:
        bounds = {"at_once": MOST_ROWS, "most_rows": settings.IMPORT_MAX_ROWS, "most_megabytes": _most_megabytes()}
        return bounds | {"columns": COLUMNS} | self._ways()

    def get_export_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {"most_rows": MOST_ROWS, "columns": COLUMNS} | self._ways()

    def add_data_read_fail_error_to_form(self, form: forms.Form, e: Exception) -> None:
        form.add_error("import_file", _unreadable(e))

    def get_export_data(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().get_export_data(*args, **kwargs)
        except InvalidInput as error:
            # What the page of the export tells.
            raise ValueError(str(error)) from error

    @method_decorator(require_POST)
    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not self.has_import_permission(request):
            raise PermissionDenied
        form = self.create_confirm_form(request)
        if not form.is_valid():
            return self._choose_again(request, form.refusal)
        upload = UploadStorage(name=form.cleaned_data["import_file_name"])
        try:
            dataset = FORMATS[int(form.cleaned_data["format"])]().create_dataset(upload.read())
        except Exception as error:  # noqa: BLE001  (as at the look: of another format anything may go wrong)
            return self._choose_again(request, _unreadable(error))
        if dataset.goes_on:
            return self._queue(request, form)
        result = self.process_dataset(dataset, form, request, **kwargs)
        upload.remove()
        return self.process_result(result, request)

    def _queue(self, request: HttpRequest, form: ProductConfirmForm) -> HttpResponse:
        try:
            job = queue_import(
                file_id=UUID(form.cleaned_data["import_file_name"]),
                file_format=FORMATS[int(form.cleaned_data["format"])]().get_extension(),
                file_name=form.cleaned_data["original_file_name"],
                started_by_id=request.user.pk,
                language=get_language() or settings.LANGUAGE_CODE,
            )
        except NotFound:
            return self._choose_again(request, str(_GONE))
        return HttpResponseRedirect(reverse("admin:catalog_importjob_change", args=[job.pk]))

    def _choose_again(self, request: HttpRequest, told: str) -> HttpResponse:
        messages.error(request, told)
        return HttpResponseRedirect(self._ways()["again"])

    def process_result(self, result: FileResult, request: HttpRequest) -> HttpResponse:
        """Back to the list; or the page again if something became wrong since the look."""
        if result.has_errors() or result.has_validation_errors():
            form = ProductImportForm(FORMATS, self.resource_classes)
            context = {
                **self.admin_site.each_context(request),
                **self.get_import_context_data(),
                "title": _("Import"),
                "opts": self.opts,
                "form": form,
                "media": self.media + form.media,
                "result": result,
            }
            request.current_app = self.admin_site.name
            return TemplateResponse(request, self.import_template_name, context)
        counts = counts_of(result.lines)
        told = _now("Imported. New: %(created)d, changed: %(updated)d, unchanged: %(unchanged)d.")
        messages.success(request, told % counts)
        return HttpResponseRedirect(self._ways()["back"])

    def _ways(self) -> dict[str, str]:
        ways = {"back": "changelist", "again": "import", "confirm": "process_import"}
        found = {name: reverse(f"admin:catalog_product_{page}") for name, page in ways.items()}
        return found | {"jobs": reverse("admin:catalog_importjob_changelist")}


def _most_megabytes() -> int:
    most: int = settings.IMPORT_MAX_BYTES
    return most // 1024 // 1024


def _unreadable(error: Exception) -> str:
    if isinstance(error, DomainError):
        return str(error)
    return _now("This file cannot be read. Choose the format that it has; CSV is in UTF-8.")
