"""The read models of the catalogue hold all that the API's document names, as the types it names."""

import types
from collections.abc import Sequence
from dataclasses import is_dataclass
from datetime import datetime
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import pytest
from django.contrib.admin.sites import site
from django.contrib.admin.utils import flatten_fieldsets
from django.test import RequestFactory
from rest_framework import serializers

from catalog import from_price
from catalog.admin.forms import VariantForm
from catalog.admin.matrix import GridRow
from catalog.admin.products import VariantInline
from catalog.bulk.portable import COLUMNS
from catalog.bulk.viewsets import ProductRowInput
from catalog.fields import GridFields, PlainValues, ProductFields, VariantFields, names
from catalog.models import Product, Variant
from catalog.reads.details import OptionChoice, ProductDetail, VariantDetail
from catalog.reads.pictures import Picture, ProductPicture
from catalog.reads.summaries import CategoryRef, ProductSummary
from catalog.serializers import (
    CategoryRefOutput,
    ImageOutput,
    NewProductInput,
    ProductInput,
    ProductOutput,
    ProductStaffOutput,
    ProductSummaryOutput,
    VariantImageOutput,
    VariantOptionOutput,
    VariantOutput,
    VariantStaffOutput,
)
from core.api.fields import MoneyField
from core.money import Money

PAIRS: list[tuple[type[serializers.Serializer[Any]], type[Any]]] = [
    (ProductSummaryOutput, ProductSummary),
    (ProductOutput, ProductDetail),
    (ProductStaffOutput, ProductDetail),
    (VariantOutput, VariantDetail),
    (VariantStaffOutput, VariantDetail),
    (VariantOptionOutput, OptionChoice),
    (VariantImageOutput, ProductPicture),
    (ImageOutput, Picture),
    (CategoryRefOutput, CategoryRef),
]
READS = dict(PAIRS)
TYPES: list[tuple[type[serializers.Field[Any, Any, Any, Any]], tuple[Any, ...]]] = [
    (MoneyField, (Money,)),
    (serializers.BooleanField, (bool,)),
    (serializers.IntegerField, (int,)),
    (serializers.UUIDField, (UUID, str)),
    (serializers.DateTimeField, (datetime,)),
    (serializers.CharField, (str,)),
    (serializers.ChoiceField, (str,)),
]


def hint_of(read_model: type[Any], name: str) -> Any:
    """The type of an attribute of a read model, whether a field or a property."""
    if name in (hints := get_type_hints(read_model)):
        return hints[name]
    return get_type_hints(getattr(read_model, name).fget)["return"]


def may_be_none(hint: Any) -> bool:
    return type(None) in get_args(hint)


def bare(hint: Any) -> Any:
    """The type without None."""
    if get_origin(hint) in (Union, types.UnionType):
        return next(one for one in get_args(hint) if one is not type(None))
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


@pytest.mark.parametrize(("output", "read_model"), PAIRS)
def test_every_field_of_an_answer_is_one_of_the_read_model(output: Any, read_model: type[Any]) -> None:
    assert is_dataclass(read_model)
    fields = output().fields
    assert fields
    for name, field in fields.items():
        hint = bare(hint_of(read_model, name))
        kinds = next((kinds for kind, kinds in TYPES if isinstance(field, kind)), None)
        if isinstance(field, serializers.BaseSerializer):
            many = getattr(field, "child", None)
            shown = get_args(hint)[0] if many else hint
            assert READS[type(many or field)] in shown.__mro__, name
        elif kinds:
            assert hint in kinds, name


@pytest.mark.parametrize(("output", "read_model"), PAIRS[:5])
def test_what_an_answer_may_leave_empty_may_be_none_in_the_read_model(output: Any, read_model: type[Any]) -> None:
    for name, field in output().fields.items():
        if name == "in_stock" or not may_be_none(hint := hint_of(read_model, name)):
            continue  # of in_stock nothing is shown where nobody asked
        assert field.allow_null, (name, hint)


@pytest.mark.parametrize(("table", "model"), [(ProductFields, Product), (VariantFields, Variant)])
def test_a_plain_field_is_a_column_that_may_be_empty_where_the_table_says_so(table: Any, model: Any) -> None:
    hints = get_type_hints(table)
    for name in names(table):
        assert model._meta.get_field(name).null == may_be_none(hints[name]), name


def test_lists_of_read_models_are_sequences_that_nobody_changes() -> None:
    hints = get_type_hints(ProductDetail)
    assert get_origin(hints["variants"]) is get_origin(hints["images"]) is Sequence


def test_services_take_every_plain_field_as_the_type_that_is_shown() -> None:
    taken = get_type_hints(PlainValues)
    shown = get_type_hints(ProductFields) | get_type_hints(VariantFields)
    assert taken.keys() == shown.keys()
    assert {name for name in taken if taken[name] != shown[name]} == {"attributes"}  # shown read-only


@pytest.mark.parametrize("body", [ProductInput, NewProductInput, ProductRowInput])
def test_every_body_takes_every_plain_field(body: Any) -> None:
    assert {*names(ProductFields), *names(VariantFields)} <= body().fields.keys()


def test_a_file_has_a_column_for_every_plain_field() -> None:
    assert {*names(ProductFields), *names(VariantFields)} <= set(COLUMNS)
    assert COLUMNS[:8] == ("sku", "name_en", "name_fr", "name_ar", "slug", "category", "brand", "options")


def test_the_forms_of_staff_have_every_plain_field() -> None:
    admin = site.get_model_admin(Product)
    assert set(names(ProductFields)) <= set(flatten_fieldsets(admin.get_fieldsets(RequestFactory().get("/"))))
    assert set(names(VariantFields)) <= set(VariantInline.fields) & {*VariantForm._meta.fields}
    assert set(names(GridFields)) <= GridRow().fields.keys()


def test_a_change_of_every_plain_field_moves_the_product() -> None:
    update = next(one for one in from_price.VARIANT if one.name == "from_price_after_update")
    assert all(f"before.{name}," in update.func for name in names(VariantFields))
