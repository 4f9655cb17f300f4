"""Files under names of their own content: stored once, whole or not at all."""

import hashlib
import os
from collections.abc import Callable
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from core.db.advisory_locks import AdvisoryLock, LockTaken, advisory_lock

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
                _date_anew(name, content)
                return
            default_storage.delete(name)  # a kill had cut it off while it was written
        default_storage.save(name, ContentFile(content))


def last_kept(name: str) -> datetime | None:
    """When the file of this name was last kept; None if there is none, or none any more."""
    try:
        return default_storage.get_modified_time(name)
    except Exception:  # a folder and a bucket have words of their own for what is not there
        if default_storage.exists(name):
            raise
        return None


def delete_old(name: str, *, older_than: datetime, unless: Callable[[str], bool]) -> bool:
    """Delete a file that was last kept before this time, unless `unless` holds of its name, asked under its lock.

    Returns whether it is gone; one that somebody keeps at the moment stays. Must not be called in a transaction, which
    would see rows of its start.
    """
    try:
        with advisory_lock(AdvisoryLock.STORED_FILE, name):
            kept_at = last_kept(name)
            if kept_at is None or kept_at >= older_than or unless(name):
                return False
            default_storage.delete(name)
            return True
    except LockTaken:
        return False


def _date_anew(name: str, content: bytes) -> None:
    """Whoever keeps a file that is there is about to refer to it, so for `delete_old` it is as good as new."""
    try:
        path = default_storage.path(name)
    except NotImplementedError:  # how Django's storages say that they have no folder
        # A bucket writes over what it has of the name (S3Storage.file_overwrite), and dates it.
        default_storage.save(name, ContentFile(content))
    else:
        os.utime(path)
