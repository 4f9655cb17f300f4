"""A variant's option value must be one of the option it stands for: a foreign key over both columns."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("catalog", "0001_initial")]

    operations: ClassVar[list[migrations.RunSQL]] = [
        migrations.RunSQL(
            sql="""
            ALTER TABLE catalog_variantoption
              ADD CONSTRAINT catalog_variantoption_value_of_type
              FOREIGN KEY (value_id, option_type_id) REFERENCES catalog_optionvalue (id, option_type_id)
              DEFERRABLE INITIALLY DEFERRED
            """,
            reverse_sql="ALTER TABLE catalog_variantoption DROP CONSTRAINT catalog_variantoption_value_of_type",
        ),
    ]
