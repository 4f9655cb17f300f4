import django.db.models.functions.datetime
from django.db import migrations, models

import core.clock
import core.db.ids


class Migration(migrations.Migration):
    """Settings that staff edits."""

    dependencies = [
        ("core", "0006_continuations"),
    ]

    operations = [
        migrations.CreateModel(
            name="ShopSetting",
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
                ("name", models.CharField(max_length=80, unique=True, verbose_name="name")),
                ("value", models.JSONField(verbose_name="value")),
            ],
            options={
                "verbose_name": "shop setting",
                "verbose_name_plural": "shop settings",
                "ordering": ("name",),
            },
        ),
    ]
