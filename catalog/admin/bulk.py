"""What staff does to many products at once."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.models import User
from catalog.admin.categories import CategoryChoiceField
from catalog.errors import NotReadyForSale
from catalog.media.services import retry_sizes
from catalog.models import Category, Product
from catalog.publishing import put_on_sale, take_off_sale
from catalog.services import update_product
from core.admin.bulk import BulkForm, Outcome, each


class PutOnSaleForm(BulkForm):
    title = _("Put on sale")
    submit = _("Put on sale")
    intro = _("Shoppers see these products as soon as this is done.")

    def take(self, *, rows: Sequence[Product], actor: User) -> Outcome:
        made = put_on_sale(product_ids=[row.pk for row in rows])
        outcome = Outcome(done=len(made.done))
        for row in rows:
            if row.pk in made.not_ready:
                outcome.refuse(NotReadyForSale.message, row)
        return outcome


class TakeOffSaleForm(BulkForm):
    title = _("Take off sale")
    submit = _("Take off sale")
    intro = _("Shoppers no longer see these products. What is in orders stays there.")

    def take(self, *, rows: Sequence[Product], actor: User) -> Outcome:
        take_off_sale(product_ids=[row.pk for row in rows])
        return Outcome(done=len(rows))


class RetrySizesForm(BulkForm):
    title = _("Read unreadable pictures again")
    submit = _("Read again")
    intro = _("Sizes are made of pictures whose file could not be read, if it can be by now.")

    def take(self, *, rows: Sequence[Product], actor: User) -> Outcome:
        retry_sizes(product_ids=[row.pk for row in rows])
        return Outcome(done=len(rows))


class SetCategoryForm(BulkForm):
    title = _("Set category")
    submit = _("Set category")

    category = CategoryChoiceField(
        queryset=Category.objects.with_tree_fields(), label=_("Category"), widget=UnfoldAdminSelectWidget()
    )

    def take(self, *, rows: Sequence[Product], actor: User) -> Outcome:
        category = self.cleaned_data["category"]
        return each(rows, lambda row: update_product(product_id=row.pk, category=category))
