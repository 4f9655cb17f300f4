"""The mails of this app, with their default texts."""

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from core.money import Money
from notifications.texts.kinds import SHOP, MessageKind, Variable

_ORDER = {"number": Variable(_("number of the order"), "7K3M9Q2XA"), "shop": SHOP}
_ITEM = {
    "product": Variable(_("name of the product"), "Mint tea"),
    "sku": Variable(_("SKU"), "TEA-MINT-100"),
    "shop": SHOP,
}

MESSAGE_KINDS = (
    MessageKind(
        code="order_placed",
        label=_("Order placed"),
        variables={**_ORDER, "total": Variable(_("total of the order"), Money(4990, "EUR"))},
        subject=lambda: _now("Your order %(number)s"),
        heading=lambda: _now("Thank you, your order is placed"),
    ),
    MessageKind(
        code="order_shipped",
        label=_("Parcel shipped"),
        variables=_ORDER,
        subject=lambda: _now("Your order %(number)s is on its way"),
        heading=lambda: _now("Your parcel is on its way"),
    ),
    MessageKind(
        code="order_cancelled",
        label=_("Order cancelled"),
        variables=_ORDER,
        subject=lambda: _now("Your order %(number)s was cancelled"),
        heading=lambda: _now("Your order was cancelled"),
    ),
    MessageKind(
        code="order_link",
        label=_("Link to the order"),
        variables=_ORDER,
        subject=lambda: _now("The link to your order %(number)s"),
        heading=lambda: _now("The link to your order"),
        intro=lambda: _now(
            "Somebody, hopefully you, asked for it in our shop. It opens the whole order, so keep it to yourself:"
        ),
    ),
    MessageKind(
        code="back_in_stock",
        label=_("Back in stock"),
        variables={**_ITEM, "price": Variable(_("price"), Money(990, "EUR"))},
        subject=lambda: _now("%(product)s is back"),
        heading=lambda: _now("It is back"),
        intro=lambda: _now(
            "You asked us to tell you when this item can be bought again. We keep none aside, so it may sell out once"
            " more."
        ),
    ),
    MessageKind(
        code="confirm_notice",
        label=_("Please confirm the stock notice"),
        variables=_ITEM,
        subject=lambda: _now("Please confirm: tell me when it is back"),
        heading=lambda: _now("Tell you when it is back?"),
        intro=lambda: _now(
            "Somebody has asked us in our shop to write to this address when an item can be bought again. If that was"
            " you, please open this link; without it we do not write."
        ),
    ),
    MessageKind(
        code="stock_low",
        label=_("Stock is low"),
        variables=_ITEM,
        subject=lambda: _now("Stock is low: %(sku)s"),
        heading=lambda: _now("Stock is low"),
    ),
    MessageKind(
        code="stock_sold_out",
        label=_("Sold out"),
        variables=_ITEM,
        subject=lambda: _now("Sold out: %(sku)s"),
        heading=lambda: _now("Sold out"),
    ),
)
