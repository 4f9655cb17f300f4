"""Has every field of forms and serializers clean what people type: text by `cleaning`, numbers by `codes`.

Forms come from allauth, Django's admin and auth, and import-export as well as from this shop, and the serializers'
fields are made in many places: a base class or a mixin would be forgotten somewhere, and one forgotten field is a hole.
So the two fields that all others extend clean their text themselves. Read in Django 5.2 (`forms.CharField.to_python`)
and Django REST framework 3.18 (`CharField.run_validation`), both documented for overriding.

A field that takes the text as it was typed (`strip=False`, `trim_whitespace=False`), as passwords do, is left alone.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from rest_framework import serializers
from rest_framework.fields import empty

from core.errors import InvalidInput
from core.text.cleaning import clean_line, clean_lines
from core.text.codes import plain_code


class MultilineField(serializers.CharField):
    """A text that may have several lines, such as a description or a note."""


def install() -> None:
    """Put the cleaning in. Doing it again changes nothing."""
    forms.CharField.to_python = _cleaning_form_text(forms.CharField.to_python)  # type: ignore[method-assign]
    for field in (forms.IntegerField, forms.DecimalField):
        field.to_python = _reading_number(field.to_python)  # type: ignore[method-assign]
    for number in (serializers.IntegerField, serializers.DecimalField):
        number.to_internal_value = _reading_number(number.to_internal_value)  # type: ignore[method-assign]
    serializers.CharField.run_validation = _cleaning_body_text(  # type: ignore[method-assign]
        serializers.CharField.run_validation
    )


def _cleaning_form_text(to_python: Callable[..., Any]) -> Callable[..., Any]:
    if hasattr(to_python, "__wrapped__"):
        return to_python

    @wraps(to_python)
    def cleaned(self: forms.CharField, value: Any) -> Any:
        if self.strip and isinstance(value, str):
            clean = clean_lines if isinstance(self.widget, forms.Textarea) else clean_line
            try:
                value = clean(value)
            except InvalidInput as error:
                raise ValidationError(error.message, code=error.code) from error
        return to_python(self, value)

    return cleaned


def _reading_number(read: Callable[..., Any]) -> Callable[..., Any]:
    """A number's field that reads the digits of every keyboard, and no marks of direction."""
    if hasattr(read, "__wrapped__"):
        return read

    @wraps(read)
    def plainly(self: Any, value: Any) -> Any:
        return read(self, plain_code(value) if isinstance(value, str) else value)

    return plainly


def _cleaning_body_text(run_validation: Callable[..., Any]) -> Callable[..., Any]:
    if hasattr(run_validation, "__wrapped__"):
        return run_validation

    @wraps(run_validation)
    def cleaned(self: serializers.CharField, data: Any = empty) -> Any:
        if self.trim_whitespace and isinstance(data, str):
            clean = clean_lines if isinstance(self, MultilineField) else clean_line
            try:
                data = clean(data)
            except InvalidInput as error:
                raise serializers.ValidationError(error.message, code=error.code) from error
        return run_validation(self, data)

    return cleaned
