"""Rows that were written before their plain columns followed the default language: the trigger does the rest."""

from django.db import migrations

_COLUMNS = {
    "catalog_category": ("name", "description"),
    "catalog_product": ("name", "description", "seo_title", "seo_description"),
    "catalog_optiontype": ("name",),
    "catalog_optionvalue": ("name",),
    "catalog_productimage": ("alt",),
}


def _mend(table: str, columns: tuple[str, ...]) -> str:
    differs = " OR ".join(f"{column} IS DISTINCT FROM coalesce({column}_en, '')" for column in columns)
    return f"UPDATE {table} SET {columns[0]} = coalesce({columns[0]}_en, '') WHERE {differs}"  # noqa: S608


class Migration(migrations.Migration):
    dependencies = [("catalog", "0019_plain_columns")]

    operations = [
        migrations.RunSQL(_mend(table, columns), migrations.RunSQL.noop) for table, columns in _COLUMNS.items()
    ]
