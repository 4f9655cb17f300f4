"""Pictures as cameras and drawing programs write them, and the tasks that a request left behind."""

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from celery import current_app
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image


def picture(kind: str = "JPEG", size: tuple[int, int] = (1200, 600), mode: str = "RGB", **options: Any) -> bytes:
    """A picture whose left half is red and whose right half is blue."""
    image = Image.new("RGB", size, (200, 20, 20))
    image.paste((20, 20, 200), (size[0] // 2, 0, *size))
    return written(image.convert(mode), kind, **options)


def written(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def upload(content: bytes, name: str = "picture.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/jpeg")


def stored_picture(name: str = "products/tea.jpg", content: bytes | None = None) -> str:
    """The name of a picture that is in the storage."""
    return default_storage.save(name, ContentFile(picture() if content is None else content))


def sent_tasks(callbacks: Iterable[Callable[[], Any]]) -> list[tuple[str, dict[str, Any]]]:
    """The tasks that would be sent on commit, with their arguments; there is such a task."""
    sent = [callback.args for callback in callbacks]  # type: ignore[attr-defined]
    current_app.loader.import_default_modules()
    assert all(name in current_app.tasks for name, _arguments in sent), sent
    return sent
