"""What has changed since a moment is found by an index, which is made beside the shop's work."""

from typing import ClassVar

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies: ClassVar[list[tuple[str, str]]] = [("accounts", "0017_updated_at")]
    operations: ClassVar[list[AddIndexConcurrently]] = [
        AddIndexConcurrently(
            model_name="user",
            index=models.Index(fields=["updated_at", "id"], name="accounts_user_changed"),
        ),
    ]
