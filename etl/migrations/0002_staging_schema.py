"""The schema of the staging tables, and the functions that mappings and checks read text with.

Each function answers NULL for what it cannot read, so that a bad value rejects its row instead of ending the run.
"""

from django.db import migrations

SCHEMA = "CREATE SCHEMA etl_staging"

# At most 400 characters and three digits of exponent: whatever passes fits a numeric.
NUMBER = r"""
CREATE FUNCTION etl_staging.number(value text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN length(value) <= 400 AND value ~ '^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?\s*$'
            THEN value::numeric END
"""

# ISO 8601 only: other forms mean another day in another country. Without an offset it is local to `zone`.
MOMENT = r"""
CREATE FUNCTION etl_staging.moment(value text, zone text) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN value !~ '^\s*[12]\d{3}-\d{2}-\d{2}([T ]\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?\s*(Z|[+-]\d{2}(:?\d{2})?)?)?\s*$'
                 OR NOT pg_input_is_valid(value, 'timestamptz') THEN NULL
            WHEN value ~ ':\d{2}[.,\d]*\s*(Z|[+-]\d{2}(:?\d{2})?)\s*$' THEN value::timestamptz
            ELSE value::timestamp AT TIME ZONE zone END
"""

YES = r"""
CREATE FUNCTION etl_staging.yes(value text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN lower(btrim(value)) IN ('1', 't', 'true', 'y', 'yes', 'on') THEN true
            WHEN lower(btrim(value)) IN ('0', 'f', 'false', 'n', 'no', 'off') THEN false END
"""

# What django.utils.text.slugify() does: ASCII letters without their accents, words joined by hyphens.
SLUG = r"""
CREATE FUNCTION etl_staging.slug(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN btrim(regexp_replace(regexp_replace(lower(regexp_replace(normalize(value, NFKD), '[^\x01-\x7f]', '', 'g')),
             '[^a-z0-9_\s-]', '', 'g'), '[-\s]+', '-', 'g'), '-_')
"""


class Migration(migrations.Migration):
    dependencies = [("etl", "0001_initial")]

    operations = [
        # CASCADE: staging tables hold nothing that a new run does not read again.
        migrations.RunSQL(SCHEMA, "DROP SCHEMA etl_staging CASCADE"),
        migrations.RunSQL(NUMBER, "DROP FUNCTION etl_staging.number(text)"),
        migrations.RunSQL(MOMENT, "DROP FUNCTION etl_staging.moment(text, text)"),
        migrations.RunSQL(YES, "DROP FUNCTION etl_staging.yes(text)"),
        migrations.RunSQL(SLUG, "DROP FUNCTION etl_staging.slug(text)"),
    ]
