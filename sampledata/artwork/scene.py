"""What every illustration of the demo shop shares: light from the upper left, backdrops, turned bodies, materials."""

# ruff: noqa: PLR0917 - coordinates read best by position

import math
import random
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from catalog.media.canvas import (
    DARK,
    LIGHT,
    PICTURE_SIZE,
    Canvas,
    Colour,
    Paint,
    Point,
    Polygon,
    across,
    arc,
    box,
    colour,
    darken,
    down,
    ellipse,
    lighten,
    mix,
    pointed_arch,
    smooth,
    solid,
)

TABLE_EDGE = 560.0
WHOLE = box(0, 0, PICTURE_SIZE, PICTURE_SIZE)

BRASS = colour("#c9973f")
SILVER = colour("#bcbcb6")
COPPER = colour("#b86b42")
CREAM = colour("#f6ecd9")
WOOD = colour("#a9713f")
LEAF = colour("#74854c")


@dataclass(frozen=True, slots=True)
class Look:
    """How one product of a kind differs from the next: two colours, a pattern number and the word on its label."""

    main: Colour
    accent: Colour
    variety: int = 0
    label: str = ""


class Stance(Enum):
    """Stands on the table with its foot on the origin, or hangs on the wall or lies on the ground around it."""

    STANDING = "standing"
    HANGING = "hanging"
    LYING = "lying"


Drawing = Callable[[Canvas, Look], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of product: how it stands, what draws it, and how much it is enlarged to fill the picture."""

    stance: Stance
    draw: Drawing
    zoom: float = 1.0


# Backdrops -------------------------------------------------------------------------------------------------------

# Wall, recess, table.
BACKDROPS: dict[str, tuple[Colour, Colour, Colour]] = {
    name: (colour(wall), colour(recess), colour(table))
    for name, wall, recess, table in (
        ("sand", "#efe2cb", "#d9c19b", "#d7bf9a"),
        ("clay", "#eec7a8", "#d59b76", "#c98a63"),
        ("sage", "#d3dbc4", "#a9b894", "#e3dac4"),
        ("sea", "#c3dade", "#8fb6bf", "#e8dcc6"),
        ("rose", "#efd5cb", "#d8a89b", "#e7c9bb"),
        ("saffron", "#f2d999", "#dcb35c", "#e9cf9d"),
        ("plaster", "#f3ece0", "#dccfbb", "#e0d2bb"),
        ("dusk", "#475f7d", "#2f4562", "#c9ad86"),
        ("teal", "#3f7377", "#2a575d", "#cdb48f"),
        ("lilac", "#dcd5e2", "#b3a7c2", "#e4dacd"),
    )
}


@lru_cache(maxsize=24)
def _backdrop(name: str, style: str) -> Canvas:
    wall, recess, table = BACKDROPS[name]
    canvas = Canvas(wall)
    # Round light: eight bits show a straight gradient as bars.
    canvas.glow(solid(lighten(wall, 0.75), 0.6), 130, ellipse(70, 120, 330, 380))
    canvas.glow(solid(darken(wall, 0.4), 0.3), 130, ellipse(830, 760, 210, 420))
    _STYLES[style](canvas, wall, recess, table)
    return canvas


def backdrop(name: str, style: str) -> Canvas:
    """A fresh canvas with a wall and what stands before it; ``style`` is niche, window, disc, wall or flat."""
    return _backdrop(name, style).copy()


def _table(canvas: Canvas, table: Colour) -> None:
    top = box(0, TABLE_EDGE, PICTURE_SIZE, PICTURE_SIZE)
    canvas.fill(down((0, darken(table, 0.1)), (0.15, table), (1, lighten(table, 0.3))), top)
    canvas.fill(across((0, LIGHT, 0.22), (1, LIGHT, 0.0)), top)
    canvas.fill(solid(darken(table, 0.25), 0.35), box(0, TABLE_EDGE, PICTURE_SIZE, TABLE_EDGE + 2))


def _niche(canvas: Canvas, wall: Colour, recess: Colour, table: Colour) -> None:
    opening = pointed_arch(400, 330, TABLE_EDGE, 232, 266)
    canvas.fill(lighten(wall, 0.4), pointed_arch(400, 330, TABLE_EDGE, 244, 280))
    canvas.fill(down((0, recess), (1, mix(recess, wall, 0.35))), opening)
    with canvas.clipped(opening):
        shade = solid(darken(recess, 0.55), 0.5)
        canvas.glow(shade, 18, box(140, 60, 178, 600), pointed_arch(384, 300, 330, 240, 270))
        canvas.glow(solid(LIGHT, 0.28), 60, ellipse(450, 400, 150, 190))
    _table(canvas, table)


def _window(canvas: Canvas, wall: Colour, recess: Colour, table: Colour) -> None:
    _table(canvas, table)
    panes: list[Polygon] = []
    for column in range(3):
        for row in range(4):
            left, top = 190 + column * 150 + row * 59, 40 + row * 118 + column * 22
            panes.append([(left, top), (left + 134, top + 20), (left + 186, top + 124), (left + 52, top + 104)])
    canvas.glow(solid(LIGHT, 0.5), 5, *panes)
    canvas.glow(solid(recess, 0.35), 70, ellipse(60, 420, 110, 260))


def _disc(canvas: Canvas, wall: Colour, recess: Colour, table: Colour) -> None:
    canvas.fill(down((0, mix(recess, wall, 0.15)), (1, mix(recess, wall, 0.6))), ellipse(400, 372, 262))
    frond(canvas, 790, 30, 1.15, 132, solid(darken(recess, 0.5), 0.16))
    _table(canvas, table)


def _wall(canvas: Canvas, wall: Colour, recess: Colour, table: Colour) -> None:
    canvas.glow(solid(LIGHT, 0.35), 90, [(120, 0), (420, 0), (720, 800), (420, 800)])
    frond(canvas, 800, 620, 1.3, 205, solid(darken(recess, 0.45), 0.15))


def _flat(canvas: Canvas, wall: Colour, recess: Colour, table: Colour) -> None:
    canvas.fill(down((0, lighten(table, 0.35)), (1, table)), WHOLE)
    canvas.glow(solid(LIGHT, 0.3), 80, [(0, 60), (0, 420), (800, 760), (800, 380)])
    frond(canvas, 30, 20, 1.35, 42, solid(darken(recess, 0.5), 0.14))


_STYLES: dict[str, Callable[[Canvas, Colour, Colour, Colour], None]] = {
    "niche": _niche,
    "window": _window,
    "disc": _disc,
    "wall": _wall,
    "flat": _flat,
}


def frond(canvas: Canvas, x: float, y: float, scale: float, degrees: float, paint: Paint) -> None:
    """The soft shadow of a palm leaf that enters from outside of the picture."""
    leaves: list[Polygon] = [[(0, -4), (520, 20), (520, 26), (0, 6)]]
    for index in range(13):
        root = 60 + index * 36
        length = 190 - abs(index - 4) * 13
        for side in (-1, 1):
            tip = (root + length * 0.72, side * length * 0.82 + 22)
            middle = (root + length * 0.32, side * length * 0.5 + 8)
            leaves.append([(root, index), (middle[0] + 13, middle[1]), tip, (middle[0] - 11, middle[1])])
    with canvas.placed(x, y, scale, degrees):
        canvas.glow(paint, 5, *leaves)


# Shadows and props -----------------------------------------------------------------------------------------------


def ground_shadow(canvas: Canvas, half_width: float, depth: float = 0.2, strength: float = 0.5) -> None:
    """The shadow of something that stands on the origin: dark where it touches, long and soft to the right."""
    canvas.glow(
        solid(DARK, 0.3 * strength / 0.5), 22, ellipse(half_width * 0.55, 4, half_width * 1.25, half_width * depth)
    )
    canvas.glow(solid(DARK, strength), 7, ellipse(half_width * 0.06, 4, half_width * 1.03, half_width * depth * 0.62))


def drop_shadow(canvas: Canvas, *shapes: Polygon, reach: float = 16, strength: float = 0.34) -> None:
    """The shadow of something flat that hangs on the wall or lies on the ground."""
    moved = [[(x + reach * 0.7, y + reach) for x, y in shape] for shape in shapes]
    canvas.glow(solid(DARK, strength), reach, *moved)


def olive_branch(canvas: Canvas, x: float, y: float, scale: float = 1, degrees: float = 0) -> None:
    """A twig with leaves and two olives; it grows to the right from (x, y)."""
    with canvas.placed(x, y, scale, degrees):
        stem = smooth([(0, 0), (60, -14), (130, -18), (200, -8)])
        shapes = [
            _leaf(20 + index * 26, -6 - index * 1.6, 62, side * (34 - index)) for index in range(7) for side in (-1, 1)
        ]
        canvas.glow(solid(DARK, 0.22), 6, *[[(px + 7, py + 9) for px, py in leaf] for leaf in shapes])
        canvas.stroke(darken(LEAF, 0.35), stem, 4)
        canvas.fill(darken(LEAF, 0.16), *shapes[::2])
        canvas.fill(lighten(LEAF, 0.14), *shapes[1::2])
        for px, py in ((66, 16), (118, 12)):
            canvas.fill(across((0, lighten(LEAF, 0.1)), (1, darken(LEAF, 0.5))), ellipse(px, py, 13, 16))
            canvas.fill(solid(LIGHT, 0.5), ellipse(px - 4, py - 6, 3, 4))


def _leaf(x: float, y: float, length: float, degrees: float) -> list[Point]:
    shape = smooth(
        [(0, 0), (length * 0.35, -length * 0.13), (length, 0), (length * 0.35, length * 0.13)], closed=True, steps=5
    )
    return turned(shape, x, y, degrees)


def turned(shape: Polygon, x: float, y: float, degrees: float) -> list[Point]:
    """The shape turned clockwise about its origin, then moved to (x, y)."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return [(x + px * cosine - py * sine, y + px * sine + py * cosine) for px, py in shape]


def moved(shape: Polygon, x: float, y: float) -> list[Point]:
    return [(px + x, py + y) for px, py in shape]


def mirrored(right: Sequence[Point]) -> list[Point]:
    """A closed shape from its right half, given from top to bottom."""
    return [*right, *[(-x, y) for x, y in reversed(right)]]


# Materials -------------------------------------------------------------------------------------------------------


def ceramic(base: Colour) -> Paint:
    return across(
        (0, darken(base, 0.22)),
        (0.1, darken(base, 0.06)),
        (0.3, lighten(base, 0.24)),
        (0.52, base),
        (0.86, darken(base, 0.32)),
        (1, darken(base, 0.24)),
    )


def metal(base: Colour) -> Paint:
    return across(
        (0, darken(base, 0.5)),
        (0.08, darken(base, 0.12)),
        (0.22, lighten(base, 0.68)),
        (0.32, lighten(base, 0.18)),
        (0.5, darken(base, 0.08)),
        (0.7, darken(base, 0.42)),
        (0.86, lighten(base, 0.12)),
        (1, darken(base, 0.4)),
    )


def cloth(base: Colour) -> Paint:
    return across((0, lighten(base, 0.16)), (0.4, base), (1, darken(base, 0.2)))


def liquid(base: Colour) -> Paint:
    """Something coloured seen through glass: light gathers at the side away from the lamp."""
    return across(
        (0, darken(base, 0.34)),
        (0.2, base),
        (0.7, lighten(base, 0.24)),
        (0.9, lighten(base, 0.08)),
        (1, darken(base, 0.25)),
    )


GLASS = across(
    (0, LIGHT, 0.6),
    (0.07, LIGHT, 0.22),
    (0.16, LIGHT, 0.55),
    (0.27, LIGHT, 0.5),
    (0.3, LIGHT, 0.06),
    (0.8, LIGHT, 0.04),
    (0.9, LIGHT, 0.35),
    (1, LIGHT, 0.12),
)


# Turned bodies ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lathe:
    """A body of revolution standing on the origin, seen a little from above.

    ``profile`` lists (height above the ground, radius) from the top down; ``tilt`` is the height of a circle of the
    body over its width.
    """

    profile: tuple[Point, ...]
    tilt: float = 0.14

    def radius(self, height: float) -> float:
        """The radius at a height; above and below the body that of its top and foot."""
        below = bisect_left(self.profile, -height, key=lambda point: -point[0])
        if below == 0 or below == len(self.profile):
            return self.profile[min(below, len(self.profile) - 1)][1]
        (upper, wide), (lower, narrow) = self.profile[below - 1], self.profile[below]
        return wide + (narrow - wide) * (upper - height) / (upper - lower)

    def at(self, degrees: float, height: float) -> Point:
        """A point of the surface; 0 degrees faces the viewer, 90 is the right edge."""
        angle, reach = math.radians(degrees), self.radius(height)
        return reach * math.sin(angle), -height + self.tilt * reach * math.cos(angle)

    @property
    def outline(self) -> list[Point]:
        top, bottom = self.profile[0], self.profile[-1]
        right = [(radius, -height) for height, radius in self.profile]
        left = [(-radius, -height) for height, radius in reversed(self.profile)]
        foot = arc(0, -bottom[0], bottom[1], bottom[1] * self.tilt, 0, 180)
        crown = arc(0, -top[0], top[1], top[1] * self.tilt, 180, 360)
        return [*right, *foot, *left, *crown]

    def rim(self, height: float | None = None, share: float = 1.0) -> list[Point]:
        """The whole circle at a height (the top by default), its radius scaled by ``share``."""
        level = self.profile[0][0] if height is None else height
        reach = self.radius(level) * share
        return ellipse(0, -level, reach, reach * self.tilt)

    def band(self, upper: float, lower: float, start: float = -90, end: float = 90) -> list[Point]:
        """The part of the surface between two heights and two angles."""
        turns = [start + (end - start) * index / 24 for index in range(25)]
        levels = [upper + (lower - upper) * index / 12 for index in range(13)]
        return [
            *[self.at(angle, upper) for angle in turns],
            *[self.at(end, level) for level in levels],
            *[self.at(angle, lower) for angle in reversed(turns)],
            *[self.at(start, level) for level in reversed(levels)],
        ]

    def around(self, shape: Polygon, height: float, count: int, turn: float = 0) -> Iterator[list[Point]]:
        """The shape repeated ``count`` times around the body, as far as it faces the viewer."""
        degrees_a_unit = 180 / (math.pi * max(self.radius(height), 1))
        yield from self.ribbon([(x * degrees_a_unit, y) for x, y in shape], height, count, turn)

    def ribbon(self, shape: Polygon, height: float, count: int, turn: float = 0) -> Iterator[list[Point]]:
        """As ``around``, but the shape's x are degrees, so that 360 / count of them join without a gap."""
        for index in range(count):
            degrees = (index * 360 / count + turn + 180) % 360 - 180
            if -96 < degrees < 96:
                yield [self.at(max(-90, min(90, degrees + x)), height - y) for x, y in shape]


def lathe(*profile: Point, tilt: float = 0.14, steps: int = 8) -> Lathe:
    """A smooth body through (height, radius) points given from the top down; ``steps=1`` keeps the corners."""
    return Lathe(tuple(smooth(profile, steps=steps)) if steps > 1 else tuple(profile), tilt)


def turn_body(canvas: Canvas, body: Lathe, paint: Paint) -> None:
    """Paint a body and darken its foot."""
    canvas.fill(paint, body.outline)
    with canvas.clipped(body.outline):
        canvas.fill(down((0, DARK, 0.0), (0.72, DARK, 0.0), (1, DARK, 0.16)), body.outline)


def gloss(canvas: Canvas, body: Lathe, upper: float, lower: float, degrees: float = -42, strength: float = 0.6) -> None:
    """A soft streak of light on the lit side."""
    canvas.glow(solid(LIGHT, strength), 3, body.band(upper, lower, degrees - 6, degrees + 5))


def opening(canvas: Canvas, body: Lathe, inside: Colour, lip: Colour) -> None:
    """The open mouth of a body: its lip and the shaded inside."""
    canvas.fill(lip, body.rim())
    canvas.fill(across((0, darken(inside, 0.55)), (1, darken(inside, 0.08))), body.rim(share=0.93))


def label(canvas: Canvas, body: Lathe, upper: float, lower: float, look: Look, paper: Colour = CREAM) -> None:
    """A paper label on the front with a star, a rule and the product's word."""
    canvas.fill(
        across((0, darken(paper, 0.12)), (0.3, lighten(paper, 0.3)), (1, darken(paper, 0.16))),
        body.band(upper, lower, -58, 58),
    )
    canvas.fill(look.accent, body.band(upper - 5, upper - 9, -58, 58), body.band(lower + 9, lower + 5, -58, 58))
    middle, drop = (upper + lower) / 2, body.tilt * body.radius((upper + lower) / 2)
    width = 2 * body.radius(middle) * math.sin(math.radians(52))
    size = min((upper - lower) * 0.26, width / max(len(look.label), 1) * 1.5)
    canvas.fill(look.accent, eight_star(0, -middle - (upper - lower) * 0.17 + drop, (upper - lower) * 0.14))
    canvas.text(darken(look.accent, 0.5), look.label, 0, -middle + (upper - lower) * 0.17 + drop, size)


def eight_star(x: float, y: float, radius: float) -> list[Point]:
    points = []
    for index in range(16):
        reach = radius if index % 2 == 0 else radius * 0.7654
        angle = math.pi * index / 8 + math.pi / 8
        points.append((x + reach * math.cos(angle), y + reach * math.sin(angle)))
    return points


def diamond(half_width: float, half_height: float, x: float = 0, y: float = 0) -> list[Point]:
    return [(x, y - half_height), (x + half_width, y), (x, y + half_height), (x - half_width, y)]


def zigzag(left: float, right: float, y: float, height: float, count: int, thickness: float) -> list[Point]:
    """A chevron ribbon as one polygon."""
    steps = count * 2
    upper = [(left + (right - left) * index / steps, y + (height if index % 2 else 0)) for index in range(steps + 1)]
    return [*upper, *[(x, py + thickness) for x, py in reversed(upper)]]


def grains(count: int, half_width: float, height: float, size: float, seed: int = 0) -> list[list[Point]]:
    """Specks strewn over a box that stands on the origin."""
    chance = random.Random(seed)  # noqa: S311 - specks of spice, no secrets  # nosec B311
    return [ellipse(chance.uniform(-half_width, half_width), -chance.uniform(0, height), size) for _ in range(count)]
