"""Shipping methods. Whether shoppers may choose one, and at which price, is the shop's from the first load on."""

from etl.context import Context, Loader
from etl.entities import Entity, code, flag, money, text
from etl.upsert import in_english, upsert

SHIPPING_METHOD = Entity(
    name="shipping_method",
    table="shipping_shippingmethod",
    fields=(
        code("code", 60, unique_in=("shipping_shippingmethod", "code")),
        text("name", 200, required=True),
        text("carrier", 120),
        text("phone", 40),
        money("price"),
        flag("is_active"),
    ),
    held="SELECT source_key FROM shipping_shippingmethod WHERE source = {source}",
)


def _load(context: Context) -> None:
    upsert(
        context,
        table="shipping_shippingmethod",
        entity=SHIPPING_METHOD,
        values={**in_english("name"), "code": "r.code", "carrier": "r.carrier", "phone": "r.phone"},
        first={"id": "r.id", "price_minor": "r.price", "currency": "{currency}", "is_active": "r.is_active"},
    )


SHIPPING_METHOD_LOADER = Loader(entities=(SHIPPING_METHOD,), load=_load)
