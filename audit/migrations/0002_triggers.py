from django.db import migrations

from audit.operations import CreateFunction, Track


class Migration(migrations.Migration):
    """Audits the tables that hold prices, stock, orders, payments, people and their permissions."""

    dependencies = [
        ("audit", "0001_initial"),
        ("accounts", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("catalog", "0001_initial"),
        ("inventory", "0001_initial"),
        ("orders", "0001_initial"),
        ("payments", "0001_initial"),
        ("pricing", "0001_initial"),
        ("shipping", "0001_initial"),
    ]

    operations = [
        CreateFunction(),
        Track("auth.group", "auth_group"),
        Track("auth.group_permissions", "auth_group_permissions", "group_id"),
        Track("accounts.user", "accounts_user"),
        Track("accounts.user_groups", "accounts_user_groups", "user_id"),
        Track("accounts.user_user_permissions", "accounts_user_user_permissions", "user_id"),
        Track("catalog.category", "catalog_category"),
        Track("catalog.product", "catalog_product"),
        Track("catalog.variant", "catalog_variant", "product_id"),
        Track("catalog.productimage", "catalog_productimage", "product_id"),
        Track("inventory.location", "inventory_location"),
        Track("inventory.stockitem", "inventory_stockitem"),
        Track("pricing.taxzone", "pricing_taxzone"),
        Track("pricing.taxrate", "pricing_taxrate", "zone_id"),
        Track("shipping.shippingmethod", "shipping_shippingmethod"),
        Track("orders.order", "orders_order"),
        Track("orders.orderline", "orders_orderline", "order_id"),
        Track("payments.payment", "payments_payment", "order_id"),
        Track("shipping.shipment", "shipping_shipment", "order_id"),
    ]
