"""A claim says what its committed work waits for, and keeps any outcome of it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0005_fold"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="idempotentrequest",
            name="core_idempotentrequest_answer_whole",
        ),
        migrations.AddField(
            model_name="idempotentrequest",
            name="continuation",
            field=models.CharField(blank=True, db_default="", default="", max_length=60),
        ),
        migrations.AddField(
            model_name="idempotentrequest",
            name="continuation_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddConstraint(
            model_name="idempotentrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("body__isnull", True), ("headers__isnull", True), ("status__isnull", True)),
                    models.Q(
                        ("body__isnull", False), ("headers__isnull", False), ("status__gte", 200), ("status__lt", 300)
                    ),
                    models.Q(
                        ("body__isnull", False),
                        ("continuation_id__isnull", False),
                        ("headers__isnull", False),
                        ("status__gte", 300),
                        ("status__lt", 500),
                    ),
                    _connector="OR",
                ),
                name="core_idempotentrequest_answer_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="idempotentrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("continuation", ""), ("continuation_id", None)),
                    models.Q(models.Q(("continuation", ""), _negated=True), ("continuation_id__isnull", False)),
                    _connector="OR",
                ),
                name="core_idempotentrequest_continuation_whole",
            ),
        ),
    ]
