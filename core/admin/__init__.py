"""What the admins of all apps are built from: bases, fields for money, badges, and pages for one step of staff."""

from core.admin.bases import (
    LANGUAGE_TABS,
    ReadOnly,
    ReadOnlyAdmin,
    SoukAdmin,
    SoukChangeList,
    TabularInline,
    TranslatedAdmin,
    language_tabs,
)
from core.admin.display import badge, coloured, link_to, money_or_blank, state
from core.admin.fields import CountriesField, MoneyField, MoneyModelForm, PercentField
from core.admin.filters import ChoicesDropdownFilter, DayRangeFilter, DropdownFilter, RelatedDropdownFilter
from core.admin.formsets import OneChosenForm, OneChosenFormSet
from core.admin.steps import StepForm, StepsMixin, needs

__all__ = [
    "LANGUAGE_TABS",
    "ChoicesDropdownFilter",
    "CountriesField",
    "DayRangeFilter",
    "DropdownFilter",
    "MoneyField",
    "MoneyModelForm",
    "OneChosenForm",
    "OneChosenFormSet",
    "PercentField",
    "ReadOnly",
    "ReadOnlyAdmin",
    "RelatedDropdownFilter",
    "SoukAdmin",
    "SoukChangeList",
    "StepForm",
    "StepsMixin",
    "TabularInline",
    "TranslatedAdmin",
    "badge",
    "coloured",
    "language_tabs",
    "link_to",
    "money_or_blank",
    "needs",
    "state",
]
