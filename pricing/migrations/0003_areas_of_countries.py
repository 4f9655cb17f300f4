from django.db import migrations

# A country in two zones was taxed by the one whose code comes first.
_TO_AREAS = """
INSERT INTO pricing_taxzonearea (zone_id, country)
SELECT DISTINCT ON (upper(named)) zone.id, upper(named)
  FROM pricing_taxzone AS zone CROSS JOIN LATERAL unnest(zone.countries) AS named
 WHERE upper(named) ~ '^[A-Z]{2}$'
 ORDER BY upper(named), zone.code
"""
_TO_COUNTRIES = """
UPDATE pricing_taxzone AS zone
   SET countries = (SELECT coalesce(array_agg(area.country ORDER BY area.country), '{}')
                      FROM pricing_taxzonearea AS area
                     WHERE area.zone_id = zone.id AND area.region = '' AND area.postal_prefix = '')
"""


class Migration(migrations.Migration):
    """Makes an area of each country of a zone."""

    dependencies = [
        ("pricing", "0002_areas"),
    ]

    operations = [
        migrations.RunSQL(_TO_AREAS, _TO_COUNTRIES),
    ]
