"""What pictures said of the one variant that they show becomes a row; that of another product's variant said nothing."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("catalog", "0014_variant_pictures")]

    operations: ClassVar[list[migrations.RunSQL]] = [
        migrations.RunSQL(
            sql="""
            INSERT INTO catalog_variantpicture (variant_id, image_id, product_id, position)
            SELECT variant.id, image.id, variant.product_id, image.position
              FROM catalog_productimage AS image
              JOIN catalog_variant AS variant ON variant.id = image.variant_id
                                             AND variant.product_id = image.product_id
            ON CONFLICT DO NOTHING
            """,
            reverse_sql="""
            UPDATE catalog_productimage AS image SET variant_id = first.variant_id
              FROM (SELECT DISTINCT ON (image_id) image_id, variant_id FROM catalog_variantpicture
                     ORDER BY image_id, id) AS first
             WHERE first.image_id = image.id
            """,
        ),
    ]
