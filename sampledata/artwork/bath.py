"""Soaps, bottles of the hammam, bowls and gloves."""

# ruff: noqa: PLR0917 - coordinates read best by position

from catalog.media.canvas import (
    DARK,
    LIGHT,
    Canvas,
    Colour,
    Point,
    across,
    box,
    darken,
    down,
    ellipse,
    lighten,
    rounded,
    smooth,
    solid,
    star,
)
from sampledata.artwork.scene import (
    BRASS,
    CREAM,
    GLASS,
    Kind,
    Look,
    Stance,
    ceramic,
    cloth,
    diamond,
    drop_shadow,
    eight_star,
    gloss,
    ground_shadow,
    label,
    lathe,
    liquid,
    metal,
    olive_branch,
    opening,
    turn_body,
    zigzag,
)

# How far the far edge of a block lies to the right of and above its near edge.
DEPTH: Point = (70, -52)


def _block(canvas: Canvas, x: float, y: float, width: float, height: float, tone: Colour) -> None:
    """A bar with its near left foot at (x, y): front, top and right side."""
    dx, dy = DEPTH
    canvas.fill(across((0, lighten(tone, 0.12)), (1, darken(tone, 0.1))), rounded(x, y - height, x + width, y, 7))
    canvas.fill(
        across((0, darken(tone, 0.28)), (1, darken(tone, 0.4))),
        [(x + width, y - height), (x + width + dx, y - height + dy), (x + width + dx, y + dy), (x + width, y)],
    )
    canvas.fill(
        down((0, lighten(tone, 0.22)), (1, lighten(tone, 0.42))),
        [(x, y - height), (x + dx, y - height + dy), (x + width + dx, y - height + dy), (x + width, y - height)],
    )
    canvas.stroke(solid(LIGHT, 0.55), [(x + 5, y - height), (x + width - 2, y - height)], 3)


def _soap(canvas: Canvas, look: Look) -> None:
    with canvas.placed(-30, 14):
        canvas.glow(solid(DARK, 0.45), 8, [(-150, 4), (160, 6), (236, -44), (-60, -40)])
        canvas.glow(solid(DARK, 0.2), 26, [(-100, 10), (240, 20), (330, -40), (0, -40)])
        _block(canvas, -150, 0, 300, 100, look.main)
        _stamp(canvas, 0, -50, look, 1.0)
        _block(canvas, -118, -130, 250, 96, lighten(look.accent, 0.1))
        _wrap(canvas, -118, -130, 250, 96, look)
    olive_branch(canvas, -176, 40, 0.8, 3)


def _stamp(canvas: Canvas, x: float, y: float, look: Look, scale: float) -> None:
    ink = solid(darken(look.main, 0.4), 0.6)
    with canvas.placed(x, y, scale):
        canvas.fill(ink, eight_star(-96, 0, 24), eight_star(96, 0, 24))
        canvas.fill(look.main, eight_star(-96, 0, 12), eight_star(96, 0, 12))
        canvas.text(darken(look.main, 0.42), look.label, 0, 0, min(44, 190 / max(len(look.label), 1) * 1.1))
        canvas.text(solid(LIGHT, 0.3), look.label, 1.5, 1.5, min(44, 190 / max(len(look.label), 1) * 1.1))


def _wrap(canvas: Canvas, x: float, y: float, width: float, height: float, look: Look) -> None:
    """A paper sleeve around the upper bar."""
    dx, dy = DEPTH
    left, right = x + width * 0.28, x + width * 0.72
    canvas.fill(across((0, lighten(CREAM, 0.3)), (1, darken(CREAM, 0.1))), box(left, y - height - 1, right, y))
    canvas.fill(
        lighten(CREAM, 0.5),
        [(left, y - height), (left + dx, y - height + dy), (right + dx, y - height + dy), (right, y - height)],
    )
    canvas.fill(solid(look.accent, 0.95), *[box(edge, y - height, edge + 4, y) for edge in (left + 7, right - 11)])
    canvas.fill(look.accent, eight_star((left + right) / 2, y - height / 2, 30))
    canvas.fill(CREAM, eight_star((left + right) / 2, y - height / 2, 17))
    canvas.fill(look.accent, eight_star((left + right) / 2, y - height / 2, 8))


def _care_bottle(canvas: Canvas, look: Look) -> None:
    """A small apothecary bottle; variety 0 has a dropper, 1 a brass atomiser."""
    ground_shadow(canvas, 78)
    body = lathe((244, 26), (224, 28), (208, 62), (190, 78), (120, 82), (20, 80), (0, 70))
    canvas.fill(liquid(look.main), body.outline)
    label(canvas, body, 168, 48, look)
    canvas.fill(GLASS, body.outline)
    collar = lathe((276, 30), (240, 33), steps=1)
    if look.variety == 0:
        bulb = lathe((360, 7), (352, 17), (330, 22), (300, 21), (274, 24))
        turn_body(canvas, bulb, ceramic(darken(look.accent, 0.45)))
        turn_body(canvas, collar, metal(BRASS))
    else:
        turn_body(canvas, lathe((320, 18), (312, 24), (270, 24), steps=1), metal(BRASS))
        canvas.fill(metal(BRASS), rounded(-40, -312, -10, -298, 5))
        turn_body(canvas, collar, metal(BRASS))
    canvas.fill(solid(darken(BRASS, 0.4), 0.5), collar.band(262, 259), collar.band(254, 251))
    _petals(canvas, look)


def _petals(canvas: Canvas, look: Look) -> None:
    for x, y, angle in ((112, 14, 10), (140, -6, -40), (-116, 18, 25), (-138, 2, 70), (92, 34, 60)):
        with canvas.placed(x, y, degrees=angle):
            petal = smooth([(-22, 0), (-6, -13), (20, -6), (22, 5), (-4, 11)], closed=True, steps=5)
            canvas.glow(solid(DARK, 0.3), 4, [(px + 3, py + 5) for px, py in petal])
            canvas.fill(across((0, lighten(look.accent, 0.45)), (1, look.accent)), petal)


def _hammam_bowl(canvas: Canvas, look: Look) -> None:
    ground_shadow(canvas, 120)
    body = lathe((150, 192), (140, 182), (96, 172), (40, 128), (8, 84), (0, 80), tilt=0.2)
    turn_body(canvas, body, metal(look.main))
    ink = solid(darken(look.main, 0.6), 0.5)
    canvas.fill(
        ink,
        *body.around(star(0, 0, 17, degrees=22.5), 94, 20),
        body.band(126, 122),
        body.band(62, 58),
        *body.around(diamond(5, 9), 42, 24),
    )
    canvas.fill(solid(lighten(look.main, 0.55), 0.8), *body.around(star(0, 0, 8), 94, 20))
    gloss(canvas, body, 134, 40, strength=0.7)
    opening(canvas, body, look.main, lighten(look.main, 0.4))
    with canvas.clipped(body.rim(share=0.93)):
        canvas.fill(
            across((0, lighten(look.accent, 0.1)), (0.6, lighten(look.accent, 0.5)), (1, lighten(look.accent, 0.7))),
            ellipse(0, -128, 174, 30),
        )
        canvas.fill(solid(LIGHT, 0.6), ellipse(-60, -128, 44, 5), ellipse(50, -118, 30, 3.5))
    with canvas.placed(0, -132, 0.6):
        _petals_afloat(canvas, look)


def _petals_afloat(canvas: Canvas, look: Look) -> None:
    for x, y, tone in ((40, 0, 0.2), (-10, 16, 0.0), (110, 10, 0.1), (-120, 4, 0.25)):
        canvas.fill(lighten(BRASS if not look.variety else look.accent, tone), ellipse(x, y, 26, 9))


def _glove(canvas: Canvas, look: Look) -> None:
    hand = rounded(-128, -230, 128, 200, 84)
    drop_shadow(canvas, hand, reach=16)
    canvas.stroke(darken(look.accent, 0.1), smooth([(40, 210), (110, 290), (20, 318), (30, 214)]), 11)
    canvas.fill(cloth(look.main), hand)
    with canvas.clipped(hand):
        canvas.fill(solid(DARK, 0.09), *[box(-140, y, 140, y + 3) for y in range(-230, 200, 9)])
        canvas.fill(solid(LIGHT, 0.1), *[box(x, -240, x + 3, 200) for x in range(-130, 130, 9)])
        canvas.fill(
            look.accent,
            box(-140, -90, 140, -62),
            box(-140, -50, 140, -42),
            box(-140, 30, 140, 38),
            box(-140, 50, 140, 78),
        )
        canvas.fill(solid(CREAM, 0.9), zigzag(-140, 140, -20, 24, 10, 9))
    cuff = rounded(-136, 168, 136, 226, 12)
    canvas.fill(cloth(look.accent), cuff)
    canvas.fill(solid(CREAM, 0.9), *[diamond(8, 13, x, 197) for x in range(-112, 113, 28)])
    canvas.glow(solid(LIGHT, 0.25), 20, ellipse(-60, -120, 26, 80))


KINDS: dict[str, Kind] = {
    "soap": Kind(Stance.STANDING, _soap, 1.15),
    "care_bottle": Kind(Stance.STANDING, _care_bottle, 1.35),
    "hammam_bowl": Kind(Stance.STANDING, _hammam_bowl, 1.25),
    "glove": Kind(Stance.LYING, _glove, 1.1),
}
