"""Rows that were written before their plain column followed the default language: the trigger does the rest."""

from django.db import migrations

_MEND = """
    UPDATE inventory_location SET opening_hours = coalesce(opening_hours_en, '')
     WHERE opening_hours IS DISTINCT FROM coalesce(opening_hours_en, '')
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0008_plain_columns")]

    operations = [migrations.RunSQL(_MEND, migrations.RunSQL.noop)]
