"""What tests read in the mails that were sent."""

import re

from django.core import mail


def mailed_key() -> str:
    """The key of a sign-up that the latest mail brought."""
    found = re.search(r"/account/welcome/([\w-]+)/", str(mail.outbox[-1].body))
    assert found, mail.outbox[-1].body
    return found[1]
