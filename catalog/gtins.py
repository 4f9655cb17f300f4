"""GTINs, the numbers below bar codes: EAN-8, UPC-A, EAN-13 and GTIN-14, as GS1's General Specifications define them.

They are stored in the length in which they are printed. Padded with zeros to 14 digits they are one number line, on
which a UPC-A and the EAN-13 with a zero before it are the same.
"""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Func, Q
from django.db.models.lookups import In
from django.utils.translation import gettext_lazy as _
from stdnum import ean
from stdnum.exceptions import InvalidChecksum
from stdnum.exceptions import ValidationError as NoGtin

from core.text.codes import bare_code

LENGTH = 14


def validate_gtin(gtin: str) -> None:
    """Raise ValidationError for what is not 8, 12, 13 or 14 digits, or ends with another check digit than theirs."""
    try:
        ean.validate(gtin)
    except InvalidChecksum as error:
        message = _("The last digit does not fit the others. Compare the number with the one below the bar code.")
        raise ValidationError(message, code="invalid_gtin") from error
    except NoGtin as error:
        raise ValidationError(_NO_GTIN, code="invalid_gtin") from error
    if not gtin.strip("0"):
        raise ValidationError(_NO_GTIN, code="invalid_gtin")


_NO_GTIN = _("A GTIN has 8, 12, 13 or 14 digits. Write the number below the bar code, with its zeros.")


def same_gtin(gtin: str) -> str:
    """What all spellings and lengths of a GTIN have in common: its 14 digits."""
    return bare_code(gtin).zfill(LENGTH)


def with_gtins(gtins: Iterable[str]) -> Q:
    """The condition of variants that have one of these GTINs, however they are typed."""
    wanted = sorted({same_gtin(gtin) for gtin in gtins if bare_code(gtin).isdecimal()})
    return Q(In(GtinKey("gtin"), wanted)) if wanted else Q(pk__in=[])


def is_gtin(text: str) -> bool:
    """Whether what somebody typed is a GTIN."""
    try:
        validate_gtin(bare_code(text))
    except ValidationError:
        return False
    return True


class GtinKey(Func):
    """same_gtin() in SQL, as the unique index has it."""

    # The values stand in the text: beside it, the index would not be recognised.
    template = "lpad(%(expressions)s, 14, '0')"
    output_field = models.CharField()


class IsGtin(Func):
    """Whether a text has the form of a GTIN and its check digit; null for none."""

    function = "catalog_is_gtin"
    output_field = models.BooleanField()


class GtinFormField(forms.CharField):
    """Reads a GTIN with the blanks and hyphens that are printed between its digits, in the digits of any keyboard."""

    def to_python(self, value: Any) -> Any:
        return bare_code(super().to_python(value) or "") or None


class GtinField(models.CharField):  # type: ignore[type-arg]  # not generic at run time
    """A GTIN in ASCII's digits, however it comes in; an empty one is None."""

    default_validators = [validate_gtin]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | {"max_length": LENGTH, "null": True, "blank": True})

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return bare_code(value) or None if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.to_python(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value

    def get_prep_value(self, value: Any) -> Any:
        return self.to_python(super().get_prep_value(value))

    def formfield(self, **kwargs: Any) -> Any:
        # Typed with blanks it is longer than it is stored.
        return super().formfield(**kwargs | {"form_class": GtinFormField, "max_length": None, "empty_value": None})
