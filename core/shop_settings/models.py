"""One row for each setting that staff has set."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core import clock
from core.db.ids import UUID7Field


class ShopSetting(models.Model):
    """A setting's value in plain JSON types; a setting without a row has its default.

    Written by core.shop_settings.services alone, read by way of `Setting.value`. Who changed what from which value to
    which is in the audit.
    """

    id = UUID7Field()
    created_at = models.DateTimeField(_("created"), default=clock.now, db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("updated"), auto_now=True, db_default=Now())
    name = models.CharField(_("name"), max_length=80, unique=True)
    value = models.JSONField(_("value"))

    class Meta:
        app_label = "core"
        ordering = ("name",)
        verbose_name = _("shop setting")
        verbose_name_plural = _("shop settings")

    def __str__(self) -> str:
        return self.name
