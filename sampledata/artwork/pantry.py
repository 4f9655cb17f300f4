"""Oil, preserves, spices, honey, dates, tea and coffee."""

import math

from catalog.media.canvas import (
    DARK,
    LIGHT,
    Canvas,
    Colour,
    across,
    arc,
    box,
    colour,
    darken,
    down,
    ellipse,
    lighten,
    mix,
    rounded,
    smooth,
    solid,
    star,
)
from sampledata.artwork.scene import (
    BRASS,
    CREAM,
    GLASS,
    WOOD,
    Kind,
    Lathe,
    Look,
    Stance,
    ceramic,
    diamond,
    drop_shadow,
    eight_star,
    gloss,
    grains,
    ground_shadow,
    label,
    lathe,
    liquid,
    metal,
    olive_branch,
    turn_body,
    turned,
    zigzag,
)

CORK = colour("#c79a68")


def _oil_bottle(canvas: Canvas, look: Look) -> None:
    ground_shadow(canvas, 74)
    olive_branch(canvas, 62, -2, 0.8, 4)
    body = lathe((330, 25), (282, 25), (262, 34), (232, 70), (200, 78), (20, 78), (0, 70))
    cap = lathe((404, 22), (396, 28), (318, 28), steps=1)
    canvas.fill(liquid(darken(look.main, 0.2)), body.outline)
    canvas.fill(across((0, DARK, 0.3), (0.2, DARK, 0.0), (0.75, DARK, 0.1), (1, DARK, 0.34)), body.outline)
    label(canvas, body, 192, 60, look)
    canvas.fill(GLASS, body.outline)
    turn_body(canvas, cap, ceramic(look.accent))
    canvas.fill(solid(lighten(look.accent, 0.5), 0.8), cap.band(334, 330), cap.band(344, 341))


def _jar_glass(canvas: Canvas, body: Lathe, contents: Colour, level: float) -> Lathe:
    canvas.fill(solid(LIGHT, 0.35), body.outline)
    heights = [level - (level - 10) * index / 6 for index in range(7)]
    inner = lathe(*[(height, body.radius(height) - 5) for height in heights], steps=1)
    canvas.fill(liquid(contents), inner.outline)
    return inner


def _preserve_jar(canvas: Canvas, look: Look) -> None:
    ground_shadow(canvas, 104)
    body = lathe((258, 82), (244, 84), (220, 108), (150, 114), (30, 110), (0, 96))
    inner = _jar_glass(canvas, body, look.main, 232)
    with canvas.clipped(inner.outline):
        for index in range(58):
            x, y = (index * 53) % 220 - 110, -((index * 37) % 226) - 6
            tone = mix(look.main, lighten(look.main, 0.4), (index * 29 % 10) / 10)
            canvas.fill(
                across((0, lighten(tone, 0.3)), (1, darken(tone, 0.42))),
                turned(ellipse(0, 0, 21, 16), x, y, index * 47),
            )
        canvas.fill(across((0, DARK, 0.35), (0.25, DARK, 0.0), (0.75, DARK, 0.05), (1, DARK, 0.4)), inner.outline)
    label(canvas, body, 186, 62, look)
    canvas.fill(GLASS, body.outline)
    _clip_lid(canvas, look)


def _clip_lid(canvas: Canvas, look: Look) -> None:
    lid = lathe((298, 78), (290, 92), (258, 92), (252, 86), steps=2)
    turn_body(canvas, lid, metal(look.accent))
    canvas.fill(solid(lighten(look.accent, 0.35), 0.8), lid.rim(share=0.88))
    canvas.fill(solid(darken(look.accent, 0.4), 0.6), lid.band(272, 269))


def _spice(canvas: Canvas, look: Look) -> None:
    with canvas.placed(-88, -34, 0.95):
        _spice_jar(canvas, look)
    with canvas.placed(104, 8):
        _spice_heap(canvas, look)


def _spice_jar(canvas: Canvas, look: Look) -> None:
    ground_shadow(canvas, 80)
    body = lathe((228, 62), (214, 66), (196, 84), (120, 88), (24, 86), (0, 76))
    inner = _jar_glass(canvas, body, look.main, 204)
    with canvas.clipped(inner.outline):
        canvas.fill(solid(lighten(look.main, 0.4), 0.5), *grains(240, 88, 206, 1.9))
        canvas.fill(solid(darken(look.main, 0.4), 0.5), *grains(200, 88, 206, 1.7, seed=1))
    label(canvas, body, 164, 56, look)
    canvas.fill(GLASS, body.outline)
    cork = lathe((282, 62), (276, 66), (224, 60), steps=1)
    turn_body(canvas, cork, ceramic(CORK))
    canvas.fill(lighten(CORK, 0.25), cork.rim(share=0.97))
    canvas.fill(
        solid(darken(CORK, 0.35), 0.5),
        *[ellipse(x, y, 3, 1.6) for x, y in ((-30, -283), (12, -279), (34, -286), (-6, -288))],
    )


def _spice_heap(canvas: Canvas, look: Look) -> None:
    ground_shadow(canvas, 66)
    heap = [
        *smooth([(-84, -74), (-52, -112), (-22, -148), (0, -160), (24, -146), (56, -108), (84, -74)]),
        *arc(0, -74, 84, 14, 0, 180),
    ]
    bowl = lathe((76, 98), (50, 92), (18, 62), (0, 50), tilt=0.16)
    canvas.fill(darken(look.accent, 0.2), bowl.rim())
    canvas.fill(across((0, lighten(look.main, 0.18)), (0.4, look.main), (1, darken(look.main, 0.4))), heap)
    with canvas.clipped(heap):
        canvas.fill(
            solid(lighten(look.main, 0.4), 0.55),
            *[[(x, y - 64) for x, y in dot] for dot in grains(160, 90, 100, 1.5, seed=2)],
        )
        canvas.fill(
            solid(darken(look.main, 0.45), 0.45),
            *[[(x, y - 64) for x, y in dot] for dot in grains(160, 90, 100, 1.5, seed=3)],
        )
    front = bowl.band(76, 0)
    canvas.fill(ceramic(look.accent), [*front])
    canvas.fill(solid(CREAM, 0.85), *bowl.ribbon(zigzag(-12, 12, -8, 14, 1, 5), 50, 15), bowl.band(74, 69))
    gloss(canvas, bowl, 64, 20)


def _honey_jar(canvas: Canvas, look: Look) -> None:
    ground_shadow(canvas, 102)
    canvas.glow(solid(look.main, 0.45), 20, ellipse(96, 8, 80, 14))
    body = lathe((232, 84), (214, 88), (190, 108), (110, 116), (30, 108), (0, 92))
    inner = _jar_glass(canvas, body, look.main, 208)
    canvas.glow(solid(lighten(look.main, 0.65), 0.5), 18, ellipse(52, -60, 34, 44))
    canvas.fill(solid(lighten(look.main, 0.35), 0.8), inner.rim())
    label(canvas, body, 160, 56, look)
    canvas.fill(GLASS, body.outline)
    cap = lathe((284, 84), (276, 96), (226, 98), steps=2)
    turn_body(canvas, cap, ceramic(look.accent))
    canvas.fill(solid(CREAM, 0.6), *cap.around(diamond(5, 8), 250, 20))
    canvas.fill(solid(lighten(look.accent, 0.2), 0.9), cap.rim(share=0.93))
    canvas.stroke(WOOD, [cap.at(angle, 232) for angle in range(-88, 89, 8)], 6)
    _dipper(canvas, look)


def _dipper(canvas: Canvas, look: Look) -> None:
    with canvas.placed(128, 22, degrees=164):
        canvas.glow(solid(DARK, 0.3), 6, box(-150, 0, 30, 12))
        canvas.fill(down((0, lighten(WOOD, 0.4)), (1, darken(WOOD, 0.3))), rounded(-160, -6, 10, 6, 5))
        for index in range(5):
            reach = (20, 27, 30, 27, 20)[index]
            canvas.fill(
                down((0, lighten(WOOD, 0.3)), (1, darken(WOOD, 0.35))),
                rounded(4 + index * 14, -reach, 14 + index * 14, reach, 5),
            )


def _dates_box(canvas: Canvas, look: Look) -> None:
    tray = rounded(-240, -190, 240, 190, 14)
    drop_shadow(canvas, tray, reach=20)
    canvas.fill(across((0, lighten(look.accent, 0.15)), (1, darken(look.accent, 0.25))), tray)
    canvas.fill(solid(BRASS, 0.9), *[star(x, y, 8, degrees=22.5) for x in range(-216, 217, 36) for y in (-176, 176)])
    inner = rounded(-222, -158, 222, 158, 8)
    canvas.fill(lighten(CREAM, 0.1), inner)
    with canvas.clipped(inner):
        canvas.glow(
            solid(DARK, 0.4), 12, [(-240, -180), (240, -180), (240, -156), (-210, -156), (-210, 170), (-240, 170)]
        )
        for row in range(4):
            for column in range(9):
                _date(canvas, -190 + column * 48 + (row % 2) * 6, -117 + row * 78, look, row * 9 + column)


def _date(canvas: Canvas, x: float, y: float, look: Look, index: int) -> None:
    tone = mix(look.main, darken(look.main, 0.35), (index * 7 % 10) / 12)
    with canvas.placed(x, y, degrees=(index * 31) % 13 - 6):
        shape = smooth(
            [(0, -38), (18, -24), (21, 6), (12, 34), (0, 38), (-12, 34), (-21, 6), (-18, -24)], closed=True, steps=4
        )
        canvas.glow(solid(DARK, 0.4), 5, [(px + 4, py + 5) for px, py in shape])
        canvas.fill(across((0, darken(tone, 0.12)), (0.3, lighten(tone, 0.26)), (1, darken(tone, 0.5))), shape)
        for offset in (-9, 0, 8):
            canvas.stroke(
                solid(darken(tone, 0.5), 0.45),
                smooth([(offset * 0.6, -28), (offset, 0), (offset * 0.7, 28)], steps=3),
                2,
            )
        canvas.fill(solid(LIGHT, 0.5), ellipse(-8, -8, 3, 11))
        canvas.fill(darken(CREAM, 0.3), ellipse(0, -36, 5, 3.5))


def _tea_tin(canvas: Canvas, look: Look) -> None:
    ground_shadow(canvas, 108)
    body = lathe((272, 112), (0, 112), steps=1, tilt=0.15)
    lid = lathe((338, 106), (330, 114), (266, 114), steps=1, tilt=0.15)
    turn_body(canvas, body, ceramic(look.main))
    pale = lighten(look.main, 0.5)
    for height in (40, 226):
        canvas.fill(look.accent, *body.around(star(0, 0, 20, degrees=22.5), height, 18))
        canvas.fill(pale, *body.around(star(0, 0, 10), height, 18), *body.around(diamond(4, 12), height, 18, 10))
    canvas.fill(metal(BRASS), body.band(252, 247), body.band(200, 196), body.band(70, 66), body.band(14, 9))
    label(canvas, body, 188, 78, look)
    turn_body(canvas, lid, metal(look.accent))
    canvas.fill(solid(lighten(look.accent, 0.28), 0.9), lid.rim(share=0.97))
    canvas.fill(
        solid(darken(look.accent, 0.3), 0.5),
        *[[(x, -338 + y * 0.15) for x, y in star(0, 0, r, degrees=22.5)] for r in (70,)],
    )
    canvas.fill(metal(BRASS), lid.band(276, 271))
    gloss(canvas, body, 250, 16, -48, 0.45)


def _coffee_bag(canvas: Canvas, look: Look) -> None:
    ground_shadow(canvas, 122, depth=0.16)
    bag = [
        *smooth([(-118, -372), (-122, -240), (-132, -100), (-120, 0)], steps=6),
        *smooth([(-120, 0), (0, 12), (120, 0)], steps=6),
        *smooth([(120, 0), (134, -110), (122, -240), (118, -372)], steps=6),
    ]
    canvas.fill(
        across(
            (0, darken(look.main, 0.18)),
            (0.1, lighten(look.main, 0.12)),
            (0.3, lighten(look.main, 0.28)),
            (0.6, look.main),
            (0.9, darken(look.main, 0.3)),
            (1, darken(look.main, 0.15)),
        ),
        bag,
    )
    with canvas.clipped(bag):
        canvas.glow(
            solid(DARK, 0.25),
            10,
            [(-140, -330), (140, -318), (140, -306), (-140, -312)],
            [(-140, 20), (-96, 20), (-120, -90)],
            [(140, 20), (92, 20), (122, -110)],
        )
        canvas.glow(solid(LIGHT, 0.25), 8, [(-96, -300), (-82, -300), (-92, -20), (-104, -20)])
        canvas.fill(
            solid(look.accent, 0.95),
            zigzag(-140, 140, -66, 22, 9, 12),
            box(-140, -36, 140, -30),
            box(-140, -82, 140, -78),
        )
    canvas.fill(down((0, lighten(look.accent, 0.1)), (1, darken(look.accent, 0.25))), rounded(-124, -400, 124, -356, 5))
    canvas.fill(solid(LIGHT, 0.2), box(-124, -394, 124, -390))
    plaque = rounded(-84, -272, 84, -108, 12)
    canvas.fill(CREAM, plaque)
    canvas.fill(look.accent, eight_star(0, -220, 30))
    canvas.fill(CREAM, eight_star(0, -220, 15))
    canvas.text(darken(look.accent, 0.45), look.label, 0, -158, min(40, 230 / max(len(look.label), 1)))
    _beans(canvas)


def _beans(canvas: Canvas) -> None:
    roast = colour("#5b3520")
    for x, y, angle in ((146, 16, 20), (186, 2, -40), (170, 34, 70), (-150, 22, -25), (116, 38, -10), (-176, 6, 50)):
        with canvas.placed(x, y, degrees=angle):
            canvas.glow(solid(DARK, 0.4), 4, ellipse(3, 6, 18, 11))
            canvas.fill(down((0, lighten(roast, 0.3)), (1, darken(roast, 0.35))), ellipse(0, 0, 18, 12))
            canvas.stroke(darken(roast, 0.6), smooth([(-15, 0), (-5, -3), (5, 3), (15, 0)], steps=4), 2.5)


def _olive_bowl(canvas: Canvas, look: Look) -> None:
    ground_shadow(canvas, 104)
    bowl = lathe((128, 186), (96, 178), (40, 120), (12, 80), (0, 84), tilt=0.22)
    canvas.fill(darken(look.accent, 0.3), bowl.rim())
    for index in range(34):
        angle, reach = index * 2.4, 150 * math.sqrt((index + 0.5) / 34)
        x, y = reach * math.cos(angle), -140 + reach * 0.2 * math.sin(angle) - (150 - reach) * 0.2
        tone = mix(look.main, lighten(look.main, 0.35), (index * 7 % 10) / 10)
        canvas.fill(
            across((0, lighten(tone, 0.32)), (0.5, tone), (1, darken(tone, 0.5))),
            turned(ellipse(0, 0, 27, 21), x, y, index * 40),
        )
        canvas.fill(solid(LIGHT, 0.55), ellipse(x - 9, y - 8, 5, 3))
    front = bowl.band(128, 0)
    canvas.fill(ceramic(look.accent), front)
    canvas.fill(
        solid(CREAM, 0.9), *bowl.around(star(0, 0, 14, degrees=22.5), 82, 20), bowl.band(118, 113), bowl.band(52, 48)
    )
    gloss(canvas, bowl, 112, 40)
    olive_branch(canvas, 60, -158, 0.7, -18)


KINDS: dict[str, Kind] = {
    "oil_bottle": Kind(Stance.STANDING, _oil_bottle, 1.12),
    "preserve_jar": Kind(Stance.STANDING, _preserve_jar, 1.25),
    "spice": Kind(Stance.STANDING, _spice, 1.25),
    "honey_jar": Kind(Stance.STANDING, _honey_jar, 1.25),
    "dates_box": Kind(Stance.LYING, _dates_box, 1.15),
    "tea_tin": Kind(Stance.STANDING, _tea_tin, 1.15),
    "coffee_bag": Kind(Stance.STANDING, _coffee_bag),
    "olive_bowl": Kind(Stance.STANDING, _olive_bowl, 1.2),
}
