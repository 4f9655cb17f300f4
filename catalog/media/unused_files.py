"""Stored pictures that no row shows any more: found by their names, deleted once they are old."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.core.files.storage import default_storage

from catalog.models import ProductImage
from core.web.storage import delete_old, last_kept

# Far longer than an upload takes from its file to its row.
UNUSED_FOR = timedelta(days=1)
_AT_ONCE = 5_000
# What the shop itself stores; whatever else lies there is somebody's. Drawn stand-ins are few, and lie elsewhere.
_PICTURE = re.compile(r"products/[0-9a-f]{32}\.\w+")
_SIZE = re.compile(r"products/sizes/([0-9a-f]{32})-\d+\.webp")


def unused_files(*, older_than: datetime) -> list[str]:
    """The names of stored pictures and sizes that no row refers to, last written before this time."""
    found: list[str] = []
    names = list(_stored())
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        used = _used(some)
        # Another sweep or somebody at the storage may delete a file between its listing and this look.
        found += [name for name in some if name not in used and (kept_at := last_kept(name)) and kept_at < older_than]
    return found


def delete_unused_files(*, older_than: datetime, limit: int | None = None) -> int:
    """Delete at most `limit` of them; returns how many. Must not be called in a transaction.

    Each is looked at again under the lock of its name: whoever keeps it meanwhile dates it anew, and waits.
    """
    return sum(
        delete_old(name, older_than=older_than, unless=_is_used) for name in unused_files(older_than=older_than)[:limit]
    )


def _stored() -> Iterator[str]:
    for folder, pattern in (("products", _PICTURE), ("products/sizes", _SIZE)):
        try:
            _folders, files = default_storage.listdir(folder)
        except FileNotFoundError:
            continue
        yield from (name for file in files if pattern.fullmatch(name := f"{folder}/{file}"))


def _is_used(name: str) -> bool:
    return name in _used([name])


def _used(names: list[str]) -> set[str]:
    keys = {name: match[1] for name in names if (match := _SIZE.fullmatch(name))}
    images = ProductImage.objects.order_by()
    used = set(images.filter(file__in=[name for name in names if name not in keys]).values_list("file", flat=True))
    used_keys = set(images.filter(sizes_key__in=set(keys.values())).values_list("sizes_key", flat=True)) if keys else ()
    return used | {name for name, key in keys.items() if key in used_keys}
