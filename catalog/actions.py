"""What staff does with the catalogue, with the permissions that each action needs (core.actions)."""

from core.actions import Action


class CatalogAction(Action):
    """What staff does with products, categories and pictures."""

    VIEW_PRODUCT = "See products that are not on sale", "catalog.view_product"
    # A product comes with its first variant, which has its SKU and price.
    ADD_PRODUCT = "Add a product", "catalog.add_product", "catalog.add_variant"
    CHANGE_PRODUCT = "Change a product, put it on sale or take it off", "catalog.change_product"
    CHANGE_PRICE = "Change SKU, prices and measures", "catalog.change_product", "catalog.change_variant"
    DELETE_PRODUCT = "Delete a product", "catalog.delete_product"
    EDIT_VARIANTS = (
        "Edit the variants matrix",
        "catalog.change_product",
        "catalog.add_variant",
        "catalog.change_variant",
    )
    ADD_PICTURE = "Add pictures to a product", "catalog.change_product", "catalog.add_productimage"
    ADD_PICTURE_OF_NEW_PRODUCT = (
        "Add a product with pictures",
        "catalog.add_product",
        "catalog.add_variant",
        "catalog.add_productimage",
    )
    CHANGE_PICTURE = "Change a picture", "catalog.change_product", "catalog.change_productimage"
    DELETE_PICTURE = "Delete a picture", "catalog.change_product", "catalog.delete_productimage"
    IMPORT_PRODUCTS = (
        "Import many products",
        "catalog.add_product",
        "catalog.change_product",
        "catalog.add_variant",
        "catalog.change_variant",
    )
    EXPORT_PRODUCTS = "Export products", "catalog.view_product"
    ADD_CATEGORY = "Add a category", "catalog.add_category"
    CHANGE_CATEGORY = "Change a category", "catalog.change_category"
    DELETE_CATEGORY = "Delete a category", "catalog.delete_category"
