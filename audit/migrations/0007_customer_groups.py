from django.db import migrations

from audit.operations import Track


class Migration(migrations.Migration):
    """Audits customer groups and their members."""

    dependencies = [
        ("audit", "0006_options"),
        ("accounts", "0019_customer_groups"),
    ]

    operations = [
        Track("accounts.customergroup", "accounts_customergroup"),
        Track("accounts.customergroupmembership", "accounts_customergroupmembership", "group_id"),
    ]
