from django.db import migrations

from audit.operations import Track


class Migration(migrations.Migration):
    """Audits the options of variants and their values."""

    dependencies = [
        ("audit", "0005_product_imports"),
        ("catalog", "0020_mend_plain_columns"),
    ]

    operations = [
        Track("catalog.optiontype", "catalog_optiontype"),
        Track("catalog.optionvalue", "catalog_optionvalue", "option_type_id"),
        Track("catalog.variantoption", "catalog_variantoption", "variant_id"),
    ]
