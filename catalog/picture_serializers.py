"""What staff changes of a picture through the API, and what they are told of it."""

from typing import Any

from rest_framework import serializers

from catalog.models import ProductImage
from catalog.serializers import ImageOutput

_STAFF_FIELDS = ("alt_en", "alt_fr", "alt_ar", "position")


class ImageInput(serializers.ModelSerializer[ProductImage]):
    """Where a picture stands and what it shows; texts that are empty fall back to English."""

    is_primary = serializers.BooleanField(
        required=False, help_text="True shows it first; the one that was first gives way."
    )

    class Meta:
        model = ProductImage
        fields = ("is_primary", *_STAFF_FIELDS)


class ImageStaffOutput(ImageOutput):
    """A picture with its texts in every language and its place."""

    class Meta(ImageOutput.Meta):
        fields = (*ImageOutput.Meta.fields, *_STAFF_FIELDS)  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]

    def to_representation(self, instance: ProductImage) -> dict[str, Any]:
        return super().to_representation(instance) | {name: getattr(instance, name) for name in _STAFF_FIELDS}
