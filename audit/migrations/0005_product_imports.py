from django.db import migrations

from audit.operations import Track


class Migration(migrations.Migration):
    """Audits who imports products in the background."""

    dependencies = [
        ("audit", "0004_variant_pictures"),
        ("catalog", "0024_product_imports"),
    ]

    operations = [
        Track("catalog.importjob", "catalog_importjob"),
    ]
