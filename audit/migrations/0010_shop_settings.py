from django.db import migrations

from audit.operations import Track


class Migration(migrations.Migration):
    """Audits the shop's settings."""

    dependencies = [
        ("audit", "0009_tax_areas"),
        ("core", "0007_shop_settings"),
    ]

    operations = [
        Track("core.shopsetting", "core_shopsetting"),
    ]
