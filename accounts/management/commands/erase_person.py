"""Erase a person's personal data, as they have the right to ask."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.erasure import erase_person
from accounts.selectors import user_by_login
from core.errors import DomainError


class Command(BaseCommand):
    help = "Erases a person's names, addresses and log-ins; orders keep their lines and amounts. It cannot be undone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("login", help="The e-mail address or username of the account.")
        parser.add_argument("--yes", action="store_true", help="Erase; without it, only say whom it would be.")

    def handle(self, *args: Any, **options: Any) -> None:
        login = options["login"].strip()
        user = user_by_login(login)
        if user is None:
            raise CommandError(f"Nobody logs in as {login!r}.")
        if not options["yes"]:
            self.stdout.write(f"Would erase {user} ({user.pk}) with {user.orders.count()} orders. Add --yes to do it.")
            return
        try:
            erase_person(user_id=user.pk)
        except DomainError as refusal:
            raise CommandError(f"{refusal} {', '.join(refusal.details.get('orders', []))}".strip()) from refusal
        self.stdout.write(f"Erased {user.pk}.")
