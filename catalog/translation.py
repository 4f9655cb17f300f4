"""Which columns exist once a language: `name` is read as `name_en`, `name_fr` or `name_ar`."""

from modeltranslation.translator import TranslationOptions, register

from catalog.models import Category, OptionType, OptionValue, Product, ProductImage


@register(Category)
class CategoryTranslation(TranslationOptions):
    fields = ("name", "description")
    required_languages = ("en",)


@register(Product)
class ProductTranslation(TranslationOptions):
    fields = ("name", "description", "seo_title", "seo_description")
    required_languages = ("en",)


@register(OptionType)
class OptionTypeTranslation(TranslationOptions):
    fields = ("name",)
    required_languages = ("en",)


@register(OptionValue)
class OptionValueTranslation(TranslationOptions):
    fields = ("name",)
    required_languages = ("en",)


@register(ProductImage)
class ProductImageTranslation(TranslationOptions):
    fields = ("alt",)
