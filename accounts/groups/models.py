"""Groups that customers belong to, such as wholesale or members of a club, and their memberships."""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core import clock
from core.i18n.translated_columns import plain_columns
from core.models import BaseModel, OriginModel


class CustomerGroup(BaseModel, OriginModel):
    """Customers that the shop treats alike. Staff keeps the list; customers read their own groups."""

    code = models.SlugField(
        _("code"),
        max_length=60,
        unique=True,
        error_messages={"unique": _("Another customer group has this code.")},
        help_text=_("Letters, digits, hyphens and underscores; imports and integrations name the group by it."),
    )
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), max_length=2_000, blank=True, default="", db_default="")

    class Meta(OriginModel.Meta):
        verbose_name = _("customer group")
        verbose_name_plural = _("customer groups")
        ordering: ClassVar[list[str]] = ["code"]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [plain_columns("name", "description")]

    def __str__(self) -> str:
        return self.name


class CustomerGroupMembership(BaseModel, OriginModel):
    """A customer in a group. Without an origin somebody of the staff put them there; the audit tells who."""

    group = models.ForeignKey(
        CustomerGroup, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("customer group")
    )
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="customer_group_memberships",
        verbose_name=_("customer"),
    )
    since = models.DateTimeField(_("member since"), default=clock.now, db_default=Now())

    class Meta(OriginModel.Meta):
        verbose_name = _("membership in a customer group")
        verbose_name_plural = _("memberships in customer groups")
        ordering: ClassVar[list[str]] = ["-since", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *OriginModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "customer"],
                name="accounts_groupmembership_once",
                violation_error_message=_("This customer is in the group already."),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["group", "-since", "-id"], name="accounts_groupmember_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.customer} · {self.group}"
