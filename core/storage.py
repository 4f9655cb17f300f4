"""Files under names of their own content: stored once, whole or not at all."""

import hashlib

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from core.locks import AdvisoryLock, advisory_lock

_WAIT_SECONDS = 30


def content_hash(content: bytes) -> str:
    """What names a content: 32 hexadecimal digits, equal for equal bytes only."""
    return hashlib.sha256(content).hexdigest()[:32]


def keep(name: str, content: bytes) -> None:
    """Store the content under exactly this name, unless it is there whole; a name never stands for two contents.

    Whoever keeps the same name at the same time waits, so nobody takes a half-written file for a whole one. Raises
    LockTaken if the other one takes longer than 30 seconds.
    """
    with advisory_lock(AdvisoryLock.STORED_FILE, name, wait_seconds=_WAIT_SECONDS):
        if default_storage.exists(name):
            if default_storage.size(name) == len(content):
                return
            default_storage.delete(name)  # a kill had cut it off while it was written
        default_storage.save(name, ContentFile(content))
