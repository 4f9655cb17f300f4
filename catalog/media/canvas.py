"""A small vector canvas over Pillow for drawn pictures: polygons, gradients, soft light and shadow, 800 by 800 WebP.

Nothing depends on chance or time: the same calls give the same bytes.
"""

# ruff: noqa: PLR0917 - coordinates read best by position

import io
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

PICTURE_SIZE = 800
# Soft gradients need the high quality, or they show bands; dense patterns hide the loss and need the bytes.
WEBP_QUALITIES = (90, 82, 70, 55)
WEBP_BUDGET = 40_000

Point = tuple[float, float]
Polygon = Sequence[Point]
Colour = tuple[int, int, int]

# Drawn twice as large and reduced by a box filter: smooth edges at a tenth of Lanczos' cost.
SUPERSAMPLING = 2
BLUR_REDUCTION = 8
GRADIENT_STEPS = 256


def colour(code: str) -> Colour:
    """The red, green and blue of ``#rrggbb``; ValueError when it is not of that form."""
    if len(code) != 7 or code[0] != "#":
        raise ValueError(f"not a colour: {code!r}")
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """A colour between the two; ``share`` 0 is the first, 1 the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


# Warm white and warm near-black: neutral ones look dead beside the palette.
LIGHT: Colour = (255, 250, 240)
DARK: Colour = (38, 24, 22)


def lighten(base: Colour, share: float) -> Colour:
    return mix(base, LIGHT, share)


def darken(base: Colour, share: float) -> Colour:
    return mix(base, DARK, share)


@dataclass(frozen=True, slots=True)
class Stop:
    """A colour and an opacity (0 to 1) at a position (0 to 1) of a gradient."""

    at: float
    colour: Colour
    alpha: float = 1.0


@dataclass(frozen=True, slots=True)
class Paint:
    """One colour, or a gradient over the box of what is painted."""

    stops: tuple[Stop, ...]
    vertical: bool = False

    @property
    def is_opaque(self) -> bool:
        return all(stop.alpha >= 1 for stop in self.stops)

    @property
    def is_one_colour(self) -> bool:
        return len({stop.colour for stop in self.stops}) == 1

    def colours(self, width: int, height: int) -> Image.Image:
        """The gradient's colours over a box of pixels."""
        return _colour_strip(self).resize((width, height), Image.Resampling.NEAREST)

    def opacity(self, width: int, height: int) -> Image.Image:
        """The gradient's opacity over a box of pixels."""
        return _opacity_strip(self).resize((width, height), Image.Resampling.NEAREST)

    @property
    def strip_size(self) -> tuple[int, int]:
        return (1, GRADIENT_STEPS) if self.vertical else (GRADIENT_STEPS, 1)

    def colour_at(self, position: float) -> Colour:
        before, after, share = self._span(position)
        return mix(before.colour, after.colour, share)

    def alpha_at(self, position: float) -> int:
        before, after, share = self._span(position)
        return round((before.alpha + (after.alpha - before.alpha) * share) * 255)

    def _span(self, position: float) -> tuple[Stop, Stop, float]:
        for before, after in zip(self.stops, self.stops[1:], strict=False):
            if before.at <= position <= after.at and after.at > before.at:
                return before, after, (position - before.at) / (after.at - before.at)
        edge = self.stops[0] if position < self.stops[0].at else self.stops[-1]
        return edge, edge, 0.0


# A body's paint returns on each of its parts, and an illustration's on its other views.
@lru_cache(maxsize=256)
def _colour_strip(paint: Paint) -> Image.Image:
    strip = Image.new("RGB", paint.strip_size)
    strip.putdata([paint.colour_at(index / (GRADIENT_STEPS - 1)) for index in range(GRADIENT_STEPS)])
    return strip


@lru_cache(maxsize=256)
def _opacity_strip(paint: Paint) -> Image.Image:
    strip = Image.new("L", paint.strip_size)
    strip.putdata([paint.alpha_at(index / (GRADIENT_STEPS - 1)) for index in range(GRADIENT_STEPS)])
    return strip


def solid(base: Colour, alpha: float = 1.0) -> Paint:
    """A flat paint."""
    return Paint((Stop(0, base, alpha),))


def across(*stops: tuple[float, Colour] | tuple[float, Colour, float]) -> Paint:
    """A gradient from left to right."""
    return Paint(tuple(Stop(*stop) for stop in stops))


def down(*stops: tuple[float, Colour] | tuple[float, Colour, float]) -> Paint:
    """A gradient from top to bottom."""
    return Paint(tuple(Stop(*stop) for stop in stops), vertical=True)


@dataclass(frozen=True, slots=True)
class Frame:
    """Local coordinates as device pixels: the point (x, y) lies at ``origin + x * right + y * below``."""

    origin: Point = (0.0, 0.0)
    right: Point = (SUPERSAMPLING, 0.0)
    below: Point = (0.0, SUPERSAMPLING)
    scale: float = 1.0

    def apply(self, shape: Polygon) -> list[Point]:
        """The points in device pixels."""
        (ox, oy), (rx, ry), (bx, by) = self.origin, self.right, self.below
        return [(ox + x * rx + y * bx, oy + x * ry + y * by) for x, y in shape]

    def placed(self, x: float, y: float, scale: float, degrees: float) -> "Frame":
        """The frame of a drawing that is moved to (x, y), scaled and turned clockwise within this one."""
        cosine, sine = math.cos(math.radians(degrees)) * scale, math.sin(math.radians(degrees)) * scale
        (rx, ry), (bx, by) = self.right, self.below
        return Frame(
            origin=self.apply([(x, y)])[0],
            right=(cosine * rx + sine * bx, cosine * ry + sine * by),
            below=(cosine * bx - sine * rx, cosine * by - sine * ry),
            scale=self.scale * scale,
        )


@dataclass(frozen=True, slots=True)
class Mask:
    """A region in device pixels: the offset of its box and its coverage."""

    left: int
    top: int
    coverage: Image.Image

    @property
    def box(self) -> tuple[int, int, int, int]:
        return self.left, self.top, self.left + self.coverage.width, self.top + self.coverage.height


_NOTHING = Mask(0, 0, Image.new("L", (0, 0)))


@dataclass(slots=True)
class Canvas:
    """A square picture of 800 units on which polygons are painted; light comes from the upper left by convention."""

    ground: Colour = (255, 255, 255)
    image: Image.Image = field(init=False)
    _frame: Frame = field(init=False, default_factory=Frame)
    _clips: list[Mask] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        side = PICTURE_SIZE * SUPERSAMPLING
        self.image = Image.new("RGB", (side, side), self.ground)

    def copy(self) -> Self:
        """Another canvas with the same picture on it."""
        twin = type(self)()
        twin.image = self.image.copy()
        return twin

    @contextmanager
    def placed(self, x: float, y: float, scale: float = 1.0, degrees: float = 0.0) -> Iterator[None]:
        """Inside, coordinates count from (x, y), scaled and turned clockwise."""
        outer, self._frame = self._frame, self._frame.placed(x, y, scale, degrees)
        try:
            yield
        finally:
            self._frame = outer

    @contextmanager
    def clipped(self, *shapes: Polygon) -> Iterator[None]:
        """Inside, paint reaches only what the shapes cover."""
        # Shapes outside of the picture leave nothing to paint on, not everything.
        self._clips.append(self._mask(shapes) or _NOTHING)
        try:
            yield
        finally:
            self._clips.pop()

    def fill(self, paint: Paint | Colour, *shapes: Polygon) -> None:
        """Paint the union of the shapes; a gradient spans their common box."""
        if not isinstance(paint, Paint) and not self._clips:
            # The common case needs no mask.
            pen = ImageDraw.Draw(self.image)
            for shape in shapes:
                pen.polygon(self._frame.apply(shape), fill=paint)
            return
        mask = self._mask(shapes)
        if mask is not None:
            self._paint(mask, paint)

    def stroke(self, paint: Paint | Colour, line: Polygon, width: float) -> None:
        """Paint a line with round ends; ``width`` in units of the current frame."""
        points = self._frame.apply(line)
        pixels = max(1, round(width * self._frame.scale * SUPERSAMPLING))
        radius = pixels / 2
        mask = _blank_mask(points, margin=pixels)
        if mask is None:
            return
        local = [(x - mask.left, y - mask.top) for x, y in points]
        pen = ImageDraw.Draw(mask.coverage)
        pen.line(local, fill=255, width=pixels, joint="curve")
        for x, y in (local[0], local[-1]):
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
        self._paint(mask, paint)

    def glow(self, paint: Paint | Colour, blur: float, *shapes: Polygon) -> None:
        """Paint the shapes with soft edges: a shadow or a light; ``blur`` is a radius in units."""
        margin = blur * 3 * self._frame.scale * SUPERSAMPLING
        sharp = self._mask(shapes, margin=margin)
        if sharp is None:
            return
        width, height = sharp.coverage.size
        small = sharp.coverage.resize((max(1, width // BLUR_REDUCTION), max(1, height // BLUR_REDUCTION)))
        radius = blur * self._frame.scale * SUPERSAMPLING / BLUR_REDUCTION
        soft = small.filter(ImageFilter.GaussianBlur(radius)).resize((width, height), Image.Resampling.BILINEAR)
        self._paint(Mask(sharp.left, sharp.top, soft), paint)

    def text(self, paint: Paint | Colour, words: str, x: float, y: float, size: float) -> None:
        """Write Latin letters centred on (x, y); ``size`` in units."""
        (centre_x, centre_y), pixels = self._frame.apply([(x, y)])[0], size * self._frame.scale * SUPERSAMPLING
        font = ImageFont.load_default(size=pixels)
        left, top, right, bottom = (round(edge) for edge in font.getbbox(words, anchor="mm"))
        coverage = Image.new("L", (right - left + 2, bottom - top + 2), 0)
        ImageDraw.Draw(coverage).text((1 - left, 1 - top), words, font=font, fill=255, anchor="mm")
        self._paint(Mask(round(centre_x) + left - 1, round(centre_y) + top - 1, coverage), paint)

    def webp(self, *, best: int = WEBP_QUALITIES[0]) -> bytes:
        """The finished picture as an 800 by 800 WebP file, of quality ``best`` or what keeps it within the budget."""
        picture = self.image.reduce(SUPERSAMPLING)
        encoded = b""
        for quality in (one for one in WEBP_QUALITIES if one <= best):
            out = io.BytesIO()
            picture.save(out, "WEBP", quality=quality, method=2)
            encoded = out.getvalue()
            if len(encoded) <= WEBP_BUDGET:
                break
        return encoded

    def _mask(self, shapes: Sequence[Polygon], margin: float = 0) -> Mask | None:
        polygons = [self._frame.apply(shape) for shape in shapes]
        mask = _blank_mask([point for polygon in polygons for point in polygon], margin)
        if mask is None:
            return None
        pen = ImageDraw.Draw(mask.coverage)
        for polygon in polygons:
            pen.polygon([(x - mask.left, y - mask.top) for x, y in polygon], fill=255)
        return mask

    def _paint(self, mask: Mask, paint: Paint | Colour) -> None:
        chosen = paint if isinstance(paint, Paint) else solid(paint)
        for clip in self._clips:
            mask = _intersect(mask, clip)
        width, height = mask.coverage.size
        if not width or not height:
            return
        if len(chosen.stops) == 1:
            stop = chosen.stops[0]
            coverage = mask.coverage if stop.alpha >= 1 else mask.coverage.point(_scaled_levels(stop.alpha))
            self.image.paste(stop.colour, mask.box, coverage)
            return
        coverage = mask.coverage
        if not chosen.is_opaque:
            coverage = ImageChops.multiply(coverage, chosen.opacity(width, height))
        source = chosen.stops[0].colour if chosen.is_one_colour else chosen.colours(width, height)
        self.image.paste(source, mask.box, coverage)


def _scaled_levels(alpha: float) -> list[int]:
    return [round(level * alpha) for level in range(256)]


def _blank_mask(points: Sequence[Point], margin: float = 0) -> Mask | None:
    """An empty mask around the points, cut to the picture; None when they lie outside of it."""
    side = PICTURE_SIZE * SUPERSAMPLING
    left = max(0, math.floor(min(x for x, _ in points) - margin))
    top = max(0, math.floor(min(y for _, y in points) - margin))
    right = min(side, math.ceil(max(x for x, _ in points) + margin) + 1)
    bottom = min(side, math.ceil(max(y for _, y in points) + margin) + 1)
    if right <= left or bottom <= top:
        return None
    return Mask(left, top, Image.new("L", (right - left, bottom - top), 0))


def _intersect(first: Mask, second: Mask) -> Mask:
    left, top = max(first.left, second.left), max(first.top, second.top)
    right, bottom = min(first.box[2], second.box[2]), min(first.box[3], second.box[3])
    if right <= left or bottom <= top:
        return _NOTHING
    parts = [
        mask.coverage.crop((left - mask.left, top - mask.top, right - mask.left, bottom - mask.top))
        for mask in (first, second)
    ]
    return Mask(left, top, ImageChops.multiply(*parts))


# Shapes ----------------------------------------------------------------------------------------------------------


def box(left: float, top: float, right: float, bottom: float) -> list[Point]:
    """A rectangle."""
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def ellipse(x: float, y: float, rx: float, ry: float | None = None) -> list[Point]:
    """An ellipse, or a circle when ``ry`` is left out."""
    return arc(x, y, rx, rx if ry is None else ry, 0, 360)


def arc(x: float, y: float, rx: float, ry: float, start: float, end: float) -> list[Point]:
    """Points along an ellipse, in degrees clockwise from the right; a small one gets fewer."""
    around = min(96, 12 + max(rx, ry) / 2)
    count = max(2, round(abs(end - start) / 360 * around))
    angles = [math.radians(start + (end - start) * index / count) for index in range(count + 1)]
    return [(x + rx * math.cos(angle), y + ry * math.sin(angle)) for angle in angles]


def rounded(left: float, top: float, right: float, bottom: float, radius: float) -> list[Point]:
    """A rectangle with round corners."""
    return [
        *arc(right - radius, top + radius, radius, radius, -90, 0),
        *arc(right - radius, bottom - radius, radius, radius, 0, 90),
        *arc(left + radius, bottom - radius, radius, radius, 90, 180),
        *arc(left + radius, top + radius, radius, radius, 180, 270),
    ]


def smooth(points: Polygon, closed: bool = False, steps: int = 8) -> list[Point]:
    """A Catmull-Rom curve through the points."""
    count = len(points)
    spans = count if closed else count - 1
    curve: list[Point] = []
    for index in range(spans):
        knots = [
            points[(index + shift) % count if closed else min(max(index + shift, 0), count - 1)]
            for shift in (-1, 0, 1, 2)
        ]
        curve.extend(_between(knots, step / steps) for step in range(steps))
    return curve if closed else [*curve, points[-1]]


def _between(knots: Sequence[Point], share: float) -> Point:
    """The point of the curve between the second and the third of four knots."""

    def axis(which: int) -> float:
        a, b, c, d = (knot[which] for knot in knots)
        cubic = (3 * (b - c) + d - a) * share**3
        return b + 0.5 * ((c - a) * share + (2 * a - 5 * b + 4 * c - d) * share**2 + cubic)

    return axis(0), axis(1)


def star(x: float, y: float, radius: float, points: int = 8, depth: float = 0.7654, degrees: float = 0) -> list[Point]:
    """A star; the default is the khatam, two squares laid over each other at 45 degrees."""
    outline = []
    for index in range(points * 2):
        angle = math.radians(degrees) + math.pi * index / points
        reach = radius if index % 2 == 0 else radius * depth
        outline.append((x + reach * math.cos(angle), y + reach * math.sin(angle)))
    return outline


def pointed_arch(x: float, spring: float, foot: float, half_width: float, rise: float) -> list[Point]:
    """An opening that stands on ``foot``: straight to ``spring``, then two arcs that meet ``rise`` above it.

    ``rise`` is at least ``half_width``; where they are equal the arch is round.
    """
    shift = (rise**2 - half_width**2) / (2 * half_width)
    radius = half_width + shift
    top = math.degrees(math.atan2(rise, shift))
    left = arc(x + shift, spring, radius, radius, 180, 180 + top)
    right = [(2 * x - px, py) for px, py in reversed(left)]
    return [(x - half_width, foot), *left, *right, (x + half_width, foot)]


def ring(x: float, y: float, outer: float, inner: float) -> list[Point]:
    """A ring as one polygon, so that what lies inside of it is left alone."""
    return [*arc(x, y, outer, outer, 0, 360), *arc(x, y, inner, inner, 360, 0)]
