from django.db import migrations

# Of a guest nobody knows whether they asked themselves: they are forgotten in time unless they ask again.
_CONFIRM = """
UPDATE notifications_backinstocknotice AS notice SET confirmed_at = notice.asked_at
  FROM accounts_user AS person, account_emailaddress AS address
 WHERE notice.customer_id = person.id AND address.user_id = person.id AND address.email = person.email
   AND address.verified AND notice.confirmed_at IS NULL
"""
_TOLD = """
UPDATE notifications_backinstocknotice SET confirmed_at = asked_at WHERE told_at IS NOT NULL AND confirmed_at IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0003_confirmed_notices"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]

    operations = [
        migrations.RunSQL(_CONFIRM, migrations.RunSQL.noop),
        migrations.RunSQL(_TOLD, migrations.RunSQL.noop),
    ]
