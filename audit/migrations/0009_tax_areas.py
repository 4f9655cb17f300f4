from django.db import migrations

from audit.operations import Track


class Migration(migrations.Migration):
    """Audits which areas tax zones claim."""

    dependencies = [
        ("audit", "0008_staff_tasks"),
        ("pricing", "0003_areas_of_countries"),
    ]

    operations = [
        Track("pricing.taxzonearea", "pricing_taxzonearea", "zone_id"),
    ]
