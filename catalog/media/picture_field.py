"""The column of an uploaded picture."""

from typing import Any

from django.db import models


class PictureFileField(models.ImageField):
    """An ImageField whose row can be read and saved while its file is missing from the storage.

    Django opens the file whenever it is assigned, to measure it; a lost file would make each save of its product fail.
    """

    def update_dimension_fields(self, instance: models.Model, force: bool = False, *args: Any, **kwargs: Any) -> None:
        """Measure the file; leave the measures as they are where it cannot be read."""
        try:
            super().update_dimension_fields(instance, force, *args, **kwargs)
        except OSError:
            return

    def deconstruct(self) -> Any:
        """Return the column as Django's own field: in the database it is the same."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.ImageField", args, kwargs
