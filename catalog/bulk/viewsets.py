"""Many products in one call through the API: each row read by itself, so that a bad one does not stop the others."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions import CatalogAction
from catalog.bulk.services import MAX_ROWS, Origin, Outcome, Row, RowError, currencies_of, upsert_products
from catalog.models import Product
from catalog.plain_inputs import PlainInput
from catalog.serializers import TextsInput
from core.api.faults import faults_of
from core.api.fields import MoneyField
from core.api.reading import validated
from core.api.shape import unknown_names
from core.api.viewsets import ApiViewSet


class ProductRowInput(PlainInput, TextsInput):
    """A product to add or change, known by `source` and `source_key`, or else by `sku`.

    What is left out stays as it is; a new product needs `name_en`, `category`, `sku` and `base_price`, and is a draft
    unless `is_active` says otherwise.
    """

    category = serializers.CharField(max_length=220, help_text="Id or slug.")
    sku = serializers.CharField(max_length=100)
    base_price = MoneyField()
    compare_at_price = MoneyField(required=False, allow_null=True)
    source = serializers.CharField(  # type: ignore[assignment]
        max_length=64, required=False, help_text="System that the row comes from, such as `erp`."
    )
    source_key = serializers.CharField(max_length=255, required=False, help_text="Key of the row in that system.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("source" in attrs) != ("source_key" in attrs):
            missing = "source_key" if "source" in attrs else "source"
            message = self.fields[missing].error_messages["required"]
            raise serializers.ValidationError({missing: [message]}, code="required")
        return attrs


class ProductRowsInput(serializers.Serializer[Any]):
    """Up to 1,000 rows."""

    rows = ProductRowInput(many=True)


class AtomicInput(serializers.Serializer[Any]):
    atomic = serializers.BooleanField(default=False, help_text="Whether one invalid row rejects all rows.")


class RowErrorOutput(serializers.Serializer[Any]):
    field = serializers.CharField()
    code = serializers.CharField(help_text="Stable, for machines.")
    message = serializers.CharField(help_text="For people.")


class RowResultOutput(serializers.Serializer[Any]):
    """What became of one row."""

    index = serializers.IntegerField(help_text="Position of the row in the request, starting at 0.")
    outcome = serializers.ChoiceField(choices=[str(outcome) for outcome in Outcome])
    product_id = serializers.UUIDField(allow_null=True)
    sku = serializers.CharField(allow_null=True)
    errors = RowErrorOutput(many=True)  # type: ignore[assignment]


class ProductRowsOutput(serializers.Serializer[Any]):
    """How many rows there were of each outcome, and every row's."""

    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    refused = serializers.IntegerField()
    rows = RowResultOutput(many=True)


class ProductRowsViewSet(ApiViewSet):
    """Many products in one call."""

    staff_actions = {"upsert": CatalogAction.IMPORT_PRODUCTS}
    parameters = {"upsert": frozenset({"atomic"})}
    queryset = Product.objects.none()

    @extend_schema(
        summary="Create or update many products",
        parameters=[AtomicInput],
        request=ProductRowsInput,
        responses={
            200: OpenApiResponse(ProductRowsOutput, "Every row is saved."),
            207: OpenApiResponse(ProductRowsOutput, "Some rows are saved, others refused with their errors."),
            422: OpenApiResponse(description="`rows_refused`: nothing is saved; `details.rows` has the errors."),
        },
    )
    def upsert(self, request: Request) -> Response:
        """Good rows are saved and bad ones refused. Stock has its own address."""
        atomic = self.read(AtomicInput, data=request.query_params)["atomic"]
        rows = read_rows(request.data, self.get_serializer_context())
        results = upsert_products(rows=rows, all_or_nothing=atomic)
        counts = Counter(result.outcome for result in results)
        answer = {"rows": results, **{str(outcome): counts[outcome] for outcome in Outcome}}
        return self.answer(ProductRowsOutput, answer, status=207 if counts[Outcome.REFUSED] else 200)


def read_rows(body: Any, context: Mapping[str, Any]) -> list[Row]:
    """The rows of a body, those with errors too. Raises ValidationError for a body without rows or with too many."""
    given = body if isinstance(body, Mapping) else {}
    if unknown := unknown_names(given, {"rows"}):
        raise ValidationError(unknown)
    rows = given.get("rows")
    if not isinstance(rows, list) or not 1 <= len(rows) <= MAX_ROWS:
        message = _("Send a list of 1 to %(count)d rows.") % {"count": MAX_ROWS}
        raise ValidationError({"rows": [ErrorDetail(message, _code_of_no_rows(rows))]})
    currencies = _currencies(rows)
    # One serializer reads all rows; a plain number is in the currency that the row's product is sold in.
    current = dict(context)
    serializer = ProductRowInput(context=current, partial=True)
    read = []
    for row in rows:
        current.pop("currency", None)
        if currency := _currency_of(row, currencies):
            current["currency"] = currency
        read.append(_read(serializer, row))
    return read


def _code_of_no_rows(rows: Any) -> str:
    if isinstance(rows, list):
        return "max_length" if rows else "empty"
    return "required" if rows is None else "wrong_type"


def _read(serializer: ProductRowInput, row: Any) -> Row:
    try:
        return Row(validated(serializer, row))
    except ValidationError as error:
        faults = faults_of(error.detail)
        return Row({}, [RowError(path, fault.code, fault.message) for path, fault in faults.items()])


def _currencies(rows: Sequence[Any]) -> dict[str | Origin, str]:
    keys = [key for row in rows for key in _keys(row)]
    return currencies_of(
        skus=[key for key in keys if isinstance(key, str)], origins=[key for key in keys if isinstance(key, tuple)]
    )


def _currency_of(row: Any, currencies: Mapping[str | Origin, str]) -> str | None:
    return next((currencies[key] for key in _keys(row) if key in currencies), None)


def _keys(row: Any) -> list[str | Origin]:
    """What the row may be known by, as far as it makes sense before it is read."""
    if not isinstance(row, Mapping):
        return []
    sku, source, key = (
        value if isinstance(value := row.get(name), str) else "" for name in ("sku", "source", "source_key")
    )
    named: list[str | Origin] = [(source, key)] if source and key else []
    return [*named, sku.strip()] if sku.strip() else named
