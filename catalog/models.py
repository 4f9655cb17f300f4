"""What the shop sells. Price, SKU, stock and weight belong to the variant only."""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now, Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from tree_queries.models import OrderableTreeNode

from catalog import from_price, triggers, updated_at
from catalog.attributes import is_flat
from catalog.bulk.imports.models import ImportFile, ImportJob, ImportRefusal
from catalog.gtins import GtinField, GtinKey, IsGtin
from catalog.media.picture_addresses import PictureAddresses
from catalog.media.picture_field import PictureFileField
from catalog.media.public_ids import PublicIdField
from catalog.querysets import CategoryQuerySet, ProductQuerySet, VariantQuerySet
from catalog.reads.pictures import Pictured
from catalog.search import triggers as search_triggers
from catalog.search.words import in_one_piece, set_search_text
from catalog.skus import SkuField
from core.i18n.translated_columns import plain_columns
from core.models import BaseModel, OriginModel, iso_currency
from core.money import Money
from core.text.cleaning import fold, search_words

__all__ = [
    "Category", "ImportFile", "ImportJob", "ImportRefusal", "OptionType", "OptionValue", "Product", "ProductImage",
    "SearchMark", "TaxClass", "Variant", "VariantOption", "VariantPicture",
]  # fmt: skip
TAG_LENGTH = 40
# Above this it is a typing error; up to this, sums of the largest orders fit the database's BIGINT.
MAX_PRICE_MINOR = 10**12


class TaxClass(models.TextChoices):
    """Which of a zone's rates applies to a thing."""

    STANDARD = "standard", _("Standard rate")
    REDUCED = "reduced", _("Reduced rate")
    ZERO = "zero", _("Untaxed")


class Category(BaseModel, OriginModel, OrderableTreeNode):
    """A node of the category tree, of any depth."""

    name = models.CharField(_("name"), max_length=200)
    slug = models.SlugField(_("slug"), max_length=220, unique=True)
    description = models.TextField(_("description"), blank=True, default="", db_default="")
    is_active = models.BooleanField(_("active"), default=True, db_default=True)

    objects = CategoryQuerySet.as_manager()

    class Meta(OriginModel.Meta):
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering: ClassVar[list[str]] = ["position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *OriginModel.Meta.constraints,
            models.CheckConstraint(condition=~Q(parent=F("id")), name="catalog_category_not_own_parent"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *from_price.CATEGORY,
            *search_triggers.CATEGORY,
            plain_columns("name", "description"),
            *updated_at.CATEGORY,
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("catalog:category", args=[self.slug])


class Product(BaseModel, OriginModel):
    """What a shopper looks at; a product without options has exactly one variant."""

    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, related_name="products", verbose_name=_("category")
    )
    name = models.CharField(_("name"), max_length=200)
    slug = models.SlugField(_("slug"), max_length=220, unique=True)
    description = models.TextField(_("description"), blank=True, default="", db_default="")
    brand = models.CharField(_("brand"), max_length=120, blank=True, default="", db_default="")
    tax_class = models.CharField(
        _("tax class"),
        max_length=16,
        choices=TaxClass.choices,
        default=TaxClass.STANDARD,
        db_default=TaxClass.STANDARD,
    )
    is_active = models.BooleanField(_("active"), default=False, db_default=False)
    is_featured = models.BooleanField(_("featured"), default=False, db_default=False)
    is_digital = models.BooleanField(_("digital"), default=False, db_default=False)
    # Folded, so that "Thé" and "the" are one tag.
    tags = ArrayField(
        models.CharField(max_length=TAG_LENGTH), verbose_name=_("tags"), blank=True, default=list, db_default=[]
    )
    attributes = models.JSONField(_("attributes"), blank=True, default=dict, db_default={})
    seo_title = models.CharField(_("title for search engines"), max_length=200, blank=True, default="", db_default="")
    seo_description = models.CharField(
        _("description for search engines"), max_length=320, blank=True, default="", db_default=""
    )
    # Minor units of the cheapest active variant while product and category are active: what has one is on sale.
    # The database keeps it, whoever writes (catalog.from_price), so that lists neither join nor group.
    from_price_minor = models.BigIntegerField(editable=False, null=True)
    # The folded words that it is found by (catalog.search.words). save() writes them at once; what others write, and
    # what changes around it, follows through marks and the outbox (catalog.search.rows).
    search_text = models.TextField(editable=False, default="", db_default="")

    objects = ProductQuerySet.as_manager()

    class Meta(OriginModel.Meta):
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *OriginModel.Meta.constraints,
            models.CheckConstraint(condition=Q(tax_class__in=TaxClass.values), name="catalog_product_tax_class_known"),
            models.CheckConstraint(
                condition=is_flat("attributes"),
                name="catalog_product_attributes_flat",
                violation_error_message=_("Attributes are names with a text, a number, true or false each."),
            ),
            models.CheckConstraint(
                condition=Q(is_active=False) | Q(name_en__isnull=False, name_en__regex=r"\S"),
                name="catalog_product_on_sale_has_name",
                violation_error_message=_("A product on sale needs a name."),
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *triggers.PRODUCT,
            *from_price.PRODUCT,
            *search_triggers.PRODUCT,
            plain_columns("name", "description", "seo_title", "seo_description"),
            *updated_at.PRODUCT,
        ]
        indexes: ClassVar[list[models.Index]] = [
            GinIndex(SearchVector("search_text", config="simple"), name="catalog_product_search"),
            GinIndex(fields=["tags"], name="catalog_product_tags"),
            # What staff lists, drafts included.
            models.Index(fields=["-created_at", "-id"], name="catalog_product_all_newest"),
            # What has changed since integrators looked last.
            models.Index(fields=["updated_at", "id"], name="catalog_product_changed"),
            # Lists count, sort and skip on these alone; what they do not sort by is included.
            models.Index(
                fields=["-created_at", "-id"],
                include=["category_id", "from_price_minor"],
                condition=Q(from_price_minor__isnull=False),
                name="catalog_places_newest",
            ),
            models.Index(
                fields=["category_id", "-created_at", "-id"],
                include=["from_price_minor"],
                condition=Q(from_price_minor__isnull=False),
                name="catalog_places_in_category",
            ),
            models.Index(
                fields=["from_price_minor", "id"],
                include=["category_id", "created_at"],
                condition=Q(from_price_minor__isnull=False),
                name="catalog_places_cheapest",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        set_search_text([self])
        self.tags = list(dict.fromkeys(tag for given in self.tags if (tag := fold(given))))
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "search_text"}
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("catalog:product", args=[self.slug])

    def folded_text(self, around: str = "", codes: Sequence[str] = ()) -> str:
        """The names in every language, brand and tags, and what is given of the rows around it, folded for search."""
        own = (getattr(self, field) or "" for field in ("name_en", "name_fr", "name_ar", "brand"))
        words = search_words(" ".join((*own, *self.tags, around)))
        # "cups 16-07" and "cups 1607" name the cups that are CUP-16-07 and CUP-1607.
        return " ".join(dict.fromkeys((*words, *map(in_one_piece, codes), *search_words(" ".join(codes)))))


class OptionType(BaseModel, OriginModel):
    """A way in which variants differ: size, colour."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=100)
    position = models.PositiveIntegerField(_("position"), default=0, db_default=0)

    class Meta(OriginModel.Meta):
        verbose_name = _("option")
        verbose_name_plural = _("options")
        ordering: ClassVar[list[str]] = ["position", "code"]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [plain_columns("name"), *updated_at.OPTION_TYPE]

    def __str__(self) -> str:
        return self.name


class OptionValue(BaseModel, OriginModel):
    """One choice of an option: M, blue."""

    option_type = models.ForeignKey(
        OptionType, on_delete=models.CASCADE, related_name="values", verbose_name=_("option")
    )
    code = models.SlugField(_("code"), max_length=60)
    name = models.CharField(_("name"), max_length=100)
    position = models.PositiveIntegerField(_("position"), default=0, db_default=0)

    class Meta(OriginModel.Meta):
        verbose_name = _("option value")
        verbose_name_plural = _("option values")
        ordering: ClassVar[list[str]] = ["position", "code"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *OriginModel.Meta.constraints,
            models.UniqueConstraint(fields=["option_type", "code"], name="catalog_optionvalue_code_unique"),
            # The target of VariantOption's pair below.
            models.UniqueConstraint(fields=["id", "option_type"], name="catalog_optionvalue_with_type"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *search_triggers.OPTION_VALUE,
            plain_columns("name"),
            *updated_at.OPTION_VALUE,
        ]

    def __str__(self) -> str:
        return self.name


class Variant(Pictured, BaseModel, OriginModel):
    """What is bought, priced, weighed and stocked."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="variants", verbose_name=_("product"))
    sku: "models.CharField[str, str]" = SkuField(_("SKU"), max_length=100, unique=True)
    price_minor = models.BigIntegerField(_("price in minor units"), validators=[MinValueValidator(0)])
    compare_at_minor = models.BigIntegerField(_("compare-at price in minor units"), null=True, blank=True)
    # What the shop pays for it; for staff only.
    cost_minor = models.BigIntegerField(_("cost price in minor units"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    gtin = GtinField(_("GTIN"))
    weight_grams = models.PositiveIntegerField(_("weight in grams"), null=True, blank=True)
    length_mm = models.PositiveIntegerField(_("length in millimetres"), null=True, blank=True)
    width_mm = models.PositiveIntegerField(_("width in millimetres"), null=True, blank=True)
    height_mm = models.PositiveIntegerField(_("height in millimetres"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True, db_default=True)
    position = models.PositiveIntegerField(_("position"), default=0, db_default=0)
    option_values = models.ManyToManyField(
        OptionValue, through="VariantOption", related_name="variants", verbose_name=_("options"), blank=True
    )
    # Stands for the set of option values; null without options. Triggers write it, and overrule whoever else does.
    options_key = models.UUIDField(null=True, editable=False)

    objects = VariantQuerySet.as_manager()

    class Meta(OriginModel.Meta):
        verbose_name = _("variant")
        verbose_name_plural = _("variants")
        ordering: ClassVar[list[str]] = ["position", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *OriginModel.Meta.constraints,
            # Upper, because that is what Django's iexact compares; staff's searches read this index.
            models.UniqueConstraint(
                Upper("sku"),
                name="catalog_variant_sku_any_case",
                violation_error_message=_("Another variant has this SKU, perhaps with capitals in other places."),
            ),
            models.UniqueConstraint(
                GtinKey("gtin"),
                name="catalog_variant_gtin_once",
                violation_error_message=_("Another variant has this GTIN."),
            ),
            models.CheckConstraint(
                condition=IsGtin("gtin"),
                name="catalog_variant_gtin_valid",
                violation_error_message=_("This is not a GTIN: compare it with the number below the bar code."),
            ),
            # Deferred, since a variant gets its options one by one.
            models.UniqueConstraint(
                fields=["product", "options_key"],
                deferrable=models.Deferrable.DEFERRED,
                name="catalog_variant_one_a_combination",
            ),
            models.CheckConstraint(
                condition=Q(price_minor__gte=0) & Q(price_minor__lte=MAX_PRICE_MINOR),
                name="catalog_variant_price_in_range",
                violation_error_message=_("Please give a price between zero and a million million minor units."),
            ),
            # The target of VariantPicture's pair of variant and product.
            models.UniqueConstraint(fields=["id", "product"], name="catalog_variant_with_product"),
            iso_currency(),
            models.CheckConstraint(
                condition=Q(cost_minor__isnull=True) | Q(cost_minor__gte=0, cost_minor__lte=MAX_PRICE_MINOR),
                name="catalog_variant_cost_in_range",
                violation_error_message=_("Please give a price between zero and a million million minor units."),
            ),
            models.CheckConstraint(
                condition=Q(compare_at_minor__isnull=True) | Q(compare_at_minor__gt=F("price_minor")),
                name="catalog_variant_compare_at_above_price",
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *triggers.VARIANT,
            *from_price.VARIANT,
            *search_triggers.VARIANT,
        ]

    def __str__(self) -> str:
        return self.sku

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)

    @property
    def compare_at(self) -> Money | None:
        return None if self.compare_at_minor is None else Money(self.compare_at_minor, self.currency)

    @property
    def cost(self) -> Money | None:
        return None if self.cost_minor is None else Money(self.cost_minor, self.currency)

    @property
    def is_on_sale(self) -> bool:
        """As VariantQuerySet.on_sale() filters."""
        return self.is_active and self.product.from_price_minor is not None

    @property
    def options_label(self) -> str:
        """The option values in the active language, such as "Blue / M"; empty for a product without options."""
        ordered = sorted(self.options.all(), key=lambda option: (option.option_type.position, option.option_type.code))
        return " / ".join(option.value.name for option in ordered)


class VariantOption(models.Model):
    """A variant's choice in one option; at most one an option."""

    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="options", verbose_name=_("variant"))
    option_type = models.ForeignKey(OptionType, on_delete=models.PROTECT, related_name="+", verbose_name=_("option"))
    value = models.ForeignKey(OptionValue, on_delete=models.PROTECT, related_name="+", verbose_name=_("value"))

    class Meta:
        verbose_name = _("variant option")
        verbose_name_plural = _("variant options")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["variant", "option_type"], name="catalog_variantoption_one_a_type"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [*search_triggers.VARIANT_OPTION, *updated_at.VARIANT_OPTION]

    def __str__(self) -> str:
        return str(self.value)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.option_type_id = self.value.option_type_id
        super().save(*args, **kwargs)


class ProductImage(PictureAddresses, BaseModel, OriginModel):
    """A picture, given by address or uploaded. A product with pictures has exactly one primary picture."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="images", verbose_name=_("product"))
    variants = models.ManyToManyField(
        Variant, through="VariantPicture", related_name="pictures", verbose_name=_("variants"), blank=True
    )
    file = PictureFileField(
        _("file"), upload_to="products/", width_field="width", height_field="height", max_length=255, blank=True
    )
    external_url = models.URLField(_("address"), max_length=1000, blank=True, default="", db_default="")
    public_id = PublicIdField(_("public id"))
    alt = models.CharField(_("alternative text"), max_length=250, blank=True, default="", db_default="")
    width = models.PositiveIntegerField(_("width in pixels"), null=True, blank=True)
    height = models.PositiveIntegerField(_("height in pixels"), null=True, blank=True)
    is_primary = models.BooleanField(_("primary"), default=False, db_default=False)
    position = models.PositiveIntegerField(_("position"), default=0, db_default=0)
    # Of the variants that it shows; catalog.publishing sets it where a picture is answered to staff.
    shown_ids: list[UUID]

    # The hash of the file's content, which names its sizes in the storage; empty until they are there.
    sizes_key = models.CharField(max_length=32, editable=False, blank=True, default="", db_default="")
    # How often the file could not be read; it is given up after a few times, until there is another file.
    sizes_failures = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)

    class Meta(OriginModel.Meta):
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering: ClassVar[list[str]] = ["-is_primary", "position", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *OriginModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["product"], condition=Q(is_primary=True), name="catalog_productimage_one_primary"
            ),
            # The target of VariantPicture's pair of picture and product.
            models.UniqueConstraint(fields=["id", "product"], name="catalog_productimage_with_product"),
            models.CheckConstraint(
                condition=(Q(file="") & ~Q(external_url="")) | (~Q(file="") & Q(external_url="")),
                name="catalog_productimage_file_or_address",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["file"], condition=Q(sizes_key="") & ~Q(file=""), name="catalog_productimage_no_sizes"
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [*triggers.IMAGE, plain_columns("alt"), *updated_at.IMAGE]

    def __str__(self) -> str:
        return self.alt or self.url


class VariantPicture(BaseModel):
    """A picture that shows a variant; a variant without any is shown by the product's primary picture.

    Foreign keys over two columns hold that picture and variant are of one product (migration 0014).
    """

    variant = models.ForeignKey(
        Variant, on_delete=models.CASCADE, related_name="picture_links", verbose_name=_("variant")
    )
    # No index of its own: the unique one below begins with it.
    image = models.ForeignKey(
        ProductImage, on_delete=models.CASCADE, related_name="variant_links", verbose_name=_("picture"), db_index=False
    )
    # That of both, which delete this row when they go.
    product = models.ForeignKey(
        Product,
        on_delete=models.DO_NOTHING,
        related_name="+",
        editable=False,
        db_constraint=False,
        db_index=False,
        verbose_name=_("product"),
    )
    position = models.PositiveIntegerField(_("position"), default=0, db_default=0)

    class Meta:
        verbose_name = _("picture of a variant")
        verbose_name_plural = _("pictures of variants")
        ordering: ClassVar[list[str]] = ["position", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["image", "variant"], name="catalog_variantpicture_once"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [*updated_at.VARIANT_PICTURE]

    def __str__(self) -> str:
        return f"{self.variant}: {self.image}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.product_id = self.variant.product_id
        super().save(*args, **kwargs)


class SearchMark(models.Model):
    """Something changed that products are found by; gone once their search text was looked at again.

    Written by triggers only (catalog.search.triggers), without a key that two could share: nobody waits to write one.
    """

    class Kind(models.TextChoices):
        PRODUCT = "product"
        VARIANT = "variant"
        CATEGORY = "category"
        OPTION_VALUE = "optionvalue"

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    subject_id = models.UUIDField()
    marked_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(kind__in=["product", "variant", "category", "optionvalue"]),
                name="catalog_searchmark_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"
