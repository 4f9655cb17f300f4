"""What staff changes of a picture through the API, and what they are told of it."""

from typing import Any

from rest_framework import serializers

from catalog.models import ProductImage
from catalog.serializers import VariantImageOutput

_STAFF_FIELDS = ("alt_en", "alt_fr", "alt_ar", "position")


class ImageInput(serializers.ModelSerializer[ProductImage]):
    """Where a picture stands and what it shows; texts that are empty fall back to English."""

    is_primary = serializers.BooleanField(
        required=False, help_text="True shows it first; the one that was first gives way."
    )

    variant_ids = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        help_text="The variants of the product that it shows, all of them; empty for the product as a whole.",
    )

    class Meta:
        model = ProductImage
        fields = ("is_primary", *_STAFF_FIELDS, "variant_ids")


class ImageStaffOutput(VariantImageOutput):
    """A picture with its texts in every language, its place and the variants that it shows."""

    class Meta(VariantImageOutput.Meta):
        fields = (*VariantImageOutput.Meta.fields, *_STAFF_FIELDS)  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]

    def to_representation(self, instance: ProductImage) -> dict[str, Any]:
        shown = [str(variant_id) for variant_id in instance.shown_ids]
        texts = {name: getattr(instance, name) for name in _STAFF_FIELDS}
        return super().to_representation(instance) | {"variant_ids": shown} | texts
