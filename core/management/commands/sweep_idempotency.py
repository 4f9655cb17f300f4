"""Forget idempotency keys that are past their time; the beat does it every hour."""

from typing import Any

from django.core.management.base import BaseCommand

from core.idempotency import sweep_idempotent_requests


class Command(BaseCommand):
    help = "Forgets the idempotency keys, and the answers kept for them, that are older than IDEMPOTENCY_KEEP_HOURS."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{sweep_idempotent_requests()} keys forgotten.")
