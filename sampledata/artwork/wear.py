"""Tunics, shirts, scarves, bags, slippers and notebooks."""

from catalog.media.canvas import (
    DARK,
    LIGHT,
    Canvas,
    Point,
    across,
    arc,
    box,
    darken,
    down,
    ellipse,
    lighten,
    ring,
    rounded,
    smooth,
    solid,
    star,
)
from sampledata.artwork.scene import (
    BRASS,
    CREAM,
    WOOD,
    Kind,
    Look,
    Stance,
    cloth,
    diamond,
    drop_shadow,
    eight_star,
    ground_shadow,
    mirrored,
    zigzag,
)


def _hanger(canvas: Canvas, y: float) -> None:
    canvas.stroke(darken(BRASS, 0.2), smooth([(0, y + 8), (0, y - 16), (16, y - 34), (4, y - 52), (-14, y - 40)]), 5)
    bar = smooth([(-108, y + 44), (-60, y + 18), (0, y), (60, y + 18), (108, y + 44)])
    canvas.stroke(darken(WOOD, 0.3), [(x, py + 3) for x, py in bar], 16)
    canvas.stroke(lighten(WOOD, 0.16), bar, 12)


def _folds(canvas: Canvas, *lines: tuple[float, float, float, float]) -> None:
    """Soft creases from (x, y) to (x, y)."""
    for x, y, end_x, end_y in lines:
        crease = [(x - 3, y), (x + 3, y), (end_x + 9, end_y), (end_x - 9, end_y)]
        canvas.glow(solid(DARK, 0.2), 7, crease)
        canvas.glow(solid(LIGHT, 0.2), 6, [(px - 17, py) for px, py in crease])


def _tunic(canvas: Canvas, look: Look) -> None:
    _hanger(canvas, -262)
    right = [
        (30, -272),
        (108, -246),
        (186, -196),
        (236, -20),
        (178, 2),
        (134, -104),
        (150, 90),
        (176, 300),
        (88, 310),
        (0, 312),
    ]
    shape = mirrored([(0, -256), *right])
    drop_shadow(canvas, shape, reach=18)
    canvas.fill(cloth(look.main), shape)
    with canvas.clipped(shape):
        _folds(
            canvas,
            (-70, -60, -110, 310),
            (64, -90, 96, 310),
            (-6, 20, -20, 312),
            (150, -180, 200, 0),
            (-150, -190, -214, 0),
        )
        canvas.fill(look.accent, box(-190, 276, 190, 286), zigzag(-190, 190, 292, 9, 24, 5))
        for side in (-1, 1):
            canvas.fill(look.accent, [(side * 176, -30), (side * 244, -52), (side * 248, -38), (side * 180, -14)])
    yoke = mirrored([(0, -250), (42, -262), (50, -170), (24, -20), (0, 4)])
    canvas.fill(solid(look.accent, 0.95), yoke)
    canvas.fill(
        solid(CREAM, 0.85),
        *[diamond(9, 13, 0, y) for y in range(-140, -20, 30)],
        *[star(x, -188, 9, degrees=22.5) for x in (-26, 26)],
        *[diamond(4, 6, x, y) for x in (-24, 24) for y in (-150, -122, -94)],
    )
    canvas.fill(darken(look.main, 0.5), mirrored([(0, -264), (31, -272), (16, -222), (0, -150)]))
    canvas.fill(solid(lighten(look.accent, 0.2), 0.9), *[ellipse(0, y, 5) for y in (-140, -110)])


def _shirt(canvas: Canvas, look: Look) -> None:
    _hanger(canvas, -246)
    right = [
        (44, -258),
        (120, -226),
        (196, -170),
        (244, 56),
        (184, 76),
        (142, -70),
        (146, 120),
        (150, 240),
        (84, 258),
        (0, 246),
    ]
    shape = mirrored([(0, -236), *right])
    drop_shadow(canvas, shape, reach=18)
    canvas.fill(cloth(look.main), shape)
    with canvas.clipped(shape):
        if look.variety:
            canvas.fill(solid(look.accent, 0.55), *[box(x, -280, x + 5, 280) for x in range(-250, 251, 26)])
        _folds(canvas, (-84, -90, -100, 250), (78, -60, 92, 250), (168, -150, 210, 60), (-160, -150, -206, 60))
        for side in (-1, 1):
            canvas.fill(
                solid(darken(look.main, 0.16), 0.8),
                [(side * 180, 50), (side * 250, 28), (side * 250, 38), (side * 184, 60)],
            )
    canvas.fill(solid(darken(look.main, 0.08), 0.7), box(-15, -220, 15, 246))
    canvas.fill(solid(lighten(look.main, 0.4), 0.7), box(-15, -220, -11, 246))
    buttons = [(0.0, float(y)) for y in range(-176, 220, 62)]
    canvas.fill(darken(look.main, 0.35), *[ellipse(x + 1, y + 2, 7) for x, y in buttons])
    canvas.fill(CREAM, *[ellipse(x, y, 6) for x, y in buttons])
    canvas.fill(darken(look.main, 0.45), mirrored([(0, -250), (40, -262), (20, -222), (0, -196)]))
    for side in (-1, 1):
        collar: list[Point] = [(side * 36, -270), (side * 58, -252), (side * 50, -178), (side * 4, -204)]
        canvas.glow(solid(DARK, 0.25), 5, [(x + 3, y + 6) for x, y in collar])
        canvas.fill(lighten(look.main, 0.2 if side < 0 else 0.05), collar)
    pocket = [(42, -96), (112, -96), (112, -24), (77, -6), (42, -24)]
    canvas.fill(solid(darken(look.main, 0.1), 0.6), pocket)
    canvas.fill(solid(darken(look.main, 0.25), 0.6), box(42, -96, 112, -92))


def _scarf(canvas: Canvas, look: Look) -> None:
    canvas.fill(across((0, lighten(WOOD, 0.3)), (1, darken(WOOD, 0.3))), rounded(-26, -320, 26, -262, 12))
    back = [
        *smooth([(-6, -286), (60, -240), (104, -60), (112, 190)]),
        *smooth([(14, 200), (20, 0), (-10, -180), (-30, -270)]),
    ]
    front = [
        *smooth([(20, -292), (34, -200), (10, -20), (2, 226)]),
        *smooth([(-124, 214), (-112, -40), (-76, -236), (-20, -296)]),
    ]
    drop_shadow(canvas, back, front, reach=18)
    for shape, left, right, foot in ((back, 16, 110, 194), (front, -120, 0, 220)):
        for index in range(int((right - left) / 9) + 1):
            canvas.stroke(
                lighten(look.main, 0.12), [(left + index * 9, foot - 6), (left + index * 9 - 1, foot + 46)], 4
            )
        canvas.fill(cloth(look.main if shape is front else darken(look.main, 0.14)), shape)
        with canvas.clipped(shape):
            canvas.fill(
                look.accent,
                box(-140, foot - 84, 140, foot - 40),
                box(-140, foot - 100, 140, foot - 94),
                box(-140, foot - 30, 140, foot - 24),
            )
            canvas.fill(solid(CREAM, 0.9), *[diamond(10, 14, x, foot - 62) for x in range(-130, 140, 26)])
            canvas.fill(
                solid(look.accent, 0.6),
                *[diamond(5, 7, x, y) for x in range(-130, 140, 40) for y in range(-220, foot - 120, 48)],
            )
            _folds(
                canvas,
                ((left + right) / 2 - 34, -200, left + 30, foot),
                ((left + right) / 2 + 10, -200, right - 30, foot),
            )
    canvas.glow(solid(DARK, 0.3), 8, [(24, -250), (34, -200), (16, 0), (28, 0), (50, -180)])
    canvas.fill(solid(lighten(WOOD, 0.25), 1), ellipse(0, -300, 17))


def _bag(canvas: Canvas, look: Look) -> None:
    if look.variety == 1:
        _straw_bag(canvas, look)
        return
    ground_shadow(canvas, 152, depth=0.15)
    canvas.stroke(darken(look.main, 0.4), smooth([(-124, -206), (-100, -380), (0, -432), (100, -380), (124, -206)]), 17)
    canvas.stroke(lighten(look.main, 0.1), smooth([(-125, -206), (-102, -380), (-2, -434), (97, -381), (121, -206)]), 9)
    body = smooth(
        [(-160, -228), (-172, -120), (-164, -14), (-120, 6), (0, 12), (120, 6), (164, -14), (172, -120), (160, -228)]
    )
    canvas.fill(
        across(
            (0, darken(look.main, 0.2)),
            (0.25, lighten(look.main, 0.16)),
            (0.6, look.main),
            (1, darken(look.main, 0.36)),
        ),
        body,
    )
    flap = [(-164, -236), *smooth([(-170, -150), (-140, -84), (0, -64), (140, -84), (170, -150)]), (164, -236)]
    canvas.glow(solid(DARK, 0.4), 9, [(x, y + 10) for x, y in flap])
    canvas.fill(
        across(
            (0, darken(look.main, 0.1)),
            (0.25, lighten(look.main, 0.26)),
            (0.6, lighten(look.main, 0.04)),
            (1, darken(look.main, 0.3)),
        ),
        flap,
    )
    canvas.stroke(
        solid(CREAM, 0.75),
        smooth([(-156, -226), (-160, -152), (-134, -94), (0, -76), (134, -94), (160, -152), (156, -226)]),
        2.5,
    )
    canvas.fill(
        solid(darken(look.main, 0.45), 0.65), eight_star(0, -160, 46), *[eight_star(x, -180, 20) for x in (-98, 98)]
    )
    canvas.fill(
        solid(lighten(look.main, 0.2), 0.9), eight_star(0, -160, 26), *[eight_star(x, -180, 10) for x in (-98, 98)]
    )
    canvas.fill(across((0, lighten(BRASS, 0.5)), (1, darken(BRASS, 0.35))), rounded(-24, -92, 24, -46, 8))
    canvas.fill(darken(BRASS, 0.5), rounded(-10, -78, 10, -60, 4))


def _straw_bag(canvas: Canvas, look: Look) -> None:
    ground_shadow(canvas, 140, depth=0.15)
    for dx, tone in ((10, darken(look.accent, 0.4)), (0, look.accent)):
        canvas.stroke(
            tone, smooth([(-96 + dx, -226), (-84 + dx, -366), (dx, -410), (84 + dx, -366), (96 + dx, -226)]), 15
        )
    body = [
        (-206, -236),
        *smooth([(-176, -90), (-128, 0), (0, 12), (128, 0), (176, -90)]),
        (206, -236),
        *arc(0, -236, 206, 16, 0, -180),
    ]
    canvas.fill(cloth(look.main), body)
    with canvas.clipped(body):
        for row in range(17):
            y = -244 + row * 16
            canvas.fill(solid(darken(look.main, 0.3), 0.4), zigzag(-220, 220, y, 8, 24, 4))
            canvas.fill(solid(lighten(look.main, 0.4), 0.5), zigzag(-220, 220, y + 6, 8, 24, 4))
        canvas.fill(solid(look.accent, 0.85), zigzag(-230, 230, -170, 40, 8, 26), zigzag(-230, 230, -112, 40, 8, 10))
        canvas.fill(across((0, LIGHT, 0.15), (0.4, DARK, 0.0), (1, DARK, 0.3)), body)
    canvas.stroke(lighten(look.accent, 0.05), arc(0, -236, 204, 16, 0, 180), 12)
    for x, tone in ((-150, look.accent), (-118, CREAM), (-86, look.accent)):
        canvas.glow(solid(DARK, 0.3), 5, ellipse(x + 5, -192, 19))
        canvas.fill(across((0, lighten(tone, 0.3)), (1, darken(tone, 0.3))), star(x, -198, 21, points=14, depth=0.86))


def _slippers(canvas: Canvas, look: Look) -> None:
    for x, degrees in ((-112, -5), (112, 6)):
        with canvas.placed(x, 0, 1.0, degrees):
            _slipper(canvas, look)


def _slipper(canvas: Canvas, look: Look) -> None:
    right = [(0, -292), (16, -262), (62, -196), (92, -100), (86, 20), (74, 130), (70, 220), (44, 274), (0, 286)]
    sole = mirrored(smooth(right))
    drop_shadow(canvas, sole, reach=15)
    canvas.fill(darken(look.main, 0.45), sole)
    inner = [(x * 0.9, y * 0.97 + 2) for x, y in sole]
    canvas.fill(down((0, darken(look.accent, 0.4)), (1, lighten(look.accent, 0.3))), inner)
    upper = mirrored(
        [*smooth([(0, -292), (16, -262), (62, -196), (92, -100), (90, 20)]), *smooth([(74, -10), (44, -56), (0, -72)])]
    )
    canvas.glow(solid(DARK, 0.45), 10, [(x, y + 14) for x, y in upper])
    canvas.fill(
        across(
            (0, darken(look.main, 0.16)),
            (0.32, lighten(look.main, 0.3)),
            (0.6, look.main),
            (1, darken(look.main, 0.35)),
        ),
        upper,
    )
    with canvas.clipped(upper):
        canvas.fill(
            solid(look.accent, 0.95),
            star(0, -150, 34, degrees=22.5),
            *[diamond(7, 10, side * 52, y) for side in (-1, 1) for y in (-120, -84, -48)],
        )
        canvas.fill(solid(look.main, 1), star(0, -150, 18))
        canvas.fill(solid(look.accent, 1), ellipse(0, -150, 6), *[ellipse(0, y, 4) for y in (-204, -222, -238)])
    canvas.stroke(look.accent, mirrored_line(smooth([(0, -72), (44, -56), (74, -10), (90, 20)])), 6)
    canvas.stroke(
        solid(CREAM, 0.5),
        [
            (x * 0.82, y * 0.93)
            for x, y in smooth(
                [(70, 60), (62, 150), (56, 220), (36, 256), (0, 266), (-36, 256), (-56, 220), (-62, 150), (-70, 60)]
            )
        ],
        2.5,
    )


def mirrored_line(right: list[Point]) -> list[Point]:
    """A line from its right half, which starts on the axis."""
    return [*[(-x, y) for x, y in reversed(right)], *right]


def _notebook(canvas: Canvas, look: Look) -> None:
    cover = rounded(-188, -258, 188, 258, 14)
    drop_shadow(canvas, cover, reach=18)
    canvas.fill(darken(CREAM, 0.12), rounded(-180, -248, 198, 266, 10))
    canvas.fill(solid(darken(CREAM, 0.4), 0.5), *[box(190 + step, -240, 191.5 + step, 260) for step in (0, 3, 6)])
    canvas.fill(
        across(
            (0, darken(look.main, 0.25)), (0.1, look.main), (0.35, lighten(look.main, 0.2)), (1, darken(look.main, 0.2))
        ),
        cover,
    )
    canvas.fill(solid(darken(look.main, 0.5), 0.4), box(-150, -258, -146, 258))
    gilt = solid(look.accent, 0.95)
    canvas.fill(gilt, eight_star(0, 0, 104), ring(0, 0, 124, 120))
    canvas.fill(look.main, eight_star(0, 0, 92))
    canvas.fill(gilt, eight_star(0, 0, 58), *[eight_star(x, y, 20) for x in (-108, 108) for y in (-214, 214)])
    canvas.fill(look.main, eight_star(0, 0, 36))
    canvas.fill(gilt, eight_star(0, 0, 16))
    canvas.fill(down((0, darken(look.accent, 0.3)), (1, darken(look.accent, 0.45))), box(148, -260, 162, 262))
    canvas.glow(solid(LIGHT, 0.2), 24, [(-130, -250), (-70, -250), (40, 250), (-60, 250)])


KINDS: dict[str, Kind] = {
    "tunic": Kind(Stance.HANGING, _tunic),
    "shirt": Kind(Stance.HANGING, _shirt),
    "scarf": Kind(Stance.HANGING, _scarf, 1.1),
    "bag": Kind(Stance.STANDING, _bag),
    "slippers": Kind(Stance.LYING, _slippers, 1.1),
    "notebook": Kind(Stance.LYING, _notebook, 1.05),
}
