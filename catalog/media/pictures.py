"""The drawn placeholder of a product without a photograph.

A pure function of name and seed: the same input gives the same bytes.
"""

import hashlib
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from catalog.media.canvas import (
    DARK,
    LIGHT,
    PICTURE_SIZE,
    Canvas,
    Colour,
    Point,
    across,
    arc,
    box,
    colour,
    down,
    ellipse,
    lighten,
    ring,
    solid,
    star,
)

_WHOLE = box(0, 0, PICTURE_SIZE, PICTURE_SIZE)

# Ground above, ground below, tile, letter. Twelve palettes by four patterns by 27 monograms bound the results.
PALETTES: tuple[tuple[Colour, Colour, Colour, Colour], ...] = tuple(
    (colour(top), colour(bottom), colour(tile), colour(letter))
    for top, bottom, tile, letter in (
        ("#e9d8bd", "#d9bd94", "#b98a56", "#6b3f22"),
        ("#f0cdb8", "#dd9f80", "#b5603f", "#6e2c1a"),
        ("#cfdccb", "#a3bfa2", "#5e8a68", "#254834"),
        ("#c9dfe3", "#93bcc6", "#3f7f92", "#163f4f"),
        ("#f1dfae", "#dfb964", "#b4822a", "#5f400c"),
        ("#ead0d3", "#cf9ca6", "#9c5466", "#54202f"),
        ("#d3d4ea", "#a0a6cf", "#565f9e", "#262c5c"),
        ("#dfe3c6", "#b7bf86", "#7a8540", "#3c4517"),
        ("#bcd9d0", "#7fb4a8", "#2f7468", "#0f3b35"),
        ("#efe5d6", "#d6c4ab", "#a08a6c", "#493a28"),
        ("#f3d3bd", "#e0a887", "#37768a", "#14394a"),
        ("#dcdde3", "#b3b7c6", "#6d7388", "#2c3144"),
    )
)


def draw_placeholder(name: str, seed: str) -> bytes:
    """A tiled picture with the monogram of ``name``, as 800 by 800 WebP; ``seed`` chooses palette and pattern.

    A name without a Latin letter gets a star instead of a letter. Equal ``placeholder_key`` means equal bytes, and
    there are at most 12 × 4 × 27 of them, so a file can serve many products.
    """
    palette, pattern = _choice(seed)
    canvas = _ground(palette, pattern).copy()
    top, _bottom, tile, letter = PALETTES[palette]
    _medallion(canvas, monogram(name), paper=lighten(top, 0.75), tile=tile, letter=letter)
    canvas.fill(across((0, LIGHT, 0.16), (0.5, LIGHT, 0.0), (0.5, DARK, 0.0), (1, DARK, 0.1)), _WHOLE)
    return canvas.webp(best=82)


def placeholder_key(name: str, seed: str) -> str:
    """A short name of the picture that ``draw_placeholder`` makes, to look it up before drawing it again."""
    palette, pattern = _choice(seed)
    return f"{palette:02d}-{pattern}-{monogram(name) or 'star'}".lower()


def _choice(seed: str) -> tuple[int, int]:
    digest = hashlib.sha256(seed.encode()).digest()
    return digest[0] % len(PALETTES), digest[1] % len(_PATTERNS)


# Eight megabytes each; products of one category follow each other and share theirs.
@lru_cache(maxsize=4)
def _ground(palette: int, pattern: int) -> Canvas:
    top, bottom, tile, _letter = PALETTES[palette]
    canvas = Canvas(top)
    canvas.fill(down((0, lighten(top, 0.25)), (1, bottom)), _WHOLE)
    _PATTERNS[pattern](canvas, tile)
    canvas.glow(solid(lighten(top, 0.6), 0.85), 90, ellipse(400, 400, 250))
    return canvas


def monogram(name: str) -> str:
    """The first Latin letter of the name without its accent, upper case, or an empty string."""
    for character in unicodedata.normalize("NFKD", name):
        if character.isascii() and character.isalpha():
            return character.upper()
    return ""


def _medallion(canvas: Canvas, initial: str, *, paper: Colour, tile: Colour, letter: Colour) -> None:
    canvas.glow(solid(DARK, 0.28), 16, star(404, 412, 196, degrees=22.5))
    canvas.fill(tile, star(400, 400, 196, degrees=22.5))
    canvas.fill(down((0, lighten(paper, 0.4)), (1, paper)), star(400, 400, 184, degrees=22.5))
    canvas.fill(solid(tile, 0.55), ring(400, 400, 128, 124))
    if initial:
        canvas.text(letter, initial, 400, 400, 168)
        return
    canvas.fill(letter, star(400, 400, 84, degrees=22.5))
    canvas.fill(paper, star(400, 400, 58))
    canvas.fill(tile, star(400, 400, 34, degrees=22.5))


def _grid(step: float, offset: bool = False) -> Iterable[Point]:
    """Centres of a lattice over the picture; ``offset`` shifts every other row by half a step."""
    rows = int(PICTURE_SIZE // step) + 2
    for row in range(rows):
        shift = step / 2 if offset and row % 2 else 0
        for column in range(-1, rows):
            yield column * step + shift, row * step


def _stars(canvas: Canvas, tile: Colour) -> None:
    canvas.fill(solid(tile, 0.3), *[star(x, y, 58, degrees=22.5) for x, y in _grid(100)])
    canvas.fill(solid(LIGHT, 0.4), *[star(x, y, 34) for x, y in _grid(100)])
    canvas.fill(solid(tile, 0.4), *[star(x + 50, y + 50, 17, points=4, depth=0.5) for x, y in _grid(100)])


def _scales(canvas: Canvas, tile: Colour) -> None:
    for radius, paint in ((50, solid(tile, 0.32)), (34, solid(LIGHT, 0.34)), (18, solid(tile, 0.4))):
        canvas.fill(
            paint,
            *[arc(x, y, radius, radius, 180, 360) for x, y in _grid(100)],
            *[arc(x + 50, y + 50, radius, radius, 180, 360) for x, y in _grid(100)],
        )


def _lattice(canvas: Canvas, tile: Colour) -> None:
    canvas.fill(solid(tile, 0.28), *[ring(x, y, 71, 64) for x, y in _grid(100)])
    canvas.fill(solid(LIGHT, 0.45), *[star(x, y, 22, points=4, depth=0.45) for x, y in _grid(100)])
    canvas.fill(solid(tile, 0.42), *[star(x + 50, y + 50, 15, degrees=22.5) for x, y in _grid(100)])


def _kilim(canvas: Canvas, tile: Colour) -> None:
    for reach, paint in ((48, solid(tile, 0.3)), (30, solid(LIGHT, 0.42)), (14, solid(tile, 0.5))):
        canvas.fill(paint, *[star(x, y, reach, points=2, depth=0.75) for x, y in _grid(100, offset=True)])


_PATTERNS = (_stars, _scales, _lattice, _kilim)
