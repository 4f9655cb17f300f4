"""Forget old events of the outbox; the beat does it every day."""

from typing import Any

from django.core.management.base import BaseCommand

from core.outbox.services import prune_outbox


class Command(BaseCommand):
    help = "Forgets the events that are older than OUTBOX_KEEP_DAYS and that every consumer has been offered."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{prune_outbox()} events forgotten.")
