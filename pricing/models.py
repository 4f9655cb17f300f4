"""Taxes by zone and class. The arithmetic is in pricing.calculator, the rules in docs/pricing.md."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import TaxClass
from core.models import BaseModel, OriginModel


class TaxZone(BaseModel, OriginModel):
    """Countries that are taxed alike, and whether the listed prices already include the tax there."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    countries = ArrayField(
        models.CharField(max_length=2), verbose_name=_("countries"), help_text=_("ISO codes, such as FR, BE")
    )
    prices_include_tax = models.BooleanField(_("prices include tax"))

    class Meta(OriginModel.Meta):
        verbose_name = _("tax zone")
        verbose_name_plural = _("tax zones")
        ordering: ClassVar[list[str]] = ["code"]
        indexes: ClassVar[list[models.Index]] = [GinIndex(fields=["countries"], name="pricing_taxzone_countries")]

    def __str__(self) -> str:
        return self.name


class TaxRate(BaseModel):
    """A zone's rate for one tax class, as a fraction: 0.20 is 20 %."""

    zone = models.ForeignKey(TaxZone, on_delete=models.CASCADE, related_name="rates", verbose_name=_("zone"))
    tax_class = models.CharField(_("tax class"), max_length=16, choices=TaxClass.choices)
    rate = models.DecimalField(_("rate"), max_digits=7, decimal_places=6)
    name = models.CharField(_("name on the invoice"), max_length=60)

    class Meta:
        verbose_name = _("tax rate")
        verbose_name_plural = _("tax rates")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["zone", "tax_class"], name="pricing_taxrate_one_a_class"),
            models.CheckConstraint(condition=Q(rate__gte=0) & Q(rate__lt=1), name="pricing_taxrate_fraction"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.rate:.2%}"
