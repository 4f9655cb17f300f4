"""Which columns of shipping exist once a language."""

from modeltranslation.translator import TranslationOptions, register

from shipping.models import ShippingMethod


@register(ShippingMethod)
class ShippingMethodTranslation(TranslationOptions):
    fields = ("name", "description")
    required_languages = ("en",)
