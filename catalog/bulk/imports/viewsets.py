"""Imports of products by file through the API, for staff; the work is done in the background."""

from pathlib import PurePath
from uuid import UUID

from django.conf import settings
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from catalog.actions import CatalogAction
from catalog.bulk.imports.models import ImportJob
from catalog.bulk.imports.serializers import ImportInput, ImportOutput, RefusalOutput
from catalog.bulk.imports.services import cancel_import, import_file
from catalog.media.parsers import UploadParser
from core.api.parsers import DecimalJSONParser
from core.api.viewsets import ApiViewSet


class ProductImportViewSet(ApiViewSet):
    """Files of products, imported batch by batch; staff see each other's."""

    staff_actions = dict.fromkeys(("list", "create", "retrieve", "refusals", "cancel"), CatalogAction.IMPORT_PRODUCTS)
    paged = frozenset({"list", "refusals"})
    bodiless = frozenset({"cancel"})
    parser_classes = [UploadParser, DecimalJSONParser]
    # Of the body's length, before anything is read.
    most_body_bytes = settings.IMPORT_MAX_BYTES + settings.FORM_MAX_BYTES
    queryset = ImportJob.objects.order_by("-id")

    @extend_schema(summary="List product imports", responses=ImportOutput(many=True))
    def list(self, request: Request) -> Response:
        """The newest first. Imports that ended are forgotten after `IMPORT_KEEP_DAYS`."""
        return self.page_answer(ImportOutput, self.page_of(self.get_queryset()))

    @extend_schema(
        summary="Import products from a file",
        request={"multipart/form-data": ImportInput},
        responses={202: OpenApiResponse(ImportOutput, "The file is queued; `Location` has the address of the import.")},
    )
    def create(self, request: Request) -> Response:
        """Columns and readability are checked at once; rows in the background, where good ones are saved and bad ones
        listed. Send an `Idempotency-Key`: nothing else tells a repeated request from a second import."""
        fields = self.read(ImportInput)
        upload = fields["file"]
        job = import_file(
            content=upload.read(),
            file_name=upload.name,
            file_format=fields.get("format") or PurePath(upload.name).suffix[1:].lower(),
            started_by_id=request.user.pk,
            language=get_language() or settings.LANGUAGE_CODE,
        )
        response = self.answer(ImportOutput, job, status=202)
        response["Location"] = reverse("api:product_import", args=[job.pk], request=request)
        return response

    @extend_schema(summary="Retrieve a product import", responses=ImportOutput)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        return self.answer(ImportOutput, get_object_or_404(self.get_queryset(), pk=pk))

    @extend_schema(summary="List the refused rows of a product import", responses=RefusalOutput(many=True))
    def refusals(self, request: Request, pk: UUID) -> Response:
        """One entry a column, by row. Of more than 1,000 only the number of rows is kept, as `failed`."""
        job = get_object_or_404(self.get_queryset(), pk=pk)
        return self.page_answer(RefusalOutput, self.page_of(job.refusals.order_by("row", "id")))

    @extend_schema(summary="Cancel a product import", request=None, responses=ImportOutput)
    def cancel(self, request: Request, pk: UUID) -> Response:
        """Rows that are saved stay as they are; the rest of the file is forgotten."""
        return self.answer(ImportOutput, cancel_import(job_id=pk))
