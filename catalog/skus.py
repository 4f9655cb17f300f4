"""SKUs as the shop keeps them: in plain characters, and one whatever the case of its letters."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Upper
from django.db.models.lookups import In

from core.text.codes import plain_code


class SkuField(models.CharField):  # type: ignore[type-arg]  # not generic at run time
    """A SKU without blanks around it, invisible characters or full-width letters, however it comes in.

    What is looked up is read the same way. `unique` is the model's part, without regard to case.
    """

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return plain_code(value) if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.to_python(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value

    def get_prep_value(self, value: Any) -> Any:
        return self.to_python(super().get_prep_value(value))


def in_any_case(skus: Iterable[str]) -> Q:
    """The condition of variants that have one of these SKUs, whatever the case of its letters."""
    # The database has no text with a NUL. It folds itself what it is asked for, as its index does.
    named = sorted({plain_code(sku) for sku in skus if "\0" not in sku} - {""})
    return Q(In(Upper("sku"), [Upper(Value(sku)) for sku in named])) if named else Q(pk__in=[])


def same_sku(sku: str) -> str:
    """What SKUs have in common that differ in nothing but the case of their letters."""
    return plain_code(sku).upper()


def stored_skus(variants: QuerySet[Any], skus: Iterable[str]) -> dict[str, str]:
    """Each SKU as a variant has it already, or else as it is named first. One query."""
    named = list(skus)
    stored = {same_sku(sku): sku for sku in variants.filter(in_any_case(named)).values_list("sku", flat=True)}
    for sku in named:
        stored.setdefault(same_sku(sku), plain_code(sku))
    return {sku: stored[same_sku(sku)] for sku in named}
