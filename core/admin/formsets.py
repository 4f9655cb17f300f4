"""Inline rows of which at most one may carry a flag: the primary picture, the default address."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from unfold.forms import PaginationInlineFormSet


class OneChosenForm(forms.ModelForm):
    """A row that leaves the flags named in its formset's `one_of` to the formset."""

    flags: ClassVar[frozenset[str]] = frozenset()

    def validate_constraints(self) -> None:
        # Seen alone, the row that takes the flag over collides with the one that gives it up in the same save.
        try:
            self.instance.validate_constraints(exclude=self._get_validation_exclusions() | self.flags)
        except ValidationError as error:
            self._update_errors(error)


class OneChosenFormSet(PaginationInlineFormSet):
    """Refuses two rows with one flag, and lets the flag move from one row to another in one save."""

    one_of: ClassVar[dict[str, Any]] = {}

    def clean(self) -> None:
        super().clean()
        for flag, message in self.one_of.items():
            if len(self.chosen(flag)) > 1:
                raise ValidationError(message, code="one_of")

    def chosen(self, flag: str) -> list[forms.ModelForm]:
        """The rows that carry the flag and stay."""
        return [form for form in self.forms if form not in self.deleted_forms and form.cleaned_data.get(flag)]

    def save(self, commit: bool = True) -> list[Model]:
        # The database holds the flag once at every moment, so it is taken away before it is given.
        for flag in self.one_of if commit else ():
            giving_up = [
                form.instance.pk
                for form in self.initial_forms
                if form in self.deleted_forms or not form.cleaned_data.get(flag)
            ]
            self.model._default_manager.filter(pk__in=giving_up, **{flag: True}).update(**{flag: False})
        return super().save(commit)
