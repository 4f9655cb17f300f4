"""Products as cards of a list: `{% product_cards products %}`.

Written here and not in a template, which took a third of the time of a category's page: it has two dozen of them.
"""

from collections.abc import Iterable

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from catalog.reads.pictures import Picture
from catalog.reads.summaries import ProductSummary
from core.money import Money
from core.templatetags.shop import money

register = template.Library()

_CARD = """<li class="product-card">
  <div class="product-card__frame">{}{}</div>
  {}<h3><a href="{}">{}</a></h3>
  <p class="product-card__price">{}</p>
</li>
"""
# As partials/picture.html writes it for a size of 400.
_PICTURE = '<img src="{}"{} alt="{}" width="400" height="400" loading="lazy" decoding="async">'
_SIZES = ' srcset="{}" sizes="(min-width: 60rem) 18rem, (min-width: 40rem) 33vw, 50vw"'
_NO_PICTURE = '<img src="{}" alt="" width="400" height="400">'
_NOTHING = SafeString()


@register.simple_tag
def product_cards(products: Iterable[ProductSummary]) -> SafeString:
    """The list with a card for each product."""
    return format_html('<ul class="products" role="list">\n{}</ul>', format_html_join("", "{}", map(_parts, products)))


def _parts(product: ProductSummary) -> tuple[SafeString]:
    name, url = product.name, product.get_absolute_url()
    brand = format_html('<p class="product-card__brand">{}</p>\n  ', product.brand) if product.brand else _NOTHING
    picture = _picture(product.image, name)
    return (format_html(_CARD, picture, _flag(product), brand, url, name, _price(product)),)


def _picture(picture: Picture | None, name: str) -> SafeString:
    if picture is None:
        return format_html(_NO_PICTURE, static("img/no-picture.svg"))
    srcset = picture.srcset
    return format_html(
        _PICTURE, picture.medium_url, format_html(_SIZES, srcset) if srcset else _NOTHING, picture.alt or name
    )


def _flag(product: ProductSummary) -> SafeString:
    if not product.in_stock:
        return format_html('<span class="product-card__flag badge">{}</span>', _("Sold out"))
    if product.compare_at_price:
        return format_html('<span class="product-card__flag badge badge--warning">{}</span>', _("Reduced"))
    return _NOTHING


def _price(product: ProductSummary) -> SafeString:
    price = money(product.price)
    if product.has_several_prices:
        words = mark_safe(_("from %(price)s") % {"price": price})  # noqa: S308 - translated words  # nosec B308 B703
        return format_html('<span class="price">{}</span>', words)
    if product.compare_at_price:
        return _reduced(price, product.compare_at_price)
    return format_html('<span class="price">{}</span>', price)


def _reduced(price: SafeString | str, before: Money) -> SafeString:
    return format_html(
        '<span class="price price--now">{}</span> '
        '<s class="price price--was"><span class="visually-hidden">{} </span>{}</s>',
        price,
        _("Before:"),
        money(before),
    )
