"""Imports of products as the API takes and shows them."""

from typing import Any

from rest_framework import serializers

from catalog.bulk.imports.files import EXTENSIONS
from catalog.bulk.imports.models import ImportJob, ImportRefusal


class ImportInput(serializers.Serializer[Any]):
    """A file of products, sent as a form."""

    # What is empty is refused by the service, as a file without rows.
    file = serializers.FileField(
        allow_empty_file=True, max_length=255, help_text="CSV, XLSX or JSON, with the columns of the export."
    )
    format = serializers.ChoiceField(
        choices=list(EXTENSIONS), required=False, help_text="By default the ending of the file's name."
    )


class ImportOutput(serializers.ModelSerializer[ImportJob]):
    """How far an import is. `rows_total` is unknown until a worker has read the file."""

    class Meta:
        model = ImportJob
        fields = (
            "id",
            "state",
            "file_name",
            "file_format",
            "created_at",
            "finished_at",
            "rows_total",
            "rows_done",
            "created",
            "updated",
            "unchanged",
            "failed",
            "error",
        )
        read_only_fields = fields
        extra_kwargs = {
            "created": {"help_text": "Rows that added a variant."},
            "updated": {"help_text": "Rows that changed a variant."},
            "unchanged": {"help_text": "Rows that say what the shop has already."},
            "failed": {"help_text": "Rows that were refused."},
            "error": {"help_text": "Why the import as a whole failed, in the language of the request that began it."},
        }


class RefusalOutput(serializers.ModelSerializer[ImportRefusal]):
    """A column of a row that was refused."""

    class Meta:
        model = ImportRefusal
        fields = ("row", "sku", "column", "code", "message")
        read_only_fields = fields
        extra_kwargs = {
            "row": {"help_text": "Its number in the file, as a spreadsheet counts."},
            "code": {"help_text": "Stable, for machines."},
            "message": {"help_text": "For people, in the language of the request that began the import."},
        }
