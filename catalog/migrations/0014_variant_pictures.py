"""Pictures that show variants, each of the same product as its variant: foreign keys over two columns."""

from typing import Any, ClassVar

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import core.clock
import core.db.ids


def _of_one_product(table: str, column: str) -> migrations.RunSQL:
    name = f"catalog_variantpicture_{column.removesuffix('_id')}_of_product"
    return migrations.RunSQL(
        sql=f"""
        ALTER TABLE catalog_variantpicture
          ADD CONSTRAINT {name} FOREIGN KEY ({column}, product_id) REFERENCES {table} (id, product_id)
          DEFERRABLE INITIALLY DEFERRED
        """,
        reverse_sql=f"ALTER TABLE catalog_variantpicture DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("catalog", "0013_keys_with_product")]

    operations: ClassVar[list[Any]] = [
        migrations.CreateModel(
            name="VariantPicture",
            fields=[
                (
                    "id",
                    core.db.ids.UUID7Field(
                        db_default=core.db.ids.UUIDv7(),
                        default=core.db.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        default=core.clock.now,
                        editable=False,
                        verbose_name="created",
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        auto_now=True, db_default=django.db.models.functions.datetime.Now(), verbose_name="updated"
                    ),
                ),
                ("position", models.PositiveIntegerField(db_default=0, default=0, verbose_name="position")),
                (
                    "image",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="variant_links",
                        to="catalog.productimage",
                        verbose_name="picture",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="catalog.product",
                        verbose_name="product",
                    ),
                ),
                (
                    "variant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="picture_links",
                        to="catalog.variant",
                        verbose_name="variant",
                    ),
                ),
            ],
            options={
                "verbose_name": "picture of a variant",
                "verbose_name_plural": "pictures of variants",
                "ordering": ["position", "id"],
            },
        ),
        migrations.AddConstraint(
            model_name="variantpicture",
            constraint=models.UniqueConstraint(fields=("image", "variant"), name="catalog_variantpicture_once"),
        ),
        _of_one_product("catalog_variant", "variant_id"),
        _of_one_product("catalog_productimage", "image_id"),
    ]
