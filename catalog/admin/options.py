"""Options with their values: size with S, M, L."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from catalog.models import OptionType, OptionValue
from core.admin import TabularInline, TranslatedAdmin


class OptionValueInline(TabularInline):
    model = OptionValue
    tab = False
    extra = 1
    fields = ("code", "name_en", "name_fr", "name_ar", "position")
    ordering = ("position", "code")


@admin.register(OptionType)
class OptionTypeAdmin(TranslatedAdmin):
    list_display = ("name", "code", "value_names", "position")
    search_fields = ("code", "name_en", "name_fr", "name_ar")
    prepopulated_fields = {"code": ("name_en",)}
    fieldsets = [(None, {"fields": [("name_en", "name_fr", "name_ar"), ("code", "position")]})]
    inlines = (OptionValueInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[OptionType]:
        return super().get_queryset(request).prefetch_related("values")

    @display(description=_("Values"))
    def value_names(self, obj: OptionType) -> str:
        return ", ".join(value.name for value in obj.values.all())
