"""GTINs are read as catalog.gtins reads them: digits alone. A source's row can be rejected for one that is none."""

from django.db import migrations, models

GTIN = r"""
CREATE FUNCTION etl_staging.gtin(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN nullif(regexp_replace(etl_staging.sku(value), '[[:space:][:punct:]]+', '', 'g'), '')
"""


class Migration(migrations.Migration):
    dependencies = [("etl", "0005_read_skus"), ("catalog", "0025_gtin")]

    operations = [
        migrations.RunSQL(GTIN, "DROP FUNCTION etl_staging.gtin(text)"),
        migrations.AlterField(
            model_name="rejection",
            name="reason",
            field=models.CharField(
                choices=[
                    ("missing_key", "No key"),
                    ("duplicate_key", "Key used twice"),
                    ("unreadable_text", "Unreadable text"),
                    ("missing", "Empty"),
                    ("too_long", "Too long"),
                    ("not_a_number", "Not a number"),
                    ("not_whole", "Not a whole number"),
                    ("too_small", "Too small"),
                    ("too_large", "Too large"),
                    ("too_many_decimals", "Too many decimals"),
                    ("bad_date", "Not a date"),
                    ("not_a_boolean", "Neither yes nor no"),
                    ("not_a_code", "Not a code"),
                    ("unknown_country", "Unknown country"),
                    ("unknown_value", "Unknown value"),
                    ("unknown_state", "Unknown state"),
                    ("invalid_email", "Not an e-mail address"),
                    ("invalid_gtin", "Not a GTIN"),
                    ("unknown_reference", "Refers to nothing"),
                    ("rejected_reference", "Refers to a rejected row"),
                    ("not_unique", "Used twice"),
                    ("taken", "Taken in the shop"),
                    ("stock_promised", "Stock is promised"),
                    ("line_rejected", "A line was rejected"),
                    ("order_rejected", "Its order was rejected"),
                    ("state_conflict", "State does not follow"),
                    ("refund_mismatch", "Refund does not fit the state"),
                ],
                max_length=24,
                verbose_name="reason",
            ),
        ),
    ]
