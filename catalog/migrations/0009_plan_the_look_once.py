from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("catalog", "0008_fill_from_price")]

    operations = [
        # Left to itself PostgreSQL plans both statements anew for every product, which takes ten times as long.
        migrations.RunSQL(
            "ALTER FUNCTION catalog_require_whole(uuid[]) SET plan_cache_mode = force_generic_plan",
            "ALTER FUNCTION catalog_require_whole(uuid[]) RESET plan_cache_mode",
        ),
    ]
