"""Taxes by zone and class. The arithmetic is in pricing.calculator, the rules in docs/pricing.md."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import TaxClass
from core.models import BaseModel, OriginModel
from pricing.areas import LONGEST_PREFIX, Area


class TaxZone(BaseModel, OriginModel):
    """Areas that are taxed alike, and whether the listed prices already include the tax there."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    prices_include_tax = models.BooleanField(_("prices include tax"))

    class Meta(OriginModel.Meta):
        verbose_name = _("tax zone")
        verbose_name_plural = _("tax zones")
        ordering: ClassVar[list[str]] = ["code"]

    def __str__(self) -> str:
        return self.name


class TaxZoneArea(BaseModel):
    """A country, region or beginning of postal codes that a zone claims; no other zone has the same."""

    zone = models.ForeignKey(TaxZone, on_delete=models.CASCADE, related_name="areas", verbose_name=_("zone"))
    country = models.CharField(_("country"), max_length=2, help_text=_("ISO code, such as FR"))
    region = models.CharField(
        _("region"),
        max_length=120,
        blank=True,
        default="",
        db_default="",
        help_text=_("Name or code, such as California or CA"),
    )
    postal_prefix = models.CharField(
        _("postal codes begin with"),
        max_length=LONGEST_PREFIX,
        blank=True,
        default="",
        db_default="",
        help_text=_("Letters and digits, such as 35"),
    )

    class Meta:
        verbose_name = _("area")
        verbose_name_plural = _("areas")
        ordering: ClassVar[list[str]] = ["country", "region", "postal_prefix"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["country", "region", "postal_prefix"], name="pricing_area_in_one_zone"),
            models.CheckConstraint(condition=Q(country__regex="^[A-Z]{2}$"), name="pricing_area_country_iso"),
            models.CheckConstraint(condition=Q(region="") | Q(postal_prefix=""), name="pricing_area_region_or_prefix"),
            models.CheckConstraint(condition=Q(postal_prefix__regex="^[A-Z0-9]*$"), name="pricing_area_prefix_is_bare"),
        ]

    def __str__(self) -> str:
        return str(self.area)

    @property
    def area(self) -> Area:
        return Area(self.country, self.region, self.postal_prefix)


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
