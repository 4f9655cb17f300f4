"""Writes what the demo shop sells: categories, options, products with variants and pictures, stock, methods, zones."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from stdnum import ean

from accounts.models import User
from catalog.media.canvas import PICTURE_SIZE
from catalog.models import (
    Category,
    OptionType,
    OptionValue,
    Product,
    ProductImage,
    Variant,
    VariantOption,
    VariantPicture,
)
from core import clock
from inventory.models import Location, StockItem
from inventory.services import receive_stock
from pricing.models import TaxRate, TaxZone, TaxZoneArea
from sampledata.content import ProductText, ShopText, VariantText
from sampledata.pictures import Picture
from sampledata.rows import insert_missing, rows_by_key, translated
from shipping.models import ShippingMethod

OPENED_DAYS_AGO = 90


@dataclass(frozen=True, slots=True)
class Writer:
    """Puts the content into the database; what is there already stays as it is. Needs a transaction."""

    shop: ShopText
    now: datetime

    def write_rules(self) -> None:
        """Locations, shipping methods and tax zones."""
        locations = insert_missing(Location, (self._location(place) for place in range(len(self.shop.locations))))
        insert_missing(ShippingMethod, (self._method(place, locations) for place in range(len(self.shop.methods))))
        present = rows_by_key(TaxZone).keys()
        zones = insert_missing(TaxZone, (self._zone(place) for place in range(len(self.shop.zones))))
        new = [zone for zone in self.shop.zones if zone.key not in present]
        TaxRate.objects.bulk_create(
            TaxRate(zone=zones[zone.key], tax_class=tax_class, rate=percent / 100, name=name)
            for zone in new
            for tax_class, percent, name in zone.rates
        )
        # An area that staff gave to another zone stays there.
        TaxZoneArea.objects.bulk_create(
            (
                TaxZoneArea(zone=zones[zone.key], country=country, region=region, postal_prefix=prefix)
                for zone in new
                for country, region, prefix in zone.areas
            ),
            ignore_conflicts=True,
        )

    def write_catalogue(self, pictures: Mapping[str, list[Picture]]) -> None:
        """Categories, options, products, variants and the rows of their pictures (by the product's key)."""
        categories = self.write_categories()
        values = self._write_options()
        products = insert_missing(
            Product, (self._product(place, categories) for place in range(len(self.shop.products)))
        )
        variants = self._write_variants(products, values)
        present = rows_by_key(ProductImage).keys()
        images = insert_missing(
            ProductImage,
            (
                _image(place, picture, products[product.key])
                for product in self.shop.products
                for place, picture in enumerate(pictures[product.key])
            ),
        )
        VariantPicture.objects.bulk_create(
            VariantPicture(
                variant_id=variants[sku].pk,
                image_id=images[picture.key].pk,
                product_id=variants[sku].product_id,
                position=place,
            )
            for product in self.shop.products
            for place, picture in enumerate(pictures[product.key])
            if picture.key not in present
            for sku in picture.skus
        )

    def write_stock(self, actor: User) -> None:
        """What was received at the locations when the shop opened."""
        locations = rows_by_key(Location)
        variants, present = rows_by_key(Variant), rows_by_key(StockItem)
        received: list[StockItem] = []
        for text in (variant for product in self.shop.products for variant in product.variants):
            for (code, _), units in zip(self.shop.locations, text.stock, strict=True):
                key = f"{text.sku}@{code}"
                if key not in present and units:
                    with clock.at(self._opened):
                        item = receive_stock(
                            variant_id=variants[text.sku].pk, location=locations[code], quantity=units, actor=actor
                        )
                    item.source, item.source_key = "sampledata", key
                    received.append(item)
        StockItem.objects.bulk_update(received, ["source", "source_key"])

    @property
    def _opened(self) -> datetime:
        return self.now - timedelta(days=OPENED_DAYS_AGO)

    def _location(self, place: int) -> Location:
        key, name = self.shop.locations[place]
        text = self.shop.places[key]
        return Location(
            source_key=key,
            code=key,
            name=name,
            priority=place,
            line1=text.line1,
            postal_code=text.postal_code,
            city=text.city,
            country=text.country,
            **translated("opening_hours", text.opening_hours),
        )

    def _method(self, place: int, locations: Mapping[str, Location]) -> ShippingMethod:
        text = self.shop.methods[place]
        return ShippingMethod(
            source_key=text.key,
            code=text.key,
            carrier=text.carrier,
            price_minor=text.price,
            free_from_minor=text.free_from,
            currency=settings.SHOP_CURRENCY,
            pickup_location=locations.get(text.pickup),
            min_days=text.min_days,
            max_days=text.max_days,
            position=place,
            **translated("name", text.name),
            **translated("description", text.description),
        )

    def _zone(self, place: int) -> TaxZone:
        text = self.shop.zones[place]
        return TaxZone(
            source_key=text.key,
            code=text.key,
            name=text.name,
            prices_include_tax=text.inclusive,
        )

    def write_categories(self) -> dict[str, Category]:
        """The whole tree; returns the demo shop's categories by key."""
        rows: dict[str, Category] = {}
        present = rows_by_key(Category)
        for place, text in enumerate(self.shop.categories):
            parent = present.get(text.parent or "") or rows.get(text.parent or "")
            rows[text.key] = Category(
                source_key=text.key,
                slug=text.key,
                parent=parent,
                position=(place + 1) * 10,
                created_at=self._opened,
                **translated("name", text.name),
                **translated("description", text.description),
            )
        return insert_missing(Category, rows.values())

    def _write_options(self) -> dict[str, OptionValue]:
        types = insert_missing(
            OptionType,
            (
                OptionType(source_key=code, code=code, position=place, **translated("name", name))
                for place, (code, (name, _)) in enumerate(self.shop.options.items())
            ),
        )
        return insert_missing(
            OptionValue,
            (
                OptionValue(
                    source_key=f"{code}:{value.code}",
                    option_type=types[code],
                    code=value.code,
                    position=place,
                    **translated("name", value.name),
                )
                for code, (_, values) in self.shop.options.items()
                for place, value in enumerate(values)
            ),
        )

    def _product(self, place: int, categories: Mapping[str, Category]) -> Product:
        text = self.shop.products[place]
        product = Product(
            source_key=text.key,
            slug=text.key,
            category=categories[text.category],
            brand=text.brand,
            tax_class=text.tax,
            is_active=True,
            is_featured=text.featured,
            created_at=self._arrived(place),
            **translated("name", text.name),
            **translated("description", text.description),
        )
        product.search_text = product.folded_text()
        return product

    def _arrived(self, place: int) -> datetime:
        """Spread over the shop's first weeks, departments mixed, so that the newest are of every kind."""
        rank = place * 23 % len(self.shop.products)
        return self._opened + timedelta(days=rank, hours=rank % 9)

    def _write_variants(self, products: Mapping[str, Product], values: Mapping[str, OptionValue]) -> dict[str, Variant]:
        present = rows_by_key(Variant).keys()
        texts = [(product, place) for product in self.shop.products for place in range(len(product.variants))]
        variants = insert_missing(
            Variant,
            (
                _variant(product.variants[place], place, products[product.key], _gtin(number))
                for number, (product, place) in enumerate(texts, 1)
            ),
        )
        VariantOption.objects.bulk_create(
            VariantOption(
                variant=variants[text.sku],
                option_type_id=values[f"{code}:{value}"].option_type_id,
                value=values[f"{code}:{value}"],
            )
            for text in _variants(self.shop.products)
            if text.sku not in present
            for code, value in text.options.items()
        )
        return variants


def _gtin(number: int) -> str:
    """A number of the range that GS1 leaves to shops for their own use."""
    digits = f"200{number:09d}"
    return f"{digits}{ean.calc_check_digit(digits)}"


def _variants(products: Iterable[ProductText]) -> Iterable[VariantText]:
    return (variant for product in products for variant in product.variants)


def _variant(text: VariantText, place: int, product: Product, gtin: str) -> Variant:
    return Variant(
        source_key=text.sku,
        product=product,
        sku=text.sku,
        gtin=gtin,
        price_minor=text.price,
        compare_at_minor=text.compare_at,
        currency=settings.SHOP_CURRENCY,
        weight_grams=text.weight,
        position=place,
        created_at=product.created_at,
    )


def _image(place: int, picture: Picture, product: Product) -> ProductImage:
    return ProductImage(
        source_key=picture.key,
        product=product,
        # The dimensions are given, so that nothing opens the file, which is still being drawn.
        width=PICTURE_SIZE,
        height=PICTURE_SIZE,
        file=picture.file,
        is_primary=place == 0,
        position=place,
        **translated("alt", picture.alt),
    )
