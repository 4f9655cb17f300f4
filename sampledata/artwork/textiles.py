"""Rugs, cushions, throws and hammam towels: flat patterns laid on bent surfaces."""

# ruff: noqa: PLR0917 - coordinates read best by position

import math
from collections.abc import Callable

from catalog.media.canvas import (
    DARK,
    LIGHT,
    Canvas,
    Colour,
    Point,
    Polygon,
    across,
    box,
    darken,
    down,
    ellipse,
    lighten,
    mix,
    ring,
    rounded,
    smooth,
    solid,
    star,
)
from sampledata.artwork.scene import (
    CREAM,
    WOOD,
    Kind,
    Look,
    Stance,
    cloth,
    diamond,
    drop_shadow,
    ground_shadow,
    zigzag,
)

Pattern = list[tuple[Colour, list[Polygon]]]


# Patterns fill the square from (-1, -1) to (1, 1). -----------------------------------------------------------------


def _berber(look: Look) -> Pattern:
    lines: list[Polygon] = []
    for row in range(-4, 5):
        lines += [zigzag(-1.1, 1.1, row * 0.36, 0.18, 4, 0.028), zigzag(-1.1, 1.1, row * 0.36 + 0.18, -0.18, 4, 0.028)]
    dots: list[Polygon] = [diamond(0.045, 0.035, x * 0.55, y * 0.36 + 0.0) for x in range(-2, 3) for y in range(-3, 4)]
    return [(darken(look.accent, 0.1), [*lines, *dots])]


def _kilim(look: Look) -> Pattern:
    light, dark = lighten(look.main, 0.55), darken(look.main, 0.4)
    rows = [(-0.78, look.accent), (-0.26, light), (0.26, look.accent), (0.78, light)]
    parts: Pattern = [(dark, [box(-1, y - 0.26, 1, y - 0.235) for y in (-0.52, 0, 0.52, 1.04)])]
    for y, tone in rows:
        parts += [
            (tone, [diamond(0.16, 0.2, x, y) for x in (-0.8, -0.4, 0, 0.4, 0.8)]),
            (dark, [diamond(0.1, 0.12, x, y) for x in (-0.8, -0.4, 0, 0.4, 0.8)]),
            (CREAM, [diamond(0.045, 0.055, x, y) for x in (-0.8, -0.4, 0, 0.4, 0.8)]),
            (CREAM, [zigzag(-1, 1, y + 0.235, 0.04, 12, 0.018)]),
        ]
    return parts


def _medallion(look: Look) -> Pattern:
    deep, pale = darken(look.main, 0.35), lighten(look.main, 0.6)
    corners = [(x, y) for x in (-1, 1) for y in (-1, 1)]
    return [
        (deep, [star(x, y, 0.5, degrees=22.5) for x, y in corners]),
        (look.accent, [star(x, y, 0.34, degrees=22.5) for x, y in corners]),
        (pale, [diamond(0.66, 0.74)]),
        (deep, [diamond(0.61, 0.69)]),
        (look.accent, [star(0, 0, 0.44, degrees=22.5)]),
        (CREAM, [star(0, 0, 0.3)]),
        (deep, [star(0, 0, 0.2, degrees=22.5)]),
        (look.accent, [star(0, 0, 0.09)]),
        (
            CREAM,
            [
                star(x, y, 0.06)
                for x, y in (
                    (0, -0.54),
                    (0, 0.54),
                    (-0.48, 0),
                    (0.48, 0),
                    (-0.72, -0.4),
                    (0.72, 0.4),
                    (-0.72, 0.4),
                    (0.72, -0.4),
                )
            ],
        ),
    ]


def _stripes(look: Look) -> Pattern:
    wide = [box(-1, y, 1, y + 0.16) for y in (-0.82, 0.66)]
    thin = [box(-1, y, 1, y + 0.035) for y in (-0.9, -0.6, -0.52, 0.5, 0.58, 0.86)]
    return [(look.accent, [*wide, *thin]), (CREAM, [zigzag(-1, 1, y + 0.06, 0.04, 22, 0.02) for y in (-0.82, 0.66)])]


def _zellige(look: Look) -> Pattern:
    grid = [(x * 0.4, y * 0.4) for x in range(-2, 3) for y in range(-2, 3)]
    between = [(x * 0.4 + 0.2, y * 0.4 + 0.2) for x in range(-3, 3) for y in range(-3, 3)]
    return [
        (look.accent, [star(x, y, 0.19, degrees=22.5) for x, y in grid]),
        (CREAM, [star(x, y, 0.11) for x, y in grid]),
        (look.main, [star(x, y, 0.055, degrees=22.5) for x, y in grid]),
        (lighten(look.main, 0.5), [star(x, y, 0.075, points=4, depth=0.5) for x, y in between]),
    ]


PATTERNS: tuple[Callable[[Look], Pattern], ...] = (_berber, _kilim, _medallion, _stripes, _zellige)


def _weave(canvas: Canvas, look: Look, place: Callable[[Point], Point]) -> None:
    for tone, shapes in PATTERNS[look.variety % len(PATTERNS)](look):
        canvas.fill(tone, *[[place(point) for point in shape] for shape in shapes])


# Things ------------------------------------------------------------------------------------------------------------


def _fringe(canvas: Canvas, left: float, right: float, y: float, length: float, tone: Colour, step: float = 9) -> None:
    count = int((right - left) / step)
    shapes: list[Polygon] = []
    for index in range(count + 1):
        x = left + (right - left) * index / count
        sway = math.sin(index * 2.3) * 2.5
        shapes.append(
            [
                (x - step * 0.36, y),
                (x + step * 0.36, y),
                (x + sway + step * 0.2, y + length),
                (x + sway - step * 0.2, y + length),
            ]
        )
    canvas.fill(tone, *shapes)


def _rug(canvas: Canvas, look: Look) -> None:
    half_width, half_height = 205.0, 290.0
    sheet = rounded(-half_width, -half_height, half_width, half_height, 5)
    drop_shadow(canvas, box(-half_width, -half_height - 20, half_width, half_height + 20), reach=12)
    for y, length in ((-half_height + 2, -30), (half_height - 2, 30)):
        _fringe(canvas, -half_width + 5, half_width - 5, y, length, darken(CREAM, 0.06))
    canvas.fill(cloth(look.main), sheet)
    with canvas.clipped(sheet):
        _weave(canvas, look, lambda point: (point[0] * (half_width - 34), point[1] * (half_height - 40)))
        _border(canvas, look, half_width, half_height)
        canvas.fill(solid(DARK, 0.05), *[box(-half_width, y, half_width, y + 1.6) for y in range(-290, 291, 5)])
        canvas.fill(across((0, LIGHT, 0.12), (0.5, LIGHT, 0.0), (1, DARK, 0.14)), sheet)


def _border(canvas: Canvas, look: Look, half_width: float, half_height: float) -> None:
    if look.variety == 0:
        return
    deep = darken(look.main, 0.42)
    for inset, thickness, tone in ((0, 26, deep), (26, 5, CREAM), (31, 8, look.accent)):
        w, h = half_width - inset, half_height - inset
        hole = [
            (-w + thickness, -h + thickness),
            (-w + thickness, h - thickness),
            (w - thickness, h - thickness),
            (w - thickness, -h + thickness),
            (-w + thickness, -h + thickness),
        ]
        canvas.fill(tone, [(-w, -h), (w, -h), (w, h), (-w, h), (-w, -h), *hole])
    beads = [diamond(6, 8, x, y) for y in (-half_height + 13, half_height - 13) for x in range(-180, 181, 24)]
    beads += [diamond(8, 6, x, y) for x in (-half_width + 13, half_width - 13) for y in range(-252, 253, 24)]
    canvas.fill(lighten(look.accent, 0.25), *beads)


def _pillow(point: Point, half: float = 190) -> Point:
    """Bends a square as its filling does: corners stay, sides draw in, the middle swells."""
    x, y = point
    return half * x * (1 - 0.085 * (1 - y * y)), half * y * (1 - 0.085 * (1 - x * x))


def _cushion(canvas: Canvas, look: Look) -> None:
    edge = [index / 12 - 1 for index in range(25)]
    border = [
        *[(x, -1.0) for x in edge],
        *[(1.0, y) for y in edge],
        *[(-x, 1.0) for x in edge],
        *[(-1.0, -y) for y in edge],
    ]
    shape = [_pillow(point) for point in border]
    with canvas.placed(0, -182):
        canvas.glow(solid(DARK, 0.5), 9, ellipse(10, 180, 170, 17))
        canvas.glow(solid(DARK, 0.22), 26, [(x + 44, y + 26) for x, y in shape])
        _tassels(canvas, look)
        canvas.fill(look.main, shape)
        with canvas.clipped(shape):
            _weave(canvas, look, lambda point: _pillow((point[0] * 0.94, point[1] * 0.94)))
            canvas.glow(solid(LIGHT, 0.34), 50, ellipse(-62, -78, 74, 62))
            canvas.glow(
                solid(DARK, 0.34), 34, [(220, -220), (220, 220), (-220, 220), (-190, 168), (150, 150), (168, -190)]
            )
            canvas.glow(
                solid(DARK, 0.14),
                9,
                *[
                    [(x * 0.52, y * 0.52), (x, y - 12), (x, y + 12)]
                    for x, y in ((-190, -190), (190, -190), (-190, 190), (190, 190))
                ],
            )
        canvas.stroke(solid(darken(look.accent, 0.15), 0.9), [*shape, shape[0]], 4)


def _tassels(canvas: Canvas, look: Look) -> None:
    for x in (-1, 1):
        for y in (-1, 1):
            with canvas.placed(x * 186, y * 186, degrees=0 if y > 0 else -x * 14):
                skirt = smooth([(-6, 2), (-15, 20), (-13, 50), (13, 50), (15, 20), (6, 2)], closed=True)
                canvas.fill(across((0, lighten(look.accent, 0.2)), (1, darken(look.accent, 0.35))), skirt)
                canvas.fill(solid(darken(look.accent, 0.5), 0.4), *[box(dx, 20, dx + 1.5, 50) for dx in (-8, -2, 4, 9)])
                canvas.fill(lighten(look.accent, 0.35), box(-8, 12, 8, 18))


def _folded(canvas: Canvas, look: Look, layers: int, thickness: float, half_width: float) -> None:
    ground_shadow(canvas, half_width, depth=0.14)
    for layer in range(layers):
        bottom = -layer * thickness
        slack = (layer % 2) * 5
        fold = rounded(-half_width + slack, bottom - thickness, half_width - slack, bottom, thickness * 0.46)
        canvas.fill(down((0, lighten(look.main, 0.22)), (0.5, look.main), (1, darken(look.main, 0.36))), fold)
        with canvas.clipped(fold):
            bands = (-0.76, -0.62, -0.56, 0.5, 0.56, 0.7)
            canvas.fill(
                solid(look.accent, 0.9),
                *[
                    box(
                        half_width * b,
                        bottom - thickness,
                        half_width * (b + 0.035 + (0.05 if abs(b) > 0.6 else 0)),
                        bottom,
                    )
                    for b in bands
                ],
            )
            canvas.fill(down((0, LIGHT, 0.16), (0.4, DARK, 0.0), (1, DARK, 0.3)), fold)
    _top_fold(canvas, look, -layers * thickness, half_width)


def _top_fold(canvas: Canvas, look: Look, y: float, half_width: float) -> None:
    top = smooth(
        [(-half_width + 4, y + 16), (-half_width + 34, y - 54), (half_width - 34, y - 54), (half_width - 4, y + 16)],
        steps=2,
    )
    top = [(-half_width + 2, y + 12), (-half_width + 40, y - 58), (half_width - 40, y - 58), (half_width - 2, y + 12)]
    canvas.fill(down((0, look.main), (1, lighten(look.main, 0.3))), top)
    with canvas.clipped(top):
        for share in (-0.72, -0.59, -0.53, 0.53, 0.59, 0.72):
            width = 0.09 if abs(share) > 0.7 else 0.035
            near, far = half_width, half_width - 40
            canvas.fill(
                solid(look.accent, 0.9),
                [
                    (near * share, y + 12),
                    (near * (share + width), y + 12),
                    (far * (share + width), y - 58),
                    (far * share, y - 58),
                ],
            )
        canvas.glow(solid(LIGHT, 0.3), 20, ellipse(-60, y - 20, 110, 22))


def _throw(canvas: Canvas, look: Look) -> None:
    _folded(canvas, look, layers=4, thickness=52, half_width=190)
    flap = [(-92, -262), (66, -262), (86, -92), (-104, -92)]
    canvas.glow(solid(DARK, 0.3), 9, [(x + 8, y + 8) for x, y in flap])
    canvas.fill(cloth(mix(look.main, look.accent, 0.12)), flap)
    with canvas.clipped(flap):
        canvas.fill(look.accent, box(-120, -140, 100, -118), box(-120, -156, 100, -150), box(-120, -108, 100, -102))
        canvas.fill(solid(CREAM, 0.9), *[diamond(8, 9, x, -129) for x in range(-100, 90, 24)])
        canvas.glow(solid(DARK, 0.16), 8, box(-40, -250, -26, -90), box(30, -250, 40, -90))
        canvas.fill(down((0, LIGHT, 0.25), (0.25, DARK, 0.0), (1, DARK, 0.12)), flap)
    _fringe(canvas, -100, 82, -94, 44, lighten(look.main, 0.2), step=10)


def _towel(canvas: Canvas, look: Look) -> None:
    rail, left, right = -262.0, -150.0, 150.0
    sheet = smooth([(left, rail), (left - 4, rail + 180), (left + 4, 236)], steps=6)
    sheet += [
        *smooth([(left + 4, 236), (left / 2, 246), (0, 238), (right / 2, 248), (right - 2, 238)], steps=6),
        *smooth([(right - 2, 238), (right + 5, rail + 200), (right, rail)], steps=6),
    ]
    drop_shadow(canvas, sheet, box(-230, rail - 12, 230, rail + 6))
    _fringe(canvas, left + 10, right - 8, 238, 42, lighten(look.main, 0.1), step=12)
    canvas.fill(look.main, sheet)
    with canvas.clipped(sheet):
        for top, height in ((-120, 40), (-66, 8), (-46, 8), (90, 8), (110, 8), (132, 66)):
            canvas.fill(
                look.accent,
                smooth(
                    [
                        (-170, top),
                        (-60, top + 4),
                        (40, top - 2),
                        (170, top + 3),
                        (170, top + height + 3),
                        (40, top + height - 2),
                        (-60, top + height + 4),
                        (-170, top + height),
                    ],
                    steps=1,
                ),
            )
        canvas.fill(solid(CREAM, 0.85), *[diamond(9, 12, x, 165) for x in range(-140, 150, 28)])
        for x, width, strength in ((-96, 16, 0.16), (-20, 22, 0.12), (64, 18, 0.2), (128, 26, 0.24)):
            canvas.glow(solid(DARK, strength), 12, box(x, rail, x + width, 260))
        canvas.glow(solid(LIGHT, 0.3), 14, box(-140, rail, -112, 260), box(14, rail, 40, 260))
        canvas.fill(down((0, LIGHT, 0.3), (0.04, DARK, 0.0), (1, DARK, 0.06)), sheet)
    _rail(canvas, rail, left, right)


def _rail(canvas: Canvas, y: float, left: float, right: float) -> None:
    for start, end in ((-230, left), (right, 230)):
        canvas.fill(
            down((0, lighten(WOOD, 0.35)), (0.4, WOOD), (1, darken(WOOD, 0.4))), rounded(start, y - 9, end, y + 9, 3)
        )
    for x in (-232, 232):
        canvas.fill(across((0, lighten(WOOD, 0.3)), (1, darken(WOOD, 0.4))), ellipse(x, y, 15))
        canvas.fill(solid(darken(WOOD, 0.5), 0.5), ring(x, y, 10, 8))


KINDS: dict[str, Kind] = {
    "rug": Kind(Stance.LYING, _rug, 1.08),
    "cushion": Kind(Stance.STANDING, _cushion),
    "throw": Kind(Stance.STANDING, _throw, 1.05),
    "towel": Kind(Stance.HANGING, _towel, 1.05),
}
