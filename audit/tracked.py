"""Which tables are audited. Each has the triggers of a migration here; a test compares the two."""

from dataclasses import dataclass

# Written by triggers and services out of other columns, or with every save: they say nothing of their own.
DERIVED = ("updated_at", "search_text")
# Their values are never recorded. That a MASKED one changed is, with … for both values.
SECRET = ("password", "last_login")
MASKED = "password"


@dataclass(frozen=True, slots=True)
class Tracked:
    """A tracked table; `part_of` names the model in whose history it is told, `parent` the column that leads there."""

    table: str
    part_of: str = ""
    parent: str = ""


TRACKED = {
    "auth.group": Tracked("auth_group"),
    "auth.group_permissions": Tracked("auth_group_permissions", "auth.group", "group_id"),
    "accounts.user": Tracked("accounts_user"),
    "accounts.user_groups": Tracked("accounts_user_groups", "accounts.user", "user_id"),
    "accounts.user_user_permissions": Tracked("accounts_user_user_permissions", "accounts.user", "user_id"),
    "accounts.address": Tracked("accounts_address", "accounts.user", "user_id"),
    "accounts.externalidentity": Tracked("accounts_externalidentity", "accounts.user", "user_id"),
    "account.emailaddress": Tracked("account_emailaddress", "accounts.user", "user_id"),
    "catalog.category": Tracked("catalog_category"),
    "catalog.optiontype": Tracked("catalog_optiontype"),
    "catalog.optionvalue": Tracked("catalog_optionvalue", "catalog.optiontype", "option_type_id"),
    "catalog.product": Tracked("catalog_product"),
    "catalog.variant": Tracked("catalog_variant", "catalog.product", "product_id"),
    "catalog.variantoption": Tracked("catalog_variantoption", "catalog.variant", "variant_id"),
    "catalog.productimage": Tracked("catalog_productimage", "catalog.product", "product_id"),
    "catalog.variantpicture": Tracked("catalog_variantpicture", "catalog.product", "product_id"),
    "catalog.importjob": Tracked("catalog_importjob"),
    "inventory.location": Tracked("inventory_location"),
    "inventory.stockitem": Tracked("inventory_stockitem"),
    "pricing.taxzone": Tracked("pricing_taxzone"),
    "pricing.taxrate": Tracked("pricing_taxrate", "pricing.taxzone", "zone_id"),
    "shipping.shippingmethod": Tracked("shipping_shippingmethod"),
    "orders.order": Tracked("orders_order"),
    "orders.orderline": Tracked("orders_orderline", "orders.order", "order_id"),
    "payments.payment": Tracked("payments_payment", "orders.order", "order_id"),
    "shipping.shipment": Tracked("shipping_shipment", "orders.order", "order_id"),
    "shipping.shipmentline": Tracked("shipping_shipmentline", "shipping.shipment", "shipment_id"),
}


def parts_of(model: str) -> list[str]:
    """The models whose changes are told in the history of this one."""
    return [label for label, tracked in TRACKED.items() if tracked.part_of == model]
