"""What the API takes and gives of the catalogue."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from catalog.media.parsers import PICTURES_AT_ONCE
from catalog.media.public_ids import LENGTH, valid_public_id
from catalog.models import Category, Product, ProductImage, Variant
from catalog.plain_inputs import AttributesField, PlainInput
from catalog.reads.details import ProductDetail
from catalog.reads.summaries import ProductSummary
from catalog.representations import (
    CATEGORY_REF,
    IMAGE,
    PRODUCT,
    SUMMARY,
    VARIANT,
    VARIANT_FOR_STAFF,
    image_json,
    origin_of,
    product_json,
    summary_json,
)
from catalog.services import categories_called
from core.api.aliases import AliasedInput
from core.api.fields import MinorUnitsField, MoneyField
from core.api.keys import by_id_or_slug
from core.api.shape import TEXT
from core.api.writing import written
from core.i18n.currencies import DECIMALS
from core.text.fields import MultilineField

_LARGEST_INTEGER = 2**31 - 1
_MOST_UNITS = 1_000_000_000
_CATEGORY_NAME = 200
_IMAGES = 50


@extend_schema_field(serializers.CharField(max_length=220, help_text="Id or slug."))
class CategoryKeyField(serializers.Field):
    """A category named by id or slug."""

    json_type: ClassVar[str] = TEXT

    default_error_messages = {"unknown_category": _("There is no such category.")}

    def to_internal_value(self, data: Any) -> Category:
        key = serializers.CharField(max_length=220).run_validation(data)
        category = Category.objects.filter(by_id_or_slug(key)).first()
        if category is None:
            self.fail("unknown_category")
        return category


class TextsInput(serializers.Serializer[Any]):
    """Names and descriptions in the shop's languages; what is empty falls back to English."""

    name_en = serializers.CharField(max_length=200)
    name_fr = serializers.CharField(max_length=200, allow_blank=True, required=False)
    name_ar = serializers.CharField(max_length=200, allow_blank=True, required=False)
    description_en = MultilineField(max_length=20_000, allow_blank=True, required=False)
    description_fr = MultilineField(max_length=20_000, allow_blank=True, required=False)
    description_ar = MultilineField(max_length=20_000, allow_blank=True, required=False)
    slug = serializers.SlugField(max_length=220, required=False, help_text="If left out, made from the English name.")


class CategoryInput(TextsInput):
    parent = CategoryKeyField(required=False, allow_null=True)
    is_active = serializers.BooleanField(required=False)


@extend_schema_field(serializers.CharField(max_length=220, help_text="Id, slug, or name in any language."))
class CategoryOrNameField(CategoryKeyField):
    """A category named by id, slug or name; with `context["may_add_categories"]`, the name of one to be made."""

    default_error_messages = {
        "ambiguous_category": _("Several categories have this name. Give the slug of one."),
        "long_name": _("The name of a category has at most 200 characters."),
    }

    def to_internal_value(self, data: Any) -> Any:
        key = serializers.CharField(max_length=220).run_validation(data)
        if (named := Category.objects.filter(by_id_or_slug(key)).first()) is not None:
            return named
        called = list(categories_called(name=key)[:2])
        if len(called) > 1:
            self.fail("ambiguous_category")
        if called:
            return called[0]
        if not self.context.get("may_add_categories"):
            self.fail("unknown_category")
        if len(key) > _CATEGORY_NAME:
            self.fail("long_name")
        return key


@extend_schema_serializer(deprecate_fields=["price_cents", "currency", "meta_title", "meta_description"])
class ProductInput(AliasedInput, PlainInput, TextsInput):
    """A product with one variant. `name`, `description` and `price` are other names of the English texts and price."""

    aliases: ClassVar[Mapping[str, str]] = {
        "name": "name_en",
        "description": "description_en",
        "price_cents": "base_price",
        "price": "base_price",
        "meta_title": "seo_title_en",
        "meta_description": "seo_description_en",
    }

    name = serializers.CharField(max_length=200, required=False)
    name_en = serializers.CharField(max_length=200, required=False, help_text="Required, under this name or as `name`.")
    description = MultilineField(max_length=20_000, allow_blank=True, required=False)
    category = CategoryOrNameField()
    sku = serializers.CharField(max_length=100)
    price = MoneyField(required=False)
    base_price = MoneyField(required=False, help_text="Required, under this name or as `price`.")
    price_cents = MinorUnitsField(required=False, help_text="The price in minor units of `currency`.")
    currency = serializers.ChoiceField(
        choices=sorted(DECIMALS), required=False, help_text="Currency of prices given as plain numbers (ISO 4217)."
    )
    compare_at_price = MoneyField(required=False, allow_null=True)
    cost_price = MoneyField(required=False, allow_null=True, help_text="Purchase price. Shown to staff only.")
    seo_title_en = serializers.CharField(max_length=200, allow_blank=True, required=False)
    seo_title_fr = serializers.CharField(max_length=200, allow_blank=True, required=False)
    seo_title_ar = serializers.CharField(max_length=200, allow_blank=True, required=False)
    seo_description_en = serializers.CharField(max_length=320, allow_blank=True, required=False)
    seo_description_fr = serializers.CharField(max_length=320, allow_blank=True, required=False)
    seo_description_ar = serializers.CharField(max_length=320, allow_blank=True, required=False)
    meta_title = serializers.CharField(
        max_length=200, allow_blank=True, required=False, help_text="Same as `seo_title_en`."
    )
    meta_description = serializers.CharField(
        max_length=320, allow_blank=True, required=False, help_text="Same as `seo_description_en`."
    )
    picture_ids = serializers.ListField(
        child=serializers.CharField(max_length=LENGTH),
        required=False,
        max_length=_IMAGES,
        help_text="The variant's own pictures by their `public_id`, the first one first; all are of this product.",
    )

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        currency = data.get("currency") if isinstance(data, Mapping) else None
        if isinstance(currency, str) and currency in DECIMALS:
            # Every money field of the body asks the context for the currency of a plain number.
            self._context = {**self._context, "currency": currency}
        values: dict[str, Any] = super().to_internal_value(data)
        values.pop("currency", None)
        missing = {
            name: [ErrorDetail(self.error_messages["required"], "required")]
            for name in ("name_en", "base_price")
            if name not in values and not self.partial
        }
        if missing:
            raise serializers.ValidationError(missing)
        return values


class NewImageInput(serializers.Serializer[Any]):
    """A picture by its address, and what it shows; `alt_text` is another name of `alt_en`."""

    url = serializers.CharField(max_length=1000, validators=[URLValidator(schemes=["https"])], source="external_url")
    public_id = serializers.CharField(max_length=LENGTH, validators=[valid_public_id], required=False)
    alt_text = serializers.CharField(max_length=250, allow_blank=True, required=False, source="alt_en")
    alt_fr = serializers.CharField(max_length=250, allow_blank=True, required=False)
    alt_ar = serializers.CharField(max_length=250, allow_blank=True, required=False)
    width = serializers.IntegerField(min_value=1, max_value=_LARGEST_INTEGER, required=False)
    height = serializers.IntegerField(min_value=1, max_value=_LARGEST_INTEGER, required=False)
    is_primary = serializers.BooleanField(required=False)


@extend_schema_serializer(deprecate_fields=["stock"])
class NewProductInput(ProductInput):
    """A product with its pictures and its first units; without a category it waits among the unsorted ones."""

    aliases = {**ProductInput.aliases, "stock": "stock_quantity"}

    category = CategoryOrNameField(required=False)
    images = NewImageInput(many=True, required=False, max_length=_IMAGES)
    primary_image_url = serializers.CharField(
        max_length=1000,
        validators=[URLValidator(schemes=["https"])],
        required=False,
        help_text="URL of the primary image: one of `images`, or another one.",
    )
    stock_quantity = serializers.IntegerField(min_value=0, max_value=_MOST_UNITS, required=False)
    stock = serializers.IntegerField(
        min_value=0, max_value=_MOST_UNITS, required=False, help_text="Same as `stock_quantity`."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if isinstance(attrs.get("category"), str):
            attrs["new_category"] = attrs.pop("category")
        images = attrs.setdefault("images", [])
        if (wanted := attrs.pop("primary_image_url", None)) is not None:
            if wanted not in {image["external_url"] for image in images}:
                images.append({"external_url": wanted})
            if any(image.get("is_primary") and image["external_url"] != wanted for image in images):
                message = _("Another picture is marked as the primary one.")
                raise serializers.ValidationError({"primary_image_url": [message]})
            next(image for image in images if image["external_url"] == wanted)["is_primary"] = True
        if sum(image.get("is_primary", False) for image in images) > 1:
            raise serializers.ValidationError({"images": [_("Choose one picture as the primary one.")]})
        return attrs


class CategoryRefOutput(serializers.ModelSerializer[Category]):
    class Meta:
        model = Category
        fields = CATEGORY_REF
        read_only_fields = fields


class CategoryOutput(serializers.ModelSerializer[Category]):
    """A node of the tree; the list has them depth first, each after its parent."""

    parent_id = serializers.UUIDField(read_only=True, allow_null=True)
    depth = serializers.IntegerField(source="tree_depth", read_only=True, help_text="Level in the tree; 0 for a root.")
    product_count = serializers.SerializerMethodField(
        help_text="Number of products on sale in the category and its subcategories."
    )

    class Meta:
        model = Category
        fields = ("id", "slug", "name", "description", "parent_id", "depth", "product_count")
        read_only_fields = fields

    def get_product_count(self, category: Category) -> int:
        counts: dict[object, int] = self.context["counts"]
        return counts.get(category.pk, 0)


class CategoryDetailOutput(CategoryOutput):
    ancestors = serializers.SerializerMethodField(help_text="Categories from the root to the parent.")
    children = serializers.SerializerMethodField()

    class Meta(CategoryOutput.Meta):
        fields = (
            *CategoryOutput.Meta.fields,
            "name_en",
            "name_fr",
            "name_ar",
            "description_en",
            "description_fr",
            "description_ar",
            "ancestors",
            "children",
        )
        read_only_fields = fields

    @extend_schema_field(CategoryRefOutput(many=True))
    def get_ancestors(self, category: Category) -> Any:
        nodes: dict[object, Category] = self.context["nodes"]
        path: list[Category] = []
        above = category.parent_id
        while above is not None:
            path.insert(0, nodes[above])
            above = nodes[above].parent_id
        return written(CategoryRefOutput, path, many=True)

    @extend_schema_field(CategoryOutput(many=True))
    def get_children(self, category: Category) -> Any:
        children = [node for node in self.context["nodes"].values() if node.parent_id == category.pk]
        return written(CategoryOutput, children, many=True, context=self.context)


class CategoryWrittenOutput(serializers.ModelSerializer[Category]):
    """A category as it was written, whether or not shoppers see it."""

    parent_id = serializers.UUIDField(read_only=True, allow_null=True)

    class Meta:
        model = Category
        fields = (
            "id",
            "slug",
            "parent_id",
            "is_active",
            "name_en",
            "name_fr",
            "name_ar",
            "description_en",
            "description_fr",
            "description_ar",
        )
        read_only_fields = fields


class ImageOutput(serializers.ModelSerializer[ProductImage]):
    """A picture and its sizes, which are the picture itself until they are made or if it is elsewhere."""

    url = serializers.URLField()
    thumbnail_url = serializers.URLField(help_text="150 by 150 pixels, cropped.")
    medium_url = serializers.URLField(help_text="400 by 400 pixels at most.")
    large_url = serializers.URLField(help_text="800 by 800 pixels at most.")

    class Meta:
        model = ProductImage
        fields = IMAGE
        read_only_fields = fields

    def to_representation(self, instance: ProductImage) -> dict[str, Any]:
        return image_json(instance, origin_of(self.context["request"]))


class VariantImageOutput(ImageOutput):
    """A picture of a product, and the variants that it shows."""

    variant_ids = serializers.ListField(
        child=serializers.UUIDField(), read_only=True, help_text="Empty for a picture of the product as a whole."
    )

    class Meta(ImageOutput.Meta):
        fields = (*ImageOutput.Meta.fields, "variant_ids")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class ImagesInput(serializers.Serializer[Any]):
    """Pictures to upload as a form, and what they show; what is empty falls back to English."""

    images = serializers.ListField(
        # What is empty or no picture is refused by the service, by content.
        child=serializers.FileField(allow_empty_file=True, max_length=255),
        min_length=1,
        max_length=PICTURES_AT_ONCE,
        help_text="JPEG, PNG, GIF or WebP.",
    )
    alt_en = serializers.CharField(max_length=250, allow_blank=True, required=False)
    alt_fr = serializers.CharField(max_length=250, allow_blank=True, required=False)
    alt_ar = serializers.CharField(max_length=250, allow_blank=True, required=False)
    is_primary = serializers.BooleanField(default=False, help_text="Whether the first becomes the primary picture.")
    variant_ids = serializers.ListField(
        child=serializers.UUIDField(), required=False, help_text="The variants of the product that they show."
    )


class ImagesOutput(serializers.Serializer[Any]):
    """The pictures that were added."""

    images = ImageOutput(many=True)


class VariantOptionOutput(serializers.Serializer[Any]):
    option = serializers.CharField(read_only=True)
    option_code = serializers.CharField(read_only=True)
    value = serializers.CharField(read_only=True)
    value_code = serializers.CharField(read_only=True)


class VariantOutput(serializers.ModelSerializer[Variant]):
    price = MoneyField(read_only=True)
    compare_at_price = MoneyField(read_only=True, allow_null=True)
    options = VariantOptionOutput(many=True, read_only=True)
    available = serializers.IntegerField(read_only=True, help_text="Units that can be bought now.")
    backorder = serializers.IntegerField(read_only=True, help_text="Units of these that are backordered.")
    image = ImageOutput(
        read_only=True, allow_null=True, help_text="Its first own picture, or else the primary one of the product."
    )
    picture_ids = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="Its own pictures by their `public_id`, in order."
    )

    class Meta:
        model = Variant
        fields = VARIANT
        read_only_fields = fields


class ProductSummaryOutput(serializers.ModelSerializer[Product]):
    """A product in a list; SKU and prices are those of its cheapest active variant."""

    category = CategoryRefOutput(read_only=True)
    sku = serializers.CharField(read_only=True, allow_null=True)
    price = MoneyField(read_only=True, allow_null=True)
    compare_at_price = MoneyField(read_only=True, allow_null=True)
    has_several_prices = serializers.BooleanField(read_only=True)
    in_stock = serializers.BooleanField(read_only=True, help_text="Whether at least one variant can be bought now.")
    image = ImageOutput(read_only=True, allow_null=True)

    class Meta:
        model = Product
        fields = SUMMARY
        read_only_fields = fields

    def to_representation(self, instance: ProductSummary) -> dict[str, Any]:
        return summary_json(instance, self.context["origin"])


@extend_schema_serializer(deprecate_fields=["meta_title", "meta_description", "price_cents", "currency"])
class ProductOutput(ProductSummaryOutput):
    shows_costs: ClassVar[bool] = False

    meta_title = serializers.CharField(source="seo_title", read_only=True, help_text="Same as `seo_title`.")
    meta_description = serializers.CharField(
        source="seo_description", read_only=True, help_text="Same as `seo_description`."
    )
    price_cents = serializers.IntegerField(read_only=True, allow_null=True, help_text="`price` in minor units.")
    currency = serializers.CharField(read_only=True, allow_null=True, help_text="Of `price`. ISO 4217")

    attributes = AttributesField(read_only=True)
    images = VariantImageOutput(many=True, read_only=True)
    variants = VariantOutput(many=True, read_only=True)

    class Meta(ProductSummaryOutput.Meta):
        fields = PRODUCT
        read_only_fields = fields

    def to_representation(self, instance: ProductDetail) -> dict[str, Any]:
        return product_json(instance, self.context["origin"], staff=self.shows_costs)


class VariantStaffOutput(VariantOutput):
    cost_price = MoneyField(read_only=True, allow_null=True)

    class Meta(VariantOutput.Meta):
        fields = VARIANT_FOR_STAFF
        read_only_fields = fields


class ProductStaffOutput(ProductOutput):
    """A product as staff sees it: with what it costs the shop."""

    shows_costs: ClassVar[bool] = True

    variants = VariantStaffOutput(many=True, read_only=True)
