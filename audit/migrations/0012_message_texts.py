from django.db import migrations

from audit.operations import Track


class Migration(migrations.Migration):
    """Audits the texts of messages."""

    dependencies = [
        ("audit", "0011_order_adjustments"),
        ("notifications", "0007_message_texts"),
    ]

    operations = [
        Track("notifications.messagetext", "notifications_messagetext"),
    ]
