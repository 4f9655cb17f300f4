from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0003_failed_tasks"),
    ]

    operations = [
        migrations.CreateModel(
            name="RateBucket",
            fields=[
                ("key", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("full_at", models.DateTimeField()),
            ],
        ),
        # What is counted may be lost in a crash, and is written without waiting for the disk.
        migrations.RunSQL("ALTER TABLE core_ratebucket SET UNLOGGED", migrations.RunSQL.noop),
    ]
