"""What staff's searches compare: the letters of core.text.cleaning.fold_letters, folded by the database for its indexes.

The embedded PostgreSQL has no ICU and no unaccent, but it normalizes; a test holds this and Python's folding together.
Another way of folding needs a function of another name, as indexes are made of this one.
"""

from django.db import migrations

# Arabic and Latin letters for others of the same number of characters, and the decimal digits of all scripts.
LETTERS = {
    **dict.fromkeys("ٱ", "ا"),
    **dict.fromkeys("ىیېے", "ي"),
    **dict.fromkeys("کڪ", "ك"),
    **dict.fromkeys("ةۃہھە", "ه"),
    **dict.fromkeys("ø", "o"),
    **dict.fromkeys("ł", "l"),
    **dict.fromkeys("đð", "d"),
    **dict.fromkeys("ħ", "h"),
    **dict.fromkeys("ı", "i"),
    **dict.fromkeys("ς", "σ"),
}
_ZEROS = (
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6, 0x0E50,
    0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50,
    0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
)  # fmt: skip
DIGITS = "".join(chr(zero + value) for zero in _ZEROS for value in range(10))
FROM = "".join(LETTERS) + DIGITS
TO = "".join(LETTERS.values()) + "0123456789" * len(_ZEROS)
MARKS = (
    r"\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-"
    r"\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u08d3-\u08e1\u08e3-\u08ff\u1ab0-\u1abd"
    r"\u1dc0-\u1dff\u20d0-\u20dc\u20e1\u20e5-\u20f0\u3099\u309a\ufe20-\ufe2f\u00ad\u034f\u061c\u115f\u1160"
    r"\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-"
    r"\ufffb"
)
FOLD = rf"""
CREATE FUNCTION core_fold(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN CASE WHEN value ~ '^[ -~]*$' THEN lower(value) ELSE
    -- A word of a tsvector has 2,046 bytes at most, and some signs come apart into many letters.
    regexp_replace(
        translate(
            replace(replace(replace(replace(
                regexp_replace(normalize(lower(normalize(value, NFKD)), NFKD), '[{MARKS}]+', '', 'g'),
            'œ', 'oe'), 'æ', 'ae'), 'ß', 'ss'), 'þ', 'th'),
        '{FROM}', '{TO}'),
    '([^ ]{{200}})[^ ]+', '\1', 'g')
END
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0004_rate_buckets")]
    operations = [migrations.RunSQL(FOLD, "DROP FUNCTION core_fold(text)")]
