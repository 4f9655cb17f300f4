"""SKUs are read as core.text.codes.plain_code() reads them: in plain letters, digits and hyphens."""

from django.db import migrations

SKU = r"""
CREATE FUNCTION etl_staging.sku(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN etl_staging.trimmed(regexp_replace(translate(normalize(regexp_replace(etl_staging.line(value),
           E'[\\u2010-\\u2015\\u2212\\ufe58\\ufe63\\uff0d\\u05be\\u06d4\\u30fc]', '-', 'g'), NFKC),
           U&'\0660\0661\0662\0663\0664\0665\0666\0667\0668\0669\06F0\06F1\06F2\06F3\06F4\06F5\06F6\06F7\06F8\06F9',
           '01234567890123456789'), ' +', ' ', 'g'))
"""


class Migration(migrations.Migration):
    dependencies = [("etl", "0004_reasons_of_states")]

    operations = [migrations.RunSQL(SKU, "DROP FUNCTION etl_staging.sku(text)")]
