"""Drawn pictures: right size, right format, the same every time."""

import io

import pytest
from PIL import Image

from catalog.media.canvas import WEBP_BUDGET, Canvas, across, box, colour, ellipse, solid
from catalog.media.pictures import draw_placeholder, monogram, placeholder_key


def opened(picture: bytes) -> Image.Image:
    return Image.open(io.BytesIO(picture))


def test_a_placeholder_is_a_webp_of_800_by_800_pixels() -> None:
    picture = opened(draw_placeholder("Chai", "Beverages"))

    assert (picture.format, picture.size) == ("WEBP", (800, 800))


def test_a_placeholder_is_the_same_every_time() -> None:
    assert draw_placeholder("Chai", "Beverages") == draw_placeholder("Chai", "Beverages")


def test_placeholders_of_other_initials_differ() -> None:
    assert draw_placeholder("Chai", "Beverages") != draw_placeholder("Tofu", "Beverages")


def test_names_with_one_key_share_one_picture() -> None:
    assert placeholder_key("Chai", "Beverages") == placeholder_key("Chang", "Beverages")
    assert draw_placeholder("Chai", "Beverages") == draw_placeholder("Chang", "Beverages")


def test_the_keys_are_bounded() -> None:
    keys = {placeholder_key(name, str(seed)) for name in ("Chai", "زيت") for seed in range(400)}

    assert len(keys) == 12 * 4 * 2


@pytest.mark.parametrize(
    ("name", "initial"), [("Chai", "C"), ("été", "E"), ("7 spices", "S"), ("زيت زيتون", ""), ("", "")]
)
def test_the_monogram_is_the_first_latin_letter_without_accent(name: str, initial: str) -> None:
    assert monogram(name) == initial


def test_a_name_without_latin_letters_still_gets_a_picture() -> None:
    assert opened(draw_placeholder("زيت زيتون", "مؤونة")).size == (800, 800)


@pytest.mark.parametrize("seed", ["Beverages", "Condiments", "Confections", "Seafood"])
def test_a_placeholder_stays_within_the_budget(seed: str) -> None:
    assert len(draw_placeholder("Queso Cabrales", seed)) <= WEBP_BUDGET


def pixel(canvas: Canvas, x: int, y: int) -> tuple[int, ...]:
    value = opened(canvas.webp()).convert("RGB").getpixel((x, y))
    assert isinstance(value, tuple)
    return value


def near(found: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return all(abs(a - b) <= 6 for a, b in zip(found, wanted, strict=True))


def test_paint_stays_within_its_shape() -> None:
    canvas = Canvas((255, 255, 255))
    canvas.fill((200, 20, 20), ellipse(400, 400, 100))

    assert near(pixel(canvas, 400, 400), (200, 20, 20))
    assert near(pixel(canvas, 400, 600), (255, 255, 255))


def test_a_frame_moves_and_scales_what_is_drawn_inside() -> None:
    canvas = Canvas((255, 255, 255))
    with canvas.placed(600, 600, 2):
        canvas.fill((20, 20, 200), box(-50, -50, 50, 50))

    assert near(pixel(canvas, 690, 690), (20, 20, 200))
    assert near(pixel(canvas, 480, 600), (255, 255, 255))


def test_a_clip_keeps_paint_inside_of_another_shape() -> None:
    canvas = Canvas((255, 255, 255))
    with canvas.clipped(box(0, 0, 400, 800)):
        canvas.fill((20, 120, 20), box(0, 0, 800, 800))

    assert near(pixel(canvas, 200, 400), (20, 120, 20))
    assert near(pixel(canvas, 600, 400), (255, 255, 255))


def test_a_clip_outside_of_the_picture_lets_nothing_through() -> None:
    canvas = Canvas((255, 255, 255))
    with canvas.clipped(box(900, 900, 1000, 1000)):
        canvas.fill((0, 0, 0), box(0, 0, 800, 800))

    assert near(pixel(canvas, 400, 400), (255, 255, 255))


def test_half_opacity_mixes_paint_and_ground() -> None:
    canvas = Canvas((255, 255, 255))
    canvas.fill(solid((0, 0, 0), 0.5), box(0, 0, 800, 800))

    assert near(pixel(canvas, 400, 400), (127, 127, 127))


def test_a_gradient_runs_from_left_to_right() -> None:
    canvas = Canvas()
    canvas.fill(across((0, (0, 0, 0)), (1, (240, 240, 240))), box(0, 0, 800, 800))

    assert pixel(canvas, 50, 400)[0] < pixel(canvas, 400, 400)[0] < pixel(canvas, 750, 400)[0]


def test_drawing_outside_of_the_picture_changes_nothing() -> None:
    canvas = Canvas((255, 255, 255))
    canvas.fill((0, 0, 0), box(900, 900, 1000, 1000))
    canvas.glow((0, 0, 0), 10, ellipse(2000, 2000, 30))

    assert canvas.webp() == Canvas((255, 255, 255)).webp()


def test_a_colour_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="not a colour"):
        colour("red")
