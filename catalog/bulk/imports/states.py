"""The states of an import as data."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ImportState(models.TextChoices):
    QUEUED = "queued", pgettext_lazy("state of an import", "Queued")
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", pgettext_lazy("state of an import", "Cancelled")


TRANSITIONS: dict[str, frozenset[str]] = {
    ImportState.QUEUED: frozenset(
        {
            ImportState.RUNNING,  # a worker has taken it
            ImportState.CANCELLED,  # staff changed their mind before it began
        }
    ),
    ImportState.RUNNING: frozenset(
        {
            ImportState.SUCCEEDED,  # every row is saved or refused
            ImportState.FAILED,  # the file cannot be read, or the same rows stopped every worker
            ImportState.CANCELLED,  # staff stopped it; what is saved stays
        }
    ),
    ImportState.SUCCEEDED: frozenset(),  # the end; refused rows come again in another file
    ImportState.FAILED: frozenset(),  # the end
    ImportState.CANCELLED: frozenset(),  # the end
}

# Still to be worked on.
OPEN = frozenset(state for state, targets in TRANSITIONS.items() if targets)

COLOURS: dict[str, str] = {
    ImportState.QUEUED: "warning",
    ImportState.RUNNING: "info",
    ImportState.SUCCEEDED: "success",
    ImportState.FAILED: "danger",
    ImportState.CANCELLED: "default",
}
