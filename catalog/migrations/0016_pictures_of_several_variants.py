"""A picture shows as many variants as rows say; its one variant of before is gone."""

from typing import Any, ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("catalog", "0015_take_over_variant_pictures")]

    operations: ClassVar[list[Any]] = [
        migrations.RemoveField(model_name="productimage", name="variant"),
        migrations.AddField(
            model_name="productimage",
            name="variants",
            field=models.ManyToManyField(
                blank=True,
                related_name="pictures",
                through="catalog.VariantPicture",
                to="catalog.variant",
                verbose_name="variants",
            ),
        ),
    ]
