from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from catalog.actions import CatalogAction
from core.registry import ALL, VIEW, Audited, BeatTask, MenuEntry, MenuSection, SoukAppConfig


class CatalogConfig(SoukAppConfig):
    name = "catalog"
    verbose_name = _("Catalogue")
    api_tags = {
        "categories": "The tree of categories.",
        "products": "Products with their variants and pictures.",
        "bulk": "Many products in one request.",
        "imports": "Files of products, imported in the background.",
    }
    pages = ("", "catalog.urls")
    api_routes = "catalog.routes.ROUTES"
    actions = CatalogAction
    error_codes = "catalog.error_codes"
    sold_currencies = "catalog.selectors.currencies_on_sale"
    consumers = ("catalog.consumers.SearchRows",)
    task_kinds = "catalog.bulk.imports.staff_tasks"
    integrity_checks = ("catalog.integrity.CATALOG",)
    data_imports = ("etl.loaders.category.CATEGORY_LOADER", "etl.loaders.product.PRODUCT_LOADER")
    audited = {
        "category": Audited(),
        "optiontype": Audited(),
        "optionvalue": Audited("catalog.optiontype", "option_type_id"),
        "product": Audited(),
        "variant": Audited("catalog.product", "product_id"),
        "variantoption": Audited("catalog.variant", "variant_id"),
        "productimage": Audited("catalog.product", "product_id"),
        "variantpicture": Audited("catalog.product", "product_id"),
        "importjob": Audited(),
    }
    unaudited = {
        "importfile": "the content of an import, deleted when it ends",
        "importrefusal": "the wrong rows of an import, which has its own times and counts",
        "searchmark": "says only that a product's words are to be read again",
    }
    roles = {
        "catalogue": {"*": ALL},
        "orders": {"*": VIEW},
        "support": {"*": VIEW},
        "admin": {"*": ALL},
    }
    menu_sections = (MenuSection("catalogue", _("Catalogue"), position=20),)
    menu = (
        MenuEntry("catalogue", _("Products"), "sell", "catalog.product"),
        MenuEntry("catalogue", _("Categories"), "account_tree", "catalog.category"),
        MenuEntry("catalogue", _("Options"), "tune", "catalog.optiontype"),
        MenuEntry(
            "catalogue",
            _("Product imports"),
            "upload_file",
            "catalog.importjob",
            action=CatalogAction.IMPORT_PRODUCTS,
        ),
    )
    beat_tasks = {
        # Makes what sample data and imports left to do, and what lost tasks did not.
        "make-missing-picture-sizes": BeatTask("catalog.tasks.make_missing_sizes", timedelta(minutes=1)),
        # Goes on where a worker was killed or a task was lost.
        "resume-imports": BeatTask("catalog.tasks.resume_imports", timedelta(minutes=1)),
        "prune-imports": BeatTask("catalog.tasks.prune_imports", timedelta(hours=6)),
        "delete-unused-pictures": BeatTask("catalog.tasks.delete_unused_files", timedelta(days=1)),
    }
