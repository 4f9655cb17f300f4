from django.db import migrations

from audit.operations import Track


class Migration(migrations.Migration):
    """Audits staff tasks."""

    dependencies = [
        ("audit", "0007_customer_groups"),
        ("desk", "0001_initial"),
    ]

    operations = [
        Track("desk.stafftask", "desk_stafftask"),
    ]
