"""Which columns of accounts exist once a language."""

from modeltranslation.translator import TranslationOptions, register

from accounts.groups.models import CustomerGroup


@register(CustomerGroup)
class CustomerGroupTranslation(TranslationOptions):
    fields = ("name", "description")
    required_languages = ("en",)
