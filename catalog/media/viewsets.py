"""The API's doors to one picture of a product."""

from typing import Any, cast

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions import CatalogAction
from catalog.media.serializers import ImageInput, ImageStaffOutput
from catalog.models import Product, ProductImage
from catalog.publishing import ImageChanges, change_image, delete_image, images_of
from catalog.versions import lock_product_version
from catalog.viewsets import CatalogueViewSet
from core.api.viewsets import done

_NAMES = [
    OpenApiParameter("key", str, OpenApiParameter.PATH, description="Id or slug of the product."),
    OpenApiParameter("public_id", str, OpenApiParameter.PATH, description="As the product's `images` tell it."),
]


class PictureViewSet(CatalogueViewSet):
    """One picture, by the name that other systems know it by."""

    guarded = frozenset({"partial_update", "destroy"})
    staff_actions = {"partial_update": CatalogAction.CHANGE_PICTURE, "destroy": CatalogAction.DELETE_PICTURE}
    queryset = ProductImage.objects.none()

    def locked_version(self, **names: Any) -> str:
        """The product's, which every change of its pictures changes."""
        return lock_product_version(self.id_of(names["key"], Product))

    @extend_schema(summary="Update a product image", parameters=_NAMES, request=ImageInput, responses=ImageStaffOutput)
    def partial_update(self, request: Request, key: str, public_id: str) -> Response:
        """Changes what is given. A product keeps a primary picture: make another one primary to replace it."""
        product_id = self.id_of(key, Product)
        picture = images_of(product_id).filter(public_id=public_id)
        changes = cast(
            ImageChanges,
            self.read(
                ImageInput,
                partial=True,
                document=lambda: self.answer(ImageStaffOutput, get_object_or_404(picture)).data,
            ),
        )
        return self.answer(ImageStaffOutput, change_image(product_id=product_id, public_id=public_id, changes=changes))

    @extend_schema(
        summary="Delete a product image",
        parameters=_NAMES,
        responses={200: OpenApiResponse(description="Done; `message` says what.")},
    )
    def destroy(self, request: Request, key: str, public_id: str) -> Response:
        """The next one becomes the primary one; the last one of a product on sale stays."""
        delete_image(product_id=self.id_of(key, Product), public_id=public_id)
        return done(_("The picture is deleted."))
