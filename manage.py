#!/usr/bin/env python
"""Run an operator's command; the embedded services are up before Django connects."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from config import embedded

    embedded.start_if_needed()
    from django.core.management import execute_from_command_line

    from config.reach import explanation, unreadable_setting
    from core.context import Work, working
    from core.db.ids import new_id

    if reason := unreadable_setting():
        sys.exit(f"souk: {reason}")
    with working(Work(activity=" ".join(sys.argv[1:2]), reference=str(new_id()))):
        try:
            execute_from_command_line(sys.argv)
        except Exception as error:
            reason = explanation(error)
            if reason is None or "--traceback" in sys.argv:
                raise
            sys.exit(f"souk: {reason}")


if __name__ == "__main__":
    main()
