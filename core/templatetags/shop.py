"""Template filters of the storefront: money, countries and page numbers as the shopper's language writes them."""

import json
from collections.abc import Mapping
from copy import copy
from datetime import datetime
from decimal import Decimal
from typing import Any

from babel import Locale
from django import template
from django.core.paginator import Page
from django.template import Context, Node, NodeList
from django.template.base import Parser, Token
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, pgettext

from core.db.ids import new_id
from core.fast.process_cache import ProcessCache
from core.i18n import countries
from core.i18n.address_rules import address_rules
from core.i18n.addresses import PostalAddress
from core.i18n.money_format import money_text
from core.money import Money
from core.text.cleaning import one_line as as_single_line

register = template.Library()


@register.filter
def money(value: Money | None) -> SafeString | str:
    """`money_text` isolated from the direction of the text around it; empty for no amount."""
    if value is None:
        return ""
    return format_html('<bdi class="money">{}</bdi>', money_text(value))


@register.filter
def one_line(address: PostalAddress) -> str:
    """An address in one line, as its country has it, without the country."""
    return ", ".join(address.lines()[:-1])


@register.filter
def until(moment: datetime) -> SafeString:
    """A time in the shop's zone, which is named; scripts write it by the reader's clock, and how far it is."""
    local = timezone.localtime(moment)
    text = f"{date_format(local, 'H:i')} {local.tzname()}"
    return format_html('<time datetime="{}" data-local="until">{}</time>', local.isoformat(), text)


@register.filter
def moment(value: datetime) -> SafeString:
    """A day and time in the shop's zone, which is named; scripts write it by the reader's clock."""
    local = timezone.localtime(value)
    text = f"{date_format(local, 'DATETIME_FORMAT')} {local.tzname()}"
    return format_html('<time datetime="{}" data-local="moment">{}</time>', local.isoformat(), text)


@register.simple_tag
def fresh_id() -> str:
    """An id that nothing else has, for what a form is known by."""
    return str(new_id())


# As in django.utils.html.json_script: nothing inside can end the element or open another.
_JSON_IN_HTML = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


@register.filter
def json_ld(data: Any) -> SafeString | str:
    """A schema.org object, or a list of them, as an element that search engines read; empty for none.

    Browsers do not run it, so the content security policy has nothing against it.
    """
    if not data:
        return ""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_JSON_IN_HTML)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))  # noqa: S308 - escaped above  # nosec B308 B703


@register.simple_tag
def colon() -> str:
    """The colon after a label in plain text; French has a space before it, which no line ends at."""
    return pgettext("after a label", ":")


@register.filter
def money_plain(value: Money | None) -> str:
    """`money_text` for plain text; empty for no amount."""
    return "" if value is None else money_text(value)


@register.filter
def single_line(value: Any) -> str:
    """A value in a mail of plain text: whatever people typed begins no line of its own. Empty for none."""
    return "" if value is None else as_single_line(value)


@register.filter
def country(code: str) -> str:
    """The name of a country in the active language."""
    return countries.name(code)


@register.filter
def address_lines(address: Any) -> list[str]:
    """A PostalAddress, or an entry of an address book, as a label in its country has it, without the country."""
    parts = ("full_name", "company", "line1", "line2", "postal_code", "city", "region")
    return address_rules(address.country).lines({part: getattr(address, part) for part in parts})


@register.filter
def page_range(page: "Page[Any]") -> list[int | str]:
    """The page numbers to offer, far ones folded into an ellipsis."""
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))


@register.filter
def step_amount(step: Any) -> Money:
    """The amount of a pricing step, fresh from the calculator or as an order keeps it."""
    if isinstance(step, Mapping):
        return Money(step["minor"], step["currency"])
    amount: Money = step.amount
    return amount


@register.filter
def percent(rate: Decimal | str) -> str:
    """A fraction as a percentage of the active language: 0.055 is "5.5%"."""
    locale = Locale.parse(get_language() or "en", sep="-")
    pattern = copy(locale.percent_formats[None])
    pattern.frac_prec = (0, 2)
    text: str = pattern.apply(Decimal(rate), locale, numbering_system="latn")
    return text


@register.tag
def kept(parser: Parser, token: Token) -> "_KeptNode":
    """`{% kept %}…{% endkept %}`: what is the same on every page of a language, rendered once in KEPT_SECONDS."""
    nodes = parser.parse(["endkept"])
    parser.delete_first_token()
    return _KeptNode(nodes)


class _KeptNode(Node):
    """What it rendered last in each language."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist
        self._texts: ProcessCache[SafeString] = ProcessCache()

    def render(self, context: Context) -> SafeString:
        return self._texts.get(get_language(), lambda: self.nodelist.render(context))
