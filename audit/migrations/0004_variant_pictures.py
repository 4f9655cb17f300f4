from django.db import migrations

from audit.operations import Track


class Migration(migrations.Migration):
    """Audits which pictures show which variants."""

    dependencies = [
        ("audit", "0003_personal_rows_and_secrets"),
        ("catalog", "0014_variant_pictures"),
    ]

    operations = [
        Track("catalog.variantpicture", "catalog_variantpicture", "product_id"),
    ]
