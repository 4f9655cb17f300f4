"""What can be loaded, in the order in which rows refer to each other."""

from etl.context import Loader
from etl.entities import Entity
from etl.loaders.category import CATEGORY_LOADER
from etl.loaders.customer import ADDRESS_LOADER, CUSTOMER_LOADER
from etl.loaders.order import ORDER_LOADER
from etl.loaders.product import PRODUCT_LOADER
from etl.loaders.shipping_method import SHIPPING_METHOD_LOADER

LOADERS: tuple[Loader, ...] = (
    CATEGORY_LOADER,
    PRODUCT_LOADER,
    CUSTOMER_LOADER,
    ADDRESS_LOADER,
    SHIPPING_METHOD_LOADER,
    ORDER_LOADER,
)
ENTITIES: dict[str, Entity] = {entity.name: entity for loader in LOADERS for entity in loader.entities}

__all__ = ["ENTITIES", "LOADERS"]
