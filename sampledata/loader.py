"""Loads the demo shop in one transaction: all of it or nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, models, transaction
from django.utils import timezone, translation

from accounts.models import Address, User
from carts.models import Cart
from catalog.models import Category, Product, ProductImage, Variant
from orders.models import Order
from sampledata.catalogue import Writer
from sampledata.content import PersonText, ShopText, shop_text
from sampledata.people import write_people
from sampledata.pictures import Picture, drawn_meanwhile, pictures_of
from sampledata.plan import plan_story
from sampledata.rows import SOURCE, rows_by_key
from sampledata.story import Stage
from shipping.models import ShippingMethod

DEFAULT_SEED = 7


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the demo shop consists of after a run, what the run added to it, and who can log in."""

    counts: dict[str, int]
    added: dict[str, int]
    orders_by_status: dict[str, int]
    pictures_drawn: int
    logins: tuple[PersonText, ...]


def shop_has_products() -> bool:
    """Whether anything is sold already, from the demo shop or not."""
    return Product.objects.exists()


def load_demo_shop(*, seed: int = DEFAULT_SEED, now: datetime | None = None) -> Loaded:
    """Load what of the demo shop is missing; rows that are there stay as they are, so a second run changes nothing.

    The same seed tells the same story: orders, quantities and totals. ``now``, the moment at which the story ends, is
    not in the future. Raises DomainError (a log-in's name that is taken, goods that ran out) or IntegrityError
    (a code, SKU or address that other rows have); then nothing has changed.
    """
    shop, now = shop_text(), now or timezone.now()
    pictures = {product.key: pictures_of(product, shop) for product in shop.products}
    with (
        drawn_meanwhile(_in_use(picture for several in pictures.values() for picture in several)) as store_pictures,
        transaction.atomic(),
        translation.override("en"),
    ):
        before = _counts()
        people = write_people(shop, now=now)
        writer = Writer(shop, now)
        writer.write_rules()
        writer.write_catalogue(pictures)
        writer.write_stock(people["staff"])
        _play_story(shop, people, seed=seed, now=now)
        drawn = store_pictures()
        after = _counts()
        return Loaded(
            counts=after,
            added={name: count - before[name] for name, count in after.items()},
            orders_by_status=_orders_by_status(),
            pictures_drawn=drawn,
            logins=tuple(person for person in shop.people if person.username),
        )


def _in_use(pictures: Iterable[Picture]) -> list[Picture]:
    """Without those whose row shows something else by now: an older drawing, or what staff uploaded."""
    rows = rows_by_key(ProductImage)
    return [one for one in pictures if one.key not in rows or rows[one.key].file.name == one.file]


def _play_story(shop: ShopText, people: dict[str, User], *, seed: int, now: datetime) -> None:
    """Orders first and carts last: an order takes the customer's open cart. Nothing happens a second time."""
    if rows_by_key(Order):
        return
    plan = plan_story(shop, seed=seed)
    # A fresh catalogue has no statistics, and the plans for it are poor until it does.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_product, catalog_variant, inventory_stockitem")
    stage = Stage(people, rows_by_key(Variant), now)
    for order in plan.orders:
        stage.play(order)
    for cart in plan.carts:
        stage.fill_cart(cart)


def _counts() -> dict[str, int]:
    owned: dict[str, type[models.Model]] = {
        "categories": Category,
        "products": Product,
        "variants": Variant,
        "pictures": ProductImage,
        "shipping methods": ShippingMethod,
        "customers": User,
        "orders": Order,
    }
    counts = {name: model._default_manager.filter(source=SOURCE).count() for name, model in owned.items()}
    counts["addresses"] = Address.objects.filter(user__source=SOURCE).count()
    counts["open carts"] = Cart.objects.filter(customer__source=SOURCE, status=Cart.Status.OPEN).count()
    return counts


def _orders_by_status() -> dict[str, int]:
    rows = Order.objects.filter(source=SOURCE).values_list("status").annotate(count=models.Count("pk"))
    return dict(rows.order_by("status"))
