"""Variants and pictures can be referred to by id and product, for foreign keys over both; made beside the shop's work."""

from typing import ClassVar

from django.db import migrations, models


def _unique_with_product(model: str) -> migrations.SeparateDatabaseAndState:
    table, name = f"catalog_{model}", f"catalog_{model}_with_product"
    return migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.RunSQL(
                sql=f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {table} (id, product_id)",
                reverse_sql=f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
            ),
            migrations.RunSQL(
                sql=f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}",
                reverse_sql=f"ALTER TABLE {table} DROP CONSTRAINT {name}",
            ),
        ],
        state_operations=[
            migrations.AddConstraint(
                model_name=model, constraint=models.UniqueConstraint(fields=("id", "product"), name=name)
            ),
        ],
    )


class Migration(migrations.Migration):
    # CONCURRENTLY is not for transactions.
    atomic = False

    dependencies: ClassVar[list[tuple[str, str]]] = [("catalog", "0012_search_marks")]

    operations: ClassVar[list[migrations.SeparateDatabaseAndState]] = [
        _unique_with_product("variant"),
        _unique_with_product("productimage"),
    ]
