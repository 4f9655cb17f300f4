"""The addresses of the API of the catalogue."""

from catalog.bulk.imports.viewsets import ProductImportViewSet
from catalog.bulk.viewsets import ProductRowsViewSet
from catalog.media.viewsets import PictureViewSet
from catalog.viewsets import CategoryViewSet, ProductImageViewSet, ProductViewSet
from core.api.routes import route

ROUTES = (
    route("categories", CategoryViewSet, "categories", get="list", post="create"),
    route(
        "categories/<slug:key>", CategoryViewSet, "category", get="retrieve", patch="partial_update", delete="destroy"
    ),
    route("products", ProductViewSet, "products", get="list", post="create"),
    route(
        "products/<slug:key>",
        ProductViewSet,
        "product",
        get="retrieve",
        patch="partial_update",
        put="partial_update",
        delete="destroy",
    ),
    route("bulk/products", ProductRowsViewSet, "bulk_products", post="upsert"),
    route("imports/products", ProductImportViewSet, "product_imports", get="list", post="create"),
    route("imports/products/<uuid:pk>", ProductImportViewSet, "product_import", get="retrieve"),
    route("imports/products/<uuid:pk>/refusals", ProductImportViewSet, "product_import_refusals", get="refusals"),
    route("imports/products/<uuid:pk>/cancel", ProductImportViewSet, "product_import_cancel", post="cancel"),
    route("products/<slug:key>/images", ProductImageViewSet, "product_images", post="create"),
    # A public id may have slashes.
    route(
        "products/<slug:key>/images/<path:public_id>",
        PictureViewSet,
        "product_image",
        patch="partial_update",
        delete="destroy",
    ),
)
