from django.db import migrations

from audit.operations import TellOfSecrets, Track


class Migration(migrations.Migration):
    """Audits what else leads to a person or to their account, and that a password was changed."""

    dependencies = [
        ("audit", "0002_triggers"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("accounts", "0003_external_identities"),
        ("shipping", "0001_initial"),
    ]

    operations = [
        TellOfSecrets(),
        Track("accounts.address", "accounts_address", "user_id"),
        Track("accounts.externalidentity", "accounts_externalidentity", "user_id"),
        Track("account.emailaddress", "account_emailaddress", "user_id"),
        Track("shipping.shipmentline", "shipping_shipmentline", "shipment_id"),
    ]
