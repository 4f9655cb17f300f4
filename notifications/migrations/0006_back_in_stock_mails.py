from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

OLD_TASK, NEW_TASK = "notifications.tasks.tell_of_all_returns", "notifications.tasks.notify_all_back_in_stock"
OLD, NEW = "notifications.consumers.ReturnMails", "notifications.consumers.BackInStockMails"


def rename(apps: Apps, old: str, new: str) -> None:
    """Let the consumer of a new name go on where the one of the old name was.

    If both have been at work, the earlier position counts: what is told again is found told, and nothing is lost.
    """
    cursors = apps.get_model("core", "OutboxCursor").objects
    deliveries = apps.get_model("core", "OutboxDelivery").objects
    held = cursors.filter(name=old).first()
    if held is not None:
        other = cursors.filter(name=new).first()
        position = held.position if other is None else min(held.position, other.position)
        cursors.update_or_create(name=new, defaults={"position": position})
        held.delete()
    there = deliveries.filter(consumer=new).values("event")
    deliveries.filter(consumer=old, event__in=there).delete()
    deliveries.filter(consumer=old).update(consumer=new)


def rename_task(apps: Apps, old: str, new: str) -> None:
    """Let the failure of the task be sent again, and resolved, under the name that it has."""
    failures = apps.get_model("core", "FailedTask").objects
    if not failures.filter(name=new, resolved_at=None).exists():
        failures.filter(name=old, resolved_at=None).update(name=new)


def forwards(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    rename(apps, OLD, NEW)
    rename_task(apps, OLD_TASK, NEW_TASK)


def backwards(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    rename(apps, NEW, OLD)
    rename_task(apps, NEW_TASK, OLD_TASK)


class Migration(migrations.Migration):
    """The consumer of mails to those who wait for an item is called by what it sends."""

    dependencies = [
        ("notifications", "0005_order_link_mail"),
        ("core", "0005_fold"),
    ]

    operations = [
        migrations.RunPython(forwards, backwards),
    ]
