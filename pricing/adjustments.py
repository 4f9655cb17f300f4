"""What a step of the calculator changes of a price, as a value; orders keep one row for each."""

from dataclasses import dataclass
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.money import Money


class AdjustmentKind(models.TextChoices):
    DISCOUNT = "discount", _("Discount")  # of a line's goods
    SHIPPING_DISCOUNT = "shipping_discount", _("Discount on delivery")  # of the whole order


class AdjustmentSource(models.TextChoices):
    MANUAL = "manual", _("Given by staff")
    IMPORT = "import", _("Data import")


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """An amount that is taken off: of `units` of the line with the key `line`, or off the charge of shipping.

    `code` names what gave it, so that the parts of one discount can be told from those of another; `id` is that of the
    row in which it rests, None before it does.
    """

    kind: AdjustmentKind
    source: AdjustmentSource
    code: str
    amount: Money
    line: str | None = None
    units: int | None = None
    reason: str = ""
    id: UUID | None = None
