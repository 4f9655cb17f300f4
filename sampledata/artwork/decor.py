"""Lanterns, lamps, candles, baskets, vases and mirrors."""

from catalog.media.canvas import (
    DARK,
    LIGHT,
    Canvas,
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
    ring,
    smooth,
    solid,
    star,
)
from sampledata.artwork.scene import (
    BRASS,
    CREAM,
    Kind,
    Lathe,
    Look,
    Stance,
    ceramic,
    diamond,
    drop_shadow,
    gloss,
    ground_shadow,
    label,
    lathe,
    metal,
    mirrored,
    olive_branch,
    opening,
    turn_body,
    turned,
    zigzag,
)

FLAME = colour("#ffc65a")


def _lantern(canvas: Canvas, look: Look) -> None:
    ground_shadow(canvas, 112)
    canvas.glow(solid(FLAME, 0.34), 55, ellipse(0, -190, 150, 170))
    body = lathe((300, 84), (285, 104), (170, 118), (60, 106), (40, 84))
    foot = lathe((44, 74), (26, 62), (12, 92), (0, 100))
    dome = lathe((432, 8), (420, 16), (398, 26), (374, 60), (336, 92), (306, 112), (296, 116))
    turn_body(canvas, foot, metal(look.main))
    turn_body(canvas, body, metal(look.main))
    _lantern_panes(canvas, body, look)
    turn_body(canvas, dome, metal(look.main))
    canvas.fill(solid(FLAME, 0.85), *dome.around(star(0, 0, 9, degrees=22.5), 342, 12, 15))
    canvas.fill(solid(darken(look.main, 0.5), 0.6), dome.band(312, 308), dome.band(384, 380))
    canvas.stroke(darken(look.main, 0.35), arc(0, -456, 24, 26, 0, 360), 9)
    canvas.stroke(lighten(look.main, 0.45), arc(0, -456, 24, 26, 160, 290), 3)
    canvas.glow(solid(FLAME, 0.3), 30, ellipse(0, -180, 62, 80))


def _lantern_panes(canvas: Canvas, body: Lathe, look: Look) -> None:
    pane = pointed_arch(0, -44, 78, 36, 42)
    light = down((0, mix(FLAME, look.accent, 0.75)), (0.45, FLAME), (0.75, lighten(FLAME, 0.65)), (1, FLAME))
    for shape in body.around(pane, 172, 8):
        canvas.fill(light, shape)
    lace = [shape for drop in (-40, 0, 40) for shape in body.around(star(0, drop, 15, degrees=22.5), 172, 8)]
    studs = [shape for drop in (-104, 100) for shape in body.around(star(0, drop, 5), 172, 24)]
    canvas.fill(solid(darken(look.main, 0.45), 0.8), *lace)
    canvas.fill(solid(darken(look.main, 0.5), 0.55), *studs)


def _table_lamp(canvas: Canvas, look: Look) -> None:
    ground_shadow(canvas, 96)
    base = lathe((190, 20), (176, 30), (150, 74), (100, 104), (48, 92), (14, 62), (0, 66))
    neck = lathe((236, 11), (190, 11), steps=1)
    shade = lathe((440, 84), (206, 158), steps=1, tilt=0.1)
    turn_body(canvas, neck, metal(BRASS))
    turn_body(canvas, base, ceramic(look.main))
    canvas.fill(solid(look.accent, 0.9), *base.around(diamond(10, 24), 100, 12), base.band(142, 137), base.band(62, 57))
    canvas.fill(solid(CREAM, 0.85), *base.around(diamond(5, 11), 100, 12))
    gloss(canvas, base, 148, 60)
    canvas.glow(solid(FLAME, 0.4), 50, ellipse(0, -280, 190, 150))
    canvas.fill(
        across((0, darken(CREAM, 0.16)), (0.3, lighten(CREAM, 0.5)), (0.6, CREAM), (1, darken(CREAM, 0.25))),
        shade.outline,
    )
    with canvas.clipped(shade.outline):
        canvas.glow(solid(FLAME, 0.6), 44, ellipse(0, -250, 90, 90))
        canvas.fill(solid(darken(look.main, 0.1), 0.85), shade.band(226, 214), shade.band(438, 430))
    canvas.fill(across((0, darken(CREAM, 0.5)), (1, FLAME)), shade.rim(share=0.96))


def _candle(canvas: Canvas, look: Look) -> None:
    ground_shadow(canvas, 118)
    vessel = lathe((240, 112), (120, 118), (24, 108), (0, 92))
    turn_body(canvas, vessel, ceramic(look.main))
    canvas.fill(
        solid(look.accent, 0.9),
        *vessel.around(star(0, 0, 17, points=8, degrees=22.5), 214, 18),
        vessel.band(192, 189),
        vessel.band(240, 234),
        vessel.band(30, 26),
    )
    label(canvas, vessel, 168, 62, look)
    gloss(canvas, vessel, 226, 30, -64, 0.5)
    canvas.fill(darken(look.main, 0.15), vessel.rim())
    canvas.fill(across((0, darken(CREAM, 0.25)), (0.4, CREAM), (1, lighten(CREAM, 0.6))), vessel.rim(share=0.93))
    canvas.glow(solid(FLAME, 0.75), 12, ellipse(0, -240, 60, 8))
    canvas.stroke(DARK, [(0, -238), (1, -262)], 4)
    flame = mirrored(smooth([(0, -338), (9, -312), (19, -284), (13, -262), (0, -256)]))
    canvas.glow(solid(FLAME, 0.4), 34, ellipse(0, -296, 52, 66))
    canvas.fill(down((0, FLAME), (0.6, lighten(FLAME, 0.55)), (1, colour("#ef8b3a"))), flame)
    canvas.fill(solid(LIGHT, 0.75), ellipse(0, -280, 6, 15))


def _basket(canvas: Canvas, look: Look) -> None:
    ground_shadow(canvas, 150)
    body = lathe((232, 168), (150, 172), (60, 152), (0, 122))
    for side in (-1, 1):
        loop = smooth([(side * 120, -222), (side * 126, -300), (side * 70, -330), (side * 46, -250)])
        canvas.stroke(darken(look.accent, 0.35), loop, 17)
        canvas.stroke(lighten(look.accent, 0.12), [(x - 2, y - 2) for x, y in loop], 9)
    canvas.fill(darken(look.main, 0.1), body.rim())
    canvas.fill(across((0, darken(look.main, 0.62)), (1, darken(look.main, 0.3))), body.rim(share=0.94))
    front = body.band(232, 0)
    canvas.fill(ceramic(look.main), front)
    with canvas.clipped(front):
        for row in range(16):
            height = 228 - row * 15
            paint = look.accent if look.variety and 4 <= row <= 9 else look.main
            canvas.fill(
                solid(lighten(paint, 0.3), 0.75),
                *body.around(ellipse(0, 0, 2.9, 5), height, 48, 3.75 if row % 2 else 0),
            )
            canvas.fill(
                solid(darken(paint, 0.38), 0.42),
                *body.around(ellipse(1.6, 4.4, 2.7, 3.2), height, 48, 3.75 if row % 2 else 0),
            )
        if look.variety:
            canvas.fill(solid(look.accent, 0.62), body.band(176, 78))
            canvas.fill(solid(CREAM, 0.8), *body.around(diamond(8, 26), 127, 14))
        canvas.fill(across((0, DARK, 0.1), (0.3, LIGHT, 0.12), (0.6, DARK, 0.04), (1, DARK, 0.34)), front)
    canvas.stroke(lighten(look.main, 0.2), [body.at(angle, 232) for angle in range(-90, 91, 6)], 11)
    canvas.stroke(solid(darken(look.main, 0.4), 0.5), [body.at(angle, 227) for angle in range(-88, 89, 8)], 2.5)


def _vase(canvas: Canvas, look: Look) -> None:
    ground_shadow(canvas, 92)
    olive_branch(canvas, 6, -300, 0.95, -62)
    olive_branch(canvas, -4, -300, 0.8, -108)
    olive_branch(canvas, 10, -296, 0.7, -28)
    body = lathe((318, 44), (306, 38), (270, 34), (226, 66), (150, 116), (80, 104), (20, 66), (0, 64))
    turn_body(canvas, body, ceramic(look.main))
    if look.variety:
        canvas.fill(look.accent, body.band(140, 0))
        canvas.fill(
            across((0, DARK, 0.2), (0.3, LIGHT, 0.24), (0.5, DARK, 0.0), (0.86, DARK, 0.3), (1, DARK, 0.22)),
            body.band(140, 0),
        )
    else:
        canvas.fill(
            solid(look.accent, 0.9),
            *body.ribbon(zigzag(-12, 12, -12, 24, 1, 9), 200, 15),
            *body.around(star(0, 0, 13, degrees=22.5), 142, 15),
            *body.ribbon(zigzag(-12, 12, -12, 24, 1, 9), 98, 15),
        )
    gloss(canvas, body, 216, 50, strength=0.5)
    opening(canvas, body, darken(look.main, 0.2), lighten(look.main, 0.16))
    olive_branch(canvas, 0, -320, 0.42, -80)


def _mirror(canvas: Canvas, look: Look) -> None:
    frame, glass = (_sun_frame if look.variety == 0 else _arch_frame)(canvas, look)
    canvas.fill(across((0, darken(look.main, 0.55)), (1, darken(look.main, 0.2))), frame)
    canvas.fill(down((0, colour("#e9f0ee")), (0.5, colour("#bfd0d0")), (1, colour("#dfe6e0"))), glass)
    with canvas.clipped(glass):
        canvas.fill(
            solid(LIGHT, 0.5),
            [(-190, 120), (40, -290), (130, -290), (-100, 120)],
            [(-70, 160), (150, -230), (176, -230), (-44, 160)],
        )
        canvas.glow(
            solid(DARK, 0.35), 12, [(-300, -330), (300, -330), (300, -240), (-150, -200), (-180, 300), (-300, 300)]
        )


def _sun_frame(canvas: Canvas, look: Look) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    rays = [
        turned([(0, -182), (13, -196), (0, -288 + (index % 2) * 36), (-13, -196)], 0, 0, index * 11.25)
        for index in range(32)
    ]
    disc = ellipse(0, 0, 200)
    drop_shadow(canvas, disc, *rays)
    canvas.fill(metal(look.main), *rays)
    canvas.fill(metal(look.main), disc)
    canvas.fill(solid(lighten(look.main, 0.5), 0.7), ring(0, 0, 198, 192), ring(0, 0, 164, 160))
    canvas.fill(
        solid(darken(look.main, 0.5), 0.7),
        *[turned(diamond(5, 9, 0, -179), 0, 0, index * 11.25) for index in range(32)],
    )
    return ellipse(0, 0, 160), ellipse(1, 1, 154)


def _arch_frame(canvas: Canvas, look: Look) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    outer = pointed_arch(0, -70, 270, 190, 220)
    drop_shadow(canvas, outer)
    canvas.fill(across((0, lighten(look.main, 0.2)), (0.4, look.main), (1, darken(look.main, 0.25))), outer)
    inlay = [box(x - 9, y - 9, x + 9, y + 9) for x in (-165, 165) for y in range(-70, 260, 46)]
    canvas.fill(look.accent, *[turned(box(-9, -9, 9, 9), (b[0][0] + 9), (b[0][1] + 9), 45) for b in inlay])
    canvas.fill(solid(CREAM, 0.9), *[ellipse(b[0][0] + 9, b[0][1] + 9, 3.5) for b in inlay])
    canvas.fill(look.accent, *[star(-165 + index * 41.25, 240, 11, degrees=22.5) for index in range(1, 8)])
    return pointed_arch(0, -66, 215, 144, 166), pointed_arch(1, -64, 213, 138, 160)


KINDS: dict[str, Kind] = {
    "lantern": Kind(Stance.STANDING, _lantern, 1.05),
    "table_lamp": Kind(Stance.STANDING, _table_lamp, 1.05),
    "candle": Kind(Stance.STANDING, _candle, 1.25),
    "basket": Kind(Stance.STANDING, _basket, 1.1),
    "vase": Kind(Stance.STANDING, _vase, 1.12),
    "mirror": Kind(Stance.HANGING, _mirror, 1.08),
}
