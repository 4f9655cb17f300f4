"""The triggers that mark what products are found by, whoever writes: services, the admin, COPY or SQL by hand.

A statement writes one mark for each row that it changed, as a row of its own and never onto another's, so that writers
do not wait for each other; and a transaction tells the outbox once, however many marks it writes. See ADR 6.
"""

import pgtrigger
from pgtrigger.core import Operation

from catalog.fields import VariantFields, searched

MARKED = "catalog.search_marked"
# All such events are of one thing: the marks there are.
AGGREGATE = "00000000-0000-0000-0000-000000000000"
# Said in a transaction that has told the outbox of its marks. Undone with the savepoint in which it was said.
TOLD = "souk.search_told"
# Said around the statement that brings rows up to date: it alone writes what it need not look at again.
REFRESHING = "souk.search_refreshing"

# Without NOTIFY: transactions with one commit one after another, and the relay looks every two seconds anyhow.
CREATE_FUNCTION = f"""
CREATE FUNCTION catalog_tell_of_marks() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF coalesce(current_setting('{TOLD}', true), '') <> 'yes' THEN
    INSERT INTO core_outboxevent (event_type, aggregate_type, aggregate_id, payload)
    VALUES ('{MARKED}', 'catalog.searchmark', '{AGGREGATE}', '{{}}');
    PERFORM set_config('{TOLD}', 'yes', true);
  END IF;
END $$
"""  # noqa: S608  composed of constants
DROP_FUNCTION = "DROP FUNCTION catalog_tell_of_marks()"

_MARK = """
    INSERT INTO catalog_searchmark (kind, subject_id) {subjects};
    IF FOUND THEN
        PERFORM catalog_tell_of_marks();
    END IF;
    RETURN NULL;
"""
_TABLES = {pgtrigger.Insert: {"new": "after"}, pgtrigger.Delete: {"old": "before"}}


def _marks(operation: Operation, subjects: str) -> pgtrigger.Trigger:
    tables = _TABLES.get(operation, {"old": "before", "new": "after"})
    return pgtrigger.Trigger(
        name=f"search_marks_after_{str(operation).lower()}",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**tables),  # type: ignore[no-untyped-call]
        func=_MARK.format(subjects=subjects),
    )


def _changed(kind: str, subject: str, *columns: str) -> str:
    """What an UPDATE has changed in these columns; where the subject is another now, both."""
    before, after = (", ".join(f"{table}.{column}" for column in columns) for table in ("before", "after"))
    subjects = "id" if subject == "id" else f"unnest(ARRAY[before.{subject}, after.{subject}])"
    return f"""
        SELECT DISTINCT '{kind}', {subjects} FROM before JOIN after USING (id)
         WHERE ({before}) IS DISTINCT FROM ({after})
    """  # noqa: S608  composed of constants


_NAMES = ("name_en", "name_fr", "name_ar")
_CODES = ("sku", *searched(VariantFields))

PRODUCT = [
    _marks(pgtrigger.Insert, "SELECT 'product', id FROM after"),
    _marks(
        pgtrigger.Update,
        # The text itself too: who saves what they read a while ago may write an old one.
        _changed("product", "id", *_NAMES, "brand", "tags", "category_id", "search_text")
        + f" AND coalesce(current_setting('{REFRESHING}', true), '') <> 'yes'",
    ),
]
# What hangs below a category or has a value is found when the mark is taken, not now: it may be changed meanwhile, by
# somebody who does not see this change, and whom this statement does not see.
CATEGORY = [_marks(pgtrigger.Update, _changed("category", "id", *_NAMES, "parent_id"))]
OPTION_VALUE = [_marks(pgtrigger.Update, _changed("optionvalue", "id", *_NAMES))]
VARIANT = [
    _marks(pgtrigger.Insert, "SELECT DISTINCT 'product', product_id FROM after"),
    _marks(
        pgtrigger.Update, _changed("product", "product_id", "product_id", "sku", *searched(VariantFields), "is_active")
    ),
    _marks(pgtrigger.Delete, "SELECT DISTINCT 'product', product_id FROM before"),
]
VARIANT_OPTION = [
    _marks(pgtrigger.Insert, "SELECT DISTINCT 'variant', variant_id FROM after"),
    _marks(pgtrigger.Update, _changed("variant", "variant_id", "variant_id", "value_id")),
    _marks(pgtrigger.Delete, "SELECT DISTINCT 'variant', variant_id FROM before"),
]
