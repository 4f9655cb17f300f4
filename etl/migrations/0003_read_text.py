"""What is read as empty, as one line and as an e-mail address; numbers and dates are read without blanks of any script.

`\\d` and `\\s` of PostgreSQL know digits and blanks of all scripts, and its casts do not: what is read names ASCII's.
"""

from django.db import migrations

# Everything that Python's str.strip() takes, the Braille blank, and what shows nothing (etl.staging takes it out within
# texts as well); a test holds the two together.
BLANKS = (
    r"\u0009\u000a\u000b\u000c\u000d\u001c\u001d\u001e\u001f\u0020\u0085\u00a0\u1680"
    r"\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\u2800"
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    r"\u2060\u2061\u2062\u2063\u2064\u2065\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f"
    r"\u3164\ufeff\uffa0\ufff9\ufffa\ufffb"
)
TRIMMED = rf"""
CREATE FUNCTION etl_staging.trimmed(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN nullif(btrim(value, E'{BLANKS}'), '')
"""

# A line break within a name or a street would begin a line of its own in a mail.
LINE = r"""
CREATE FUNCTION etl_staging.line(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN etl_staging.trimmed(regexp_replace(value, E'[\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029]+', ' ', 'g'))
"""

# What Django's EmailValidator takes, but for quoted names, addresses of machines and domains in other letters.
EMAIL = r"""
CREATE FUNCTION etl_staging.email(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN length(value) <= 254 AND lower(etl_staging.trimmed(value)) ~
     '^[-!#$%&''*+/=?^_`{}|~0-9a-z]+(\.[-!#$%&''*+/=?^_`{}|~0-9a-z]+)*@([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+(xn--[a-z0-9]{1,59}|[a-z][-a-z]{0,61}[a-z])$'
     THEN lower(etl_staging.trimmed(value)) END
"""

NUMBER = r"""
CREATE OR REPLACE FUNCTION etl_staging.number(value text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN length(value) <= 400
                 AND etl_staging.trimmed(value) ~ '^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$'
            THEN etl_staging.trimmed(value)::numeric END
"""
MOMENT = r"""
CREATE OR REPLACE FUNCTION etl_staging.moment(value text, zone text)
RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN etl_staging.trimmed(value) !~ '^[12][0-9]{3}-[0-9]{2}-[0-9]{2}([T ][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)? *(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?$'
                 OR NOT pg_input_is_valid(etl_staging.trimmed(value), 'timestamptz') THEN NULL
            WHEN etl_staging.trimmed(value) ~ ':[0-9]{2}[.,0-9]* *(Z|[+-][0-9]{2}(:?[0-9]{2})?)$'
            THEN etl_staging.trimmed(value)::timestamptz
            ELSE etl_staging.trimmed(value)::timestamp AT TIME ZONE zone END
"""
YES = r"""
CREATE OR REPLACE FUNCTION etl_staging.yes(value text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN lower(etl_staging.trimmed(value)) IN ('1', 't', 'true', 'y', 'yes', 'on') THEN true
            WHEN lower(etl_staging.trimmed(value)) IN ('0', 'f', 'false', 'n', 'no', 'off') THEN false END
"""

# As 0002 has them.
OLD_NUMBER = r"""
CREATE OR REPLACE FUNCTION etl_staging.number(value text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN length(value) <= 400 AND value ~ '^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?\s*$'
            THEN value::numeric END
"""
OLD_MOMENT = r"""
CREATE OR REPLACE FUNCTION etl_staging.moment(value text, zone text)
RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN value !~ '^\s*[12]\d{3}-\d{2}-\d{2}([T ]\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?\s*(Z|[+-]\d{2}(:?\d{2})?)?)?\s*$'
                 OR NOT pg_input_is_valid(value, 'timestamptz') THEN NULL
            WHEN value ~ ':\d{2}[.,\d]*\s*(Z|[+-]\d{2}(:?\d{2})?)\s*$' THEN value::timestamptz
            ELSE value::timestamp AT TIME ZONE zone END
"""
OLD_YES = r"""
CREATE OR REPLACE FUNCTION etl_staging.yes(value text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN lower(btrim(value)) IN ('1', 't', 'true', 'y', 'yes', 'on') THEN true
            WHEN lower(btrim(value)) IN ('0', 'f', 'false', 'n', 'no', 'off') THEN false END
"""


class Migration(migrations.Migration):
    dependencies = [("etl", "0002_staging_schema")]

    operations = [
        migrations.RunSQL(TRIMMED, "DROP FUNCTION etl_staging.trimmed(text)"),
        migrations.RunSQL(LINE, "DROP FUNCTION etl_staging.line(text)"),
        migrations.RunSQL(EMAIL, "DROP FUNCTION etl_staging.email(text)"),
        migrations.RunSQL(NUMBER, OLD_NUMBER),
        migrations.RunSQL(MOMENT, OLD_MOMENT),
        migrations.RunSQL(YES, OLD_YES),
    ]
