"""What is uploaded is judged by its content, comes out clean, and is cut to sizes."""

import io
import struct
import zlib

import pytest
from django.core.files.base import ContentFile
from PIL import Image, ImageCms
from PIL.ExifTags import GPS, IFD, Base
from pytest_django import Settings

from catalog.media.images import Picture, Size, clean_picture, cut_sizes, fitted_width
from core.errors import InvalidInput
from tests.factories.files import picture, upload, written


def cleaned(content: bytes, name: str = "picture.jpg") -> Picture:
    return clean_picture(upload(content, name), field="images")


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def colour_at(content: bytes, x: int, y: int) -> str:
    pixel = opened(content).convert("RGB").getpixel((x, y))
    assert isinstance(pixel, tuple)
    return "red" if pixel[0] > pixel[2] else "blue"


def refusal(content: bytes, name: str = "picture.jpg") -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        cleaned(content, name)
    assert caught.value.field == "images"
    return caught.value


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header promises any number of pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\x00" * 10_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("kind", "extension"), [("JPEG", "jpg"), ("MPO", "jpg"), ("PNG", "png"), ("GIF", "png"), ("WEBP", "webp")]
)
@pytest.mark.parametrize("name", ["picture.exe", "picture", "../../etc/passwd", "picture.svg"])
def test_the_content_tells_what_it_is_whatever_the_name_says(kind: str, extension: str, name: str) -> None:
    result = cleaned(picture(kind, (120, 60)), name)

    assert (result.extension, result.width, result.height) == (extension, 120, 60)
    assert result.name.startswith("products/")
    assert "/" not in result.name.removeprefix("products/")


@pytest.mark.parametrize(
    "content",
    [
        b"not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        b"GIF",
        b"\x00" * 100,
        picture("BMP", (8, 8)),
        picture("TIFF", (8, 8)),
        picture("ICO", (16, 16)),
    ],
)
def test_what_browsers_do_not_all_show_is_refused(content: bytes) -> None:
    assert refusal(content).code == "not_a_picture"


def test_nothing_is_refused() -> None:
    assert refusal(b"").code == "empty_picture"


def test_too_many_bytes_are_refused(settings: Settings) -> None:
    content = picture()
    settings.PICTURE_MAX_BYTES = len(content)
    cleaned(content)

    assert refusal(content + b"\x00").code == "picture_too_large"


@pytest.mark.parametrize("side", [7_100, 10_000, 14_000, 60_000, 2**31 - 1])
def test_a_bomb_of_pixels_is_refused_by_its_header(side: int) -> None:
    assert refusal(png_that_claims(side, side)).code == "too_many_pixels"


def test_a_bomb_in_the_storage_is_refused_too() -> None:
    with pytest.raises(InvalidInput, match="too many pixels"):
        cut_sizes(png_that_claims(10_000, 10_000))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_a_picture_that_is_cut_off_is_refused(kind: str) -> None:
    content = written(Image.effect_noise((300, 300), 80).convert("RGB"), kind)

    assert refusal(content[: len(content) // 2]).code in {"broken_picture", "not_a_picture"}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_damage_anywhere_is_refused_or_survived(kind: str) -> None:
    content = picture(kind, (40, 40))
    for place in range(0, len(content), max(1, len(content) // 150)):
        damaged = bytearray(content)
        damaged[place] ^= 0xFF
        try:
            cut_sizes(cleaned(bytes(damaged)).content)
        except InvalidInput as error:
            assert error.code in {"broken_picture", "not_a_picture", "too_many_pixels"}  # noqa: PT017


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_where_and_by_whom_it_was_taken_is_not_kept(kind: str) -> None:
    exif = Image.Exif()
    exif[Base.Artist] = "Amina Haddad"
    exif.get_ifd(IFD.GPSInfo)[GPS.GPSLatitude] = (36.0, 48.0, 0.0)
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>secret place</x:xmpmeta>"
    comment = {"comment": b"secret word"} if kind == "JPEG" else {}
    content = picture(kind, exif=exif, xmp=xmp, **comment)
    assert b"Amina" in content

    result = cleaned(content).content

    assert not opened(result).getexif()
    for secret in (b"Amina", b"secret", b"Exif", b"xmpmeta"):
        assert secret not in result


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_it_is_turned_as_the_camera_was_held(kind: str) -> None:
    exif = Image.Exif()
    exif[Base.Orientation] = 6  # a quarter to the right

    result = cleaned(picture(kind, (120, 60), exif=exif))

    assert (result.width, result.height) == (60, 120)
    assert (colour_at(result.content, 30, 10), colour_at(result.content, 30, 110)) == ("red", "blue")


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("JPEG", "CMYK"),
        ("JPEG", "L"),
        ("PNG", "P"),
        ("PNG", "1"),
        ("PNG", "LA"),
        ("PNG", "RGBA"),
        ("PNG", "I;16"),
        ("GIF", "P"),
        ("WEBP", "RGBA"),
    ],
)
def test_every_way_to_write_colours_is_read(kind: str, mode: str) -> None:
    source = Image.new("L", (90, 90), 128).convert("I;16") if mode == "I;16" else opened(picture(size=(90, 90)))
    result = cleaned(written(source if mode == "I;16" else source.convert(mode), kind))

    assert opened(result.content).mode in {"RGB", "RGBA"}
    assert {opened(cut).format for cut in cut_sizes(result.content).values()} == {"WEBP"}


def test_cmyk_keeps_its_colours() -> None:
    result = cleaned(picture("JPEG", (120, 60), "CMYK"))

    assert (colour_at(result.content, 20, 30), colour_at(result.content, 100, 30)) == ("red", "blue")


def test_sixteen_bits_keep_their_levels() -> None:
    grey = Image.new("I;16", (20, 20), 128 * 256)

    assert opened(cleaned(written(grey, "PNG")).content).getpixel((5, 5)) == (128, 128, 128)


def test_what_is_transparent_stays_transparent() -> None:
    palette = Image.new("P", (60, 60), 0)
    palette.putpalette([0, 0, 0, 255, 0, 0])

    result = cleaned(written(palette, "GIF", transparency=0)).content

    assert opened(result).getpixel((5, 5)) == (0, 0, 0, 0)
    assert opened(cut_sizes(result)[Size.MEDIUM]).convert("RGBA").getpixel((5, 5))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_picture_counts(kind: str) -> None:
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue", "green")]

    result = cleaned(written(frames[0], kind, save_all=True, append_images=frames[1:])).content

    assert getattr(opened(result), "n_frames", 1) == 1
    assert colour_at(result, 20, 20) == "red"


def test_colours_of_another_profile_are_brought_to_srgb() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    result = cleaned(picture("JPEG", (40, 40), icc_profile=profile))

    assert "icc_profile" not in opened(result.content).info
    assert colour_at(result.content, 5, 20) == "red"


def test_a_useless_profile_is_ignored() -> None:
    assert cleaned(picture("PNG", (40, 40), icc_profile=b"nonsense")).width == 40


def test_the_same_picture_gets_the_same_name() -> None:
    exif = Image.Exif()
    exif[Base.Artist] = "somebody"

    assert cleaned(picture()).name == cleaned(picture(exif=exif), "other.png").name
    assert cleaned(picture()).name != cleaned(picture(size=(601, 600))).name


@pytest.mark.parametrize(
    ("size", "medium", "large"),
    [
        ((1200, 600), (400, 200), (800, 400)),
        ((500, 1000), (200, 400), (400, 800)),
        ((300, 200), (300, 200), (300, 200)),
        ((5000, 1), (400, 1), (800, 1)),
        ((1, 1), (1, 1), (1, 1)),
    ],
)
def test_sizes_fit_and_never_grow_but_the_thumbnail_is_a_full_square(
    size: tuple[int, int], medium: tuple[int, int], large: tuple[int, int]
) -> None:
    cuts = {cut: opened(content) for cut, content in cut_sizes(picture("PNG", size)).items()}

    assert {image.format for image in cuts.values()} == {"WEBP"}
    assert [cuts[cut].size for cut in Size] == [(150, 150), medium, large]
    assert [fitted_width(*size, cut) for cut in (Size.MEDIUM, Size.LARGE)] == [medium[0], large[0]]


def test_the_thumbnail_shows_the_middle() -> None:
    thumbnail = cut_sizes(picture("PNG", (1200, 600)))[Size.THUMBNAIL]

    assert (colour_at(thumbnail, 5, 75), colour_at(thumbnail, 145, 75)) == ("red", "blue")


def test_a_small_webp_is_not_written_anew() -> None:
    content = picture("WEBP", (300, 300))
    cuts = cut_sizes(content)

    assert cuts[Size.MEDIUM] == cuts[Size.LARGE] == content


def test_a_stored_webp_with_metadata_is_written_anew() -> None:
    exif = Image.Exif()
    exif[Base.Artist] = "Amina"

    assert all(b"Amina" not in cut for cut in cut_sizes(picture("WEBP", (300, 300), exif=exif)).values())


def test_a_file_that_was_read_before_is_read_from_its_beginning() -> None:
    file = ContentFile(picture(), name="picture.jpg")
    file.read()

    assert clean_picture(file, field="images").width == 1200
