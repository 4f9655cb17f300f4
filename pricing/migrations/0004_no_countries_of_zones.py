from django.db import migrations


class Migration(migrations.Migration):
    """Drops the countries of zones, which are areas now."""

    dependencies = [
        ("pricing", "0003_areas_of_countries"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="taxzone", name="pricing_taxzone_countries"),
        migrations.RemoveField(model_name="taxzone", name="countries"),
    ]
