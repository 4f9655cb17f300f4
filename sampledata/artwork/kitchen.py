"""Plates, bowls, glasses, tagines, pots, boards and mortars."""

import math

from catalog.media.canvas import (
    DARK,
    LIGHT,
    Canvas,
    Polygon,
    across,
    arc,
    colour,
    darken,
    ellipse,
    lighten,
    pointed_arch,
    ring,
    rounded,
    smooth,
    solid,
    star,
)
from sampledata.artwork.scene import (
    CREAM,
    GLASS,
    Kind,
    Lathe,
    Look,
    Stance,
    ceramic,
    diamond,
    drop_shadow,
    gloss,
    ground_shadow,
    lathe,
    liquid,
    metal,
    moved,
    olive_branch,
    opening,
    turn_body,
    turned,
    zigzag,
)


def _radial(shape: Polygon, count: int, turn: float = 0) -> list[Polygon]:
    return [turned(shape, 0, 0, turn + index * 360 / count) for index in range(count)]


def _plate(canvas: Canvas, look: Look) -> None:
    disc = ellipse(0, 0, 262)
    drop_shadow(canvas, disc, reach=18)
    canvas.fill(across((0, lighten(look.main, 0.4)), (0.5, look.main), (1, darken(look.main, 0.22))), disc)
    canvas.fill(solid(look.accent, 0.95), ring(0, 0, 256, 249), ring(0, 0, 178, 173))
    petal = smooth([(0, -246), (19, -214), (0, -182), (-19, -214)], closed=True)
    if look.variety == 0:
        canvas.fill(look.accent, *_radial(petal, 20))
        canvas.fill(look.main, *_radial(ellipse(0, -214, 6, 14), 20))
        canvas.fill(solid(look.accent, 0.95), *_radial(diamond(5, 9, 0, -214), 20, 9))
    else:
        canvas.fill(look.accent, *_radial([(-30, -246), (30, -246), (0, -184)], 24))
        canvas.fill(CREAM, *_radial(ellipse(0, -230, 6), 24))
    _plate_heart(canvas, look)
    canvas.fill(across((0, LIGHT, 0.24), (0.45, LIGHT, 0.0), (0.55, DARK, 0.0), (1, DARK, 0.2)), disc)
    canvas.glow(solid(DARK, 0.18), 8, ring(4, 6, 176, 164))
    canvas.glow(solid(LIGHT, 0.7), 5, [*arc(0, 0, 222, 222, 205, 250), *arc(0, 0, 212, 212, 250, 205)])


def _plate_heart(canvas: Canvas, look: Look) -> None:
    pale = lighten(look.accent, 0.45)
    canvas.fill(pale, *_radial(smooth([(0, -160), (26, -104), (0, -58), (-26, -104)], closed=True), 8, 22.5))
    canvas.fill(look.accent, *_radial(smooth([(0, -164), (17, -110), (0, -50), (-17, -110)], closed=True), 8))
    canvas.fill(look.main, *_radial(ellipse(0, -112, 5, 20), 8))
    canvas.fill(look.accent, star(0, 0, 62, degrees=22.5))
    canvas.fill(look.main, star(0, 0, 44))
    canvas.fill(darken(look.accent, 0.3), star(0, 0, 26, degrees=22.5))


def _bowl(canvas: Canvas, look: Look) -> None:
    ground_shadow(canvas, 110)
    foot = lathe((26, 70), (0, 78), steps=1)
    body = lathe((186, 196), (150, 188), (90, 158), (40, 106), (16, 70), tilt=0.2)
    turn_body(canvas, foot, ceramic(darken(look.main, 0.1)))
    turn_body(canvas, body, ceramic(look.main))
    canvas.fill(
        look.accent, *body.ribbon(zigzag(-10, 10, -14, 26, 1, 10), 140, 18), body.band(172, 167), body.band(104, 99)
    )
    canvas.fill(solid(look.accent, 0.85), *body.around(star(0, 0, 10, degrees=22.5), 80, 18, 10))
    gloss(canvas, body, 168, 70)
    inside = lighten(look.accent, 0.12)
    canvas.fill(lighten(look.main, 0.3), body.rim())
    canvas.fill(across((0, darken(inside, 0.5)), (0.6, inside), (1, lighten(inside, 0.3))), body.rim(share=0.95))
    with canvas.clipped(body.rim(share=0.95)):
        canvas.fill(solid(look.main, 0.75), *[ring_at(0, -150, reach, 0.2) for reach in (150, 116)])
        canvas.fill(
            solid(look.main, 0.85),
            *[
                [(x, -146 + y * 0.2) for x, y in petal]
                for petal in _radial(smooth([(0, -100), (18, -60), (0, -10), (-18, -60)], closed=True), 8)
            ],
        )
        canvas.glow(solid(DARK, 0.3), 16, [(-220, -250), (-40, -250), (-170, -130), (-220, -100)])


def ring_at(x: float, y: float, radius: float, tilt: float) -> list[tuple[float, float]]:
    return [(x + px, y + py * tilt) for px, py in ring(0, 0, radius, radius - 8)]


def _one_glass(canvas: Canvas, look: Look) -> None:
    body = lathe((196, 62), (140, 58), (70, 51), (10, 47), (0, 44))
    ground_shadow(canvas, 44, strength=0.34)
    canvas.glow(solid(lighten(look.main, 0.3), 0.5), 12, ellipse(52, 6, 40, 8))
    canvas.fill(solid(LIGHT, 0.3), body.outline)
    tea = lathe(*[(height, body.radius(height) - 4) for height in (150, 100, 50, 12)], steps=1)
    canvas.fill(liquid(look.main), tea.outline)
    canvas.fill(lighten(look.main, 0.34), tea.rim())
    gilt = metal(look.accent)
    for shape in body.around(pointed_arch(0, -10, 24, 11, 18), 112, 10):
        canvas.fill(gilt, shape)
    canvas.fill(solid(darken(look.main, 0.12), 0.9), *body.around(pointed_arch(0, -9, 24, 7, 12), 112, 10))
    canvas.fill(gilt, body.band(84, 78), body.band(146, 142))
    canvas.fill(gilt, *body.around(star(0, 0, 8, degrees=22.5), 162, 10, 18), *body.around(diamond(6, 9), 58, 12))
    canvas.fill(GLASS, body.outline)
    canvas.fill(solid(look.accent, 0.9), [*body.rim(), *reversed(body.rim(share=0.94))])


def _glasses(canvas: Canvas, look: Look) -> None:
    mint = Look(main=look.main, accent=look.accent)
    for x, y, scale in ((-112, -42, 1.12), (112, -42, 1.12), (0, 0, 1.3)):
        with canvas.placed(x, y, scale):
            _one_glass(canvas, mint)


def _tagine(canvas: Canvas, look: Look) -> None:
    ground_shadow(canvas, 180)
    base = lathe((92, 196), (84, 204), (60, 190), (20, 140), (0, 128), tilt=0.16)
    lid = lathe((318, 20), (302, 26), (270, 46), (200, 86), (130, 136), (98, 176), (92, 184), tilt=0.16)
    knob = lathe((384, 14), (378, 30), (352, 40), (330, 28), (314, 22), tilt=0.16)
    turn_body(canvas, base, ceramic(look.main))
    canvas.fill(look.accent, *base.ribbon(zigzag(-7.5, 7.5, -5, 16, 1, 7), 58, 24))
    canvas.fill(
        across((0, darken(look.main, 0.3)), (0.4, lighten(look.main, 0.2)), (1, darken(look.main, 0.3))), base.rim()
    )
    turn_body(canvas, lid, ceramic(look.main))
    canvas.fill(look.accent, lid.band(124, 117), lid.band(176, 171), lid.band(262, 257))
    canvas.fill(look.accent, *lid.around(star(0, 0, 17, degrees=22.5), 146, 16), *lid.around(diamond(13, 30), 216, 12))
    canvas.fill(CREAM, *lid.around(star(0, 0, 7, degrees=22.5), 146, 16), *lid.around(diamond(6, 14), 216, 12))
    gloss(canvas, lid, 290, 110)
    turn_body(canvas, knob, ceramic(look.accent))
    gloss(canvas, knob, 374, 340)


def _teapot(canvas: Canvas, look: Look) -> None:
    ground_shadow(canvas, 110)
    shine = metal(look.main)
    handle = smooth([(-70, -262), (-150, -270), (-178, -190), (-130, -104), (-84, -92)])
    canvas.stroke(darken(look.main, 0.42), handle, 24)
    canvas.stroke(lighten(look.main, 0.42), [(x - 3, y - 3) for x, y in handle], 9)
    spout = [
        *smooth([(80, -54), (134, -90), (158, -160), (176, -226), (216, -270)]),
        *smooth([(192, -286), (146, -238), (130, -182), (108, -150), (70, -140)]),
    ]
    canvas.fill(shine, spout)
    canvas.fill(darken(look.main, 0.5), turned(ellipse(0, 0, 15, 7), 204, -278, 33))
    body = lathe((292, 54), (262, 62), (216, 84), (150, 124), (84, 122), (30, 84), (14, 70), (0, 82))
    lid = lathe((392, 4), (380, 9), (366, 6), (356, 12), (340, 40), (306, 56), (290, 58))
    turn_body(canvas, body, shine)
    _engrave(canvas, body, look)
    turn_body(canvas, lid, shine)
    canvas.fill(
        solid(darken(look.main, 0.5), 0.6), lid.band(304, 300), body.band(28, 25), *lid.around(diamond(8, 8), 324, 14)
    )
    turn_body(canvas, lathe((412, 3), (402, 11), (392, 8), (384, 4)), metal(look.accent))
    gloss(canvas, body, 250, 50, -36, 0.75)


def _engrave(canvas: Canvas, body: Lathe, look: Look) -> None:
    ink = solid(darken(look.main, 0.6), 0.5)
    canvas.fill(
        ink,
        *body.around(star(0, 0, 20, degrees=22.5), 128, 12),
        body.band(172, 169),
        body.band(84, 81),
        *body.around(pointed_arch(0, -6, 18, 8, 14), 192, 16),
        *body.around(diamond(6, 10), 66, 18),
    )
    canvas.fill(solid(lighten(look.main, 0.55), 0.8), *body.around(star(0, 0, 10), 128, 12))


def _coffee_pot(canvas: Canvas, look: Look) -> None:
    ground_shadow(canvas, 96)
    shaft = smooth([(58, -196), (150, -236), (262, -262)])
    canvas.stroke(darken(colour("#6d4426"), 0.2), shaft, 22)
    canvas.stroke(colour("#9c6a40"), [(x, y - 4) for x, y in shaft], 9)
    body = lathe((238, 62), (222, 54), (180, 56), (100, 84), (30, 98), (0, 94))
    lip = [(-30, -244), (-92, -262), (-58, -214)]
    canvas.fill(metal(look.main), lip)
    turn_body(canvas, body, metal(look.main))
    ink = solid(darken(look.main, 0.55), 0.55)
    canvas.fill(
        ink,
        body.band(196, 192),
        body.band(58, 54),
        *body.around(star(0, 0, 19, degrees=22.5), 104, 12),
        *body.around(diamond(8, 10), 152, 14),
        *body.ribbon(zigzag(-10, 10, -4, 10, 1, 4), 38, 18),
    )
    canvas.fill(solid(lighten(look.main, 0.5), 0.75), *body.around(star(0, 0, 9), 104, 12))
    opening(canvas, body, colour("#4a2a18"), lighten(look.main, 0.3))
    canvas.fill(colour("#6a4026"), [(x, y + 3) for x, y in body.rim(share=0.78)])
    gloss(canvas, body, 180, 30, -40, 0.7)


def _board(canvas: Canvas, look: Look) -> None:
    handle = rounded(-38, -300, 38, -120, 36)
    blade = rounded(-150, -170, 150, 290, 62)
    drop_shadow(canvas, handle, blade, reach=18)
    wood = across((0, lighten(look.main, 0.28)), (0.45, look.main), (1, darken(look.main, 0.22)))
    canvas.fill(wood, blade, handle)
    with canvas.clipped(blade, handle):
        for index in range(13):
            x = -150 + index * 25
            sway = 12 * math.sin(index * 1.7)
            grain = smooth([(x, -310), (x + sway, -120), (x - sway * 0.6 + 8, 60), (x + sway, 300)])
            canvas.stroke(solid(darken(look.accent, 0.1), 0.42), grain, 2.5 + index % 3 * 2)
        for reach in (46, 34, 22, 10):
            knot = smooth([(60 + px * 0.6, 90 + py * 1.4) for px, py in ellipse(0, 0, reach)[::6]], closed=True)
            canvas.stroke(solid(darken(look.accent, 0.15), 0.5), [*knot, knot[0]], 3)
    canvas.fill(darken(look.main, 0.62), ellipse(0, -258, 15))
    olive_branch(canvas, -110, 210, 1.0, -24)


def _mortar(canvas: Canvas, look: Look) -> None:
    ground_shadow(canvas, 112)
    shine = metal(look.main)
    body = lathe((216, 118), (206, 108), (160, 96), (90, 88), (46, 70), (28, 78), (0, 96))
    turn_body(canvas, body, shine)
    canvas.fill(
        solid(darken(look.main, 0.55), 0.5),
        body.band(170, 166),
        body.band(70, 66),
        *body.around(diamond(9, 26), 118, 14),
        *body.around(star(0, 0, 7), 190, 18),
    )
    gloss(canvas, body, 196, 60, strength=0.7)
    opening(canvas, body, darken(look.main, 0.2), lighten(look.main, 0.34))
    pestle = lathe((420, 16), (404, 26), (380, 14), (300, 17), (205, 26))
    with canvas.placed(-34, -6, degrees=17), canvas.clipped(moved(ellipse(0, -480, 260, 258), 0, 0)):
        turn_body(canvas, pestle, shine)
    canvas.fill(shine, [*arc(0, -216, 118, 118 * 0.14, 0, 180), *reversed(arc(0, -216, 108, 108 * 0.14, 0, 180))])


KINDS: dict[str, Kind] = {
    "plate": Kind(Stance.HANGING, _plate, 1.08),
    "bowl": Kind(Stance.STANDING, _bowl, 1.2),
    "glasses": Kind(Stance.STANDING, _glasses, 1.2),
    "tagine": Kind(Stance.STANDING, _tagine, 1.12),
    "teapot": Kind(Stance.STANDING, _teapot, 1.12),
    "coffee_pot": Kind(Stance.STANDING, _coffee_pot, 1.3),
    "board": Kind(Stance.LYING, _board, 1.1),
    "mortar": Kind(Stance.STANDING, _mortar, 1.12),
}
