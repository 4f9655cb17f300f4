"""The illustrations of the demo shop: each kind of product is a small drawing, set before a backdrop."""

from catalog.media.canvas import Canvas
from sampledata.artwork import bath, decor, kitchen, pantry, textiles, wear
from sampledata.artwork.scene import BACKDROPS, Kind, Look, Stance, backdrop

__all__ = ["BACKDROPS", "KINDS", "VIEWS", "Look", "draw_product"]

KINDS: dict[str, Kind] = {
    **decor.KINDS,
    **textiles.KINDS,
    **kitchen.KINDS,
    **pantry.KINDS,
    **bath.KINDS,
    **wear.KINDS,
}
VIEWS = 3

# For each view the style of the backdrop, and where the product is placed: x, y, scale, degrees.
_Placing = tuple[str, tuple[tuple[float, float, float, float], ...]]
_PLACINGS: dict[Stance, tuple[_Placing, ...]] = {
    Stance.STANDING: (
        ("niche", ((400, 655, 1.0, 0),)),
        ("window", ((420, 830, 1.6, 0),)),
        ("disc", ((255, 612, 0.66, 0), (545, 612, 0.66, 0), (400, 690, 0.82, 0))),
    ),
    Stance.HANGING: (
        ("wall", ((400, 400, 1.0, 0),)),
        ("wall", ((600, 560, 1.9, 0),)),
        ("wall", ((400, 400, 0.8, 0),)),
    ),
    Stance.LYING: (
        ("flat", ((400, 400, 1.0, -7),)),
        ("flat", ((590, 640, 2.0, -14),)),
        ("flat", ((400, 400, 0.86, 11),)),
    ),
}


def draw_product(kind: str, look: Look, *, ground: str, view: int = 0) -> bytes:
    """A product as 800 by 800 WebP; ``view`` 0 shows all of it, 1 a detail, 2 another setting.

    KeyError when the kind or the ground is unknown; ValueError when the view is.
    """
    if not 0 <= view < VIEWS:
        raise ValueError(f"view {view} is not one of 0 to {VIEWS - 1}")
    chosen = KINDS[kind]
    style, places = _PLACINGS[chosen.stance][view]
    canvas: Canvas = backdrop(ground, style)
    for x, y, scale, degrees in places:
        with canvas.placed(x, y, scale * chosen.zoom, degrees):
            chosen.draw(canvas, look)
    return canvas.webp()
