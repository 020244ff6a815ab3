"""Pictures that are broken, huge or odd, and what is kept of them."""

import hashlib
import io
import struct
import zlib

import pytest
from PIL import Image

from bihuan.alike import pictures
from bihuan.alike.models import Likeness, Piece, Print
from tests.alike.drawing import saved, scene
from tests.alike.story import HONEST, OURS


def png_claiming(width: int, height: int) -> bytes:
    """A PNG whose header claims a size that its few bytes would be unpacked to."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 99))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "data, why",
    [
        (png_claiming(50_000, 50_000), "too_large"),
        (png_claiming(2**31 - 1, 1), "too_large"),
        (png_claiming(500, 500), "broken"),
        (saved(scene(1))[:3000], "broken"),
        (b"\xff\xd8\xff\xe0" + b"x" * 200, "broken"),
        (b"", "broken"),
        (b"GIF89a", "broken"),
    ],
    ids=["bomb", "endless line", "cut off", "half a picture", "only its first bytes", "empty", "gif header"],
)
def test_what_cannot_be_looked_at_says_why(data, why):
    with pytest.raises(pictures.Unreadable) as fault:
        pictures.small_copy(io.BytesIO(data))
    assert str(fault.value) == why


def encoded(picture: Image.Image, kind: str, **more) -> io.BytesIO:
    kept = io.BytesIO()
    picture.save(kept, kind, **more)
    return io.BytesIO(kept.getvalue())


def test_a_sliver_is_too_small():
    with pytest.raises(pictures.Unreadable, match="too_small"):
        pictures.small_copy(encoded(Image.new("RGB", (3000, 4)), "PNG"))


def test_a_picture_of_ten_megabytes_is_looked_at():
    noise = Image.effect_noise((4000, 3000), 90)
    data = encoded(noise, "PNG")
    assert len(data.getvalue()) > 10_000_000
    assert pictures.small_copy(data).size == (256, 192)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_colour_is_looked_at(mode):
    picture = scene(1).resize((320, 240))
    picture = picture.convert("L").convert("I").convert("I;16") if mode == "I;16" else picture.convert(mode)
    kind = "TIFF" if mode == "CMYK" else "PNG"
    assert pictures.small_copy(encoded(picture, kind)).mode == "L"


def test_a_picture_that_lost_its_orientation_is_the_same():
    upright = scene(1)
    exif = Image.Exif()
    exif[pictures.ORIENTATION] = 6
    turned = encoded(upright.transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif)
    one, other = pictures.small_copy(turned), pictures.small_copy(encoded(upright, "JPEG"))
    assert one.size == other.size
    assert pictures.lay_on(one, other, [pictures.WHOLE]).is_alike


def stamped(picture: Image.Image, day: str) -> io.BytesIO:
    """As a telephone writes it, with the time and the place at which it was taken."""
    exif = Image.Exif()
    exif[0x0132], exif[0x0131] = f"{day} 09:30:00", "Camera 3.1"  # date and time; software
    return encoded(picture, "JPEG", exif=exif, quality=92)


def dotted(picture: Image.Image) -> Image.Image:
    """With one pixel that is another: enough to make it another file."""
    copy = picture.copy()
    copy.putpixel((3, 3), (255, 0, 0))
    return copy


@pytest.mark.parametrize("seed", [1, 2, 5])
@pytest.mark.parametrize(
    "again",
    [
        lambda picture: stamped(picture, "2026:11:20"),  # only what is said about it differs
        lambda picture: encoded(picture, "JPEG", quality=92),  # what was said about it is gone
        lambda picture: encoded(dotted(picture), "PNG"),
        lambda picture: encoded(picture.point(lambda value: min(255, value + 4)), "PNG"),
        lambda picture: encoded(picture.resize((picture.width - 1, picture.height - 1)), "WEBP"),
    ],
    ids=["exif-changed", "exif-gone", "one-pixel", "a-little-brighter", "one-pixel-smaller"],
)
def test_a_near_copy_is_another_file_and_the_same_picture(seed, again):
    """As it is found among all: its bands lead to the first one, and laid on it the detail agrees."""
    first = stamped(scene(seed), "2026:11:01").getvalue()
    other = again(scene(seed)).getvalue()
    assert hashlib.sha256(first).digest() != hashlib.sha256(other).digest()
    one, two = (pictures.small_copy(io.BytesIO(data)) for data in (first, other))
    frames = pictures.nearest(pictures.asked_of(two), pictures.keys_of(one))
    assert frames
    assert pictures.lay_on(two, one, frames).is_alike


def test_the_same_place_on_another_day_is_another_picture_whatever_the_camera_says():
    one, two = (
        pictures.small_copy(io.BytesIO(stamped(scene(1, take), "2026:11:01").getvalue())) for take in (0, 1)
    )
    assert not pictures.lay_on(two, one, [pictures.WHOLE]).is_alike


def test_a_blank_sheet_has_no_keys():
    blank = pictures.small_copy(encoded(Image.new("RGB", (800, 600), "white"), "PNG"))
    assert pictures.keys_of(blank) == []
    assert pictures.asked_of(blank) == []
    assert not pictures.lay_on(blank, blank, [pictures.WHOLE]).is_alike


@pytest.mark.django_db
def test_a_broken_picture_is_kept_with_its_fault_and_the_same_file_still_recognised(story, examined):
    broken = saved(scene(1))[:3000]
    story.report("东一县局", OURS, broken)
    story.report("东二县局", HONEST, broken)
    examined()
    assert Print.objects.get().fault == "broken"
    assert Piece.objects.count() == 2
    assert Likeness.objects.get().how == "same_file"
