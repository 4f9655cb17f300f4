"""Which pictures the demo shop needs, and drawing those that the storage does not have yet."""

import hashlib
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from sampledata.artwork import Look, draw_product
from sampledata.content import LANGUAGES, ProductText, ShopText, VariantText, Words

# Part of every file's name: raise it when a drawing changes, so that shops that have the old one draw again.
EDITION = 2

VIEW_NAMES: tuple[Words, ...] = (
    {"en": "", "fr": "", "ar": ""},
    {"en": "close up", "fr": "vu de près", "ar": "عن قرب"},
    {"en": "in its setting", "fr": "mis en scène", "ar": "في أجوائه"},
)
COMMA: Words = {"en": ", ", "fr": ", ", "ar": "، "}


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is to be drawn; the same sketch gives the same file."""

    kind: str
    look: Look
    ground: str
    view: int

    @property
    def digest(self) -> str:
        return hashlib.sha256(f"{EDITION}:{self!r}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a product, which shows the variants of these SKUs; ``key`` finds its row again."""

    key: str
    sketch: Sketch
    file: str
    alt: Words
    skus: tuple[str, ...]


def pictures_of(product: ProductText, shop: ShopText) -> list[Picture]:
    """The pictures of a product, the primary one first: its views, then one for each further colour."""
    tints = _variants_of_each_colour(product, shop)
    first = next(iter(tints), None)
    shown = [(view, first, _suffix(VIEW_NAMES[view])) for view in product.picture.views]
    shown += [(0, tint, _suffix(_colour_name(variants[0], shop))) for tint, variants in tints.items() if tint != first]
    return [
        _picture(product, place, view=view, tint=tint, variants=tints.get(tint or "", []), suffix=suffix)
        for place, (view, tint, suffix) in enumerate(shown)
    ]


@contextmanager
def drawn_meanwhile(pictures: Iterable[Picture]) -> Iterator[Callable[[], int]]:
    """Start to draw what the storage lacks; what is yielded waits for it, stores it and tells how many there were.

    Other processes draw, so that the caller can write rows in the meantime.
    """
    files = {picture.file: picture for picture in pictures}
    missing = [one for one in files.values() if not default_storage.exists(one.file)]
    # A backdrop is drawn once for those that follow each other.
    missing.sort(key=lambda one: (one.sketch.ground, one.sketch.view))
    sketches = [picture.sketch for picture in missing]
    with ExitStack() as stack:
        results = _started(sketches, stack)

        def store() -> int:
            for picture, data in zip(missing, results, strict=True):
                default_storage.save(picture.file, ContentFile(data))
            return len(missing)

        yield store


def _started(sketches: list[Sketch], stack: ExitStack) -> Iterable[bytes]:
    workers = min(len(sketches) // 8, os.cpu_count() or 1, 4)
    if workers < 1:
        return map(_draw, sketches)
    # Not forked: the children would inherit the database connection.
    context = multiprocessing.get_context("spawn")
    pool = stack.enter_context(ProcessPoolExecutor(workers, mp_context=context))
    # When the rows are refused nobody waits for pictures.
    stack.callback(pool.shutdown, wait=False, cancel_futures=True)
    return pool.map(_draw, sketches, chunksize=max(1, len(sketches) // (workers * 4)))


def _draw(sketch: Sketch) -> bytes:
    return draw_product(sketch.kind, sketch.look, ground=sketch.ground, view=sketch.view)


def _variants_of_each_colour(product: ProductText, shop: ShopText) -> dict[str, list[VariantText]]:
    tints: dict[str, list[VariantText]] = {}
    for variant in product.variants:
        if tint := shop.tint(variant):
            tints.setdefault(tint, []).append(variant)
    return tints


def _picture(
    product: ProductText, place: int, *, view: int, tint: str | None, variants: Iterable[VariantText], suffix: Words
) -> Picture:
    text = product.picture
    sketch = Sketch(text.kind, text.look(tint), text.ground, view)
    return Picture(
        key=f"{product.key}-{place}",
        sketch=sketch,
        file=f"products/{product.key}-{sketch.digest}.webp",
        alt={language: product.name[language] + suffix[language] for language in LANGUAGES},
        skus=tuple(variant.sku for variant in variants),
    )


def _suffix(words: Words) -> Words:
    return {language: COMMA[language] + words[language] if words[language] else "" for language in LANGUAGES}


def _colour_name(variant: VariantText, shop: ShopText) -> Words:
    code = variant.options["colour"]
    return next(one.name for one in shop.options["colour"][1] if one.code == code)
