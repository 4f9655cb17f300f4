"""Which columns of the inventory exist once a language."""

from modeltranslation.translator import TranslationOptions, register

from inventory.models import Location


@register(Location)
class LocationTranslation(TranslationOptions):
    fields = ("opening_hours",)
