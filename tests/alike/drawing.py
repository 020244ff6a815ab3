"""Invented photographs, drawn from a seed: rooms, yards, notices and forms, with the light and noise of a telephone.

No real picture may lie in the repository, and none needs to: what has to be told apart is made here, the same on
every machine. `scene(seed, take)` is one place; another `take` of the same seed is the same place photographed again
by hand on another day, with other people in it, which is *not* the same picture.
"""

import io
import random
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter, ImageOps

SIZE = (1280, 960)
Box = tuple[float, float, float, float]


def scene(seed: int, take: int = 0) -> Image.Image:
    """A place, as it was taken the `take`-th time."""
    place, moment = random.Random(seed), random.Random(f"{seed}/{take}")
    kind = ("room", "yard", "notice", "form")[seed % 4]
    shift, scale = (0, 0), 1.0
    if take % 2:  # from somewhere else; an even take is from almost the same spot
        shift, scale = (moment.randint(-40, 40), moment.randint(-30, 30)), moment.uniform(1.08, 1.2)
    elif take:
        shift, scale = (moment.randint(-8, 8), moment.randint(-6, 6)), moment.uniform(1.02, 1.04)
    picture = {"room": _room, "yard": _yard, "notice": _notice, "form": _form}[kind](place, moment)
    picture = _from_elsewhere(picture, shift, scale)
    return _as_taken(picture, moment)


def _gradient(place: random.Random, low: int, high: int) -> Image.Image:
    """A wall or a sky: light that falls off to one side."""
    ramp = Image.linear_gradient("L").resize(SIZE).rotate(place.choice((0, 90, 180, 270)), expand=False)
    dark = tuple(place.randint(low, (low + high) // 2) for _one in range(3))
    light = tuple(place.randint((low + high) // 2, high) for _one in range(3))
    return ImageOps.colorize(ramp.convert("L"), dark, light)


def _room(place: random.Random, moment: random.Random) -> Image.Image:
    picture = _gradient(place, 90, 230)
    draw = ImageDraw.Draw(picture)
    width, height = SIZE
    board = place.randint(100, 500)
    draw.rectangle(
        (board, 90, board + place.randint(350, 600), 330),
        fill=_colour(place, 30, 120),
        outline=(60, 50, 40),
        width=8,
    )
    for _line in range(place.randint(2, 5)):
        y = place.randint(110, 310)
        draw.line(
            (board + 30, y, board + place.randint(150, 330), y),
            fill=(235, 235, 225),
            width=place.randint(5, 14),
        )
    for _window in range(place.randint(1, 3)):
        x = place.randint(0, width - 200)
        draw.rectangle((x, 60, x + 150, 300), fill=_colour(place, 180, 255), outline=(90, 90, 90), width=6)
        draw.line((x + 75, 60, x + 75, 300), fill=(90, 90, 90), width=6)
    draw.polygon(
        ((0, height), (width, height), (width, 620), (0, 640 + place.randint(-40, 40))),
        fill=_colour(place, 60, 150),
    )
    for row in range(3):
        for column in range(place.randint(4, 6)):
            x, y = 60 + column * place.randint(190, 230), 600 + row * 120
            draw.rectangle((x, y, x + 130, y + 26), fill=_colour(place, 100, 180))
            draw.line((x + 15, y + 26, x + 15, y + 90), fill=(50, 50, 50), width=7)
            draw.line((x + 115, y + 26, x + 115, y + 90), fill=(50, 50, 50), width=7)
    _people(draw, moment, moment.randint(3, 9), 430, 800)
    return picture


def _yard(place: random.Random, moment: random.Random) -> Image.Image:
    picture = _gradient(place, 130, 250)
    draw = ImageDraw.Draw(picture)
    width, height = SIZE
    x = 0
    while x < width:
        wide, tall = place.randint(120, 330), place.randint(180, 480)
        draw.rectangle(
            (x, 560 - tall, x + wide, 560), fill=_colour(place, 80, 210), outline=(70, 70, 70), width=3
        )
        for wx in range(x + 18, x + wide - 30, place.randint(40, 60)):
            for wy in range(560 - tall + 20, 530, place.randint(48, 70)):
                draw.rectangle((wx, wy, wx + 24, wy + 32), fill=_colour(place, 30, 110))
        x += wide + place.randint(0, 60)
    draw.rectangle((0, 560, width, height), fill=_colour(place, 90, 170))
    for _tree in range(place.randint(2, 6)):
        tx, ty, size = place.randint(0, width), place.randint(430, 560), place.randint(60, 140)
        draw.rectangle((tx - 8, ty, tx + 8, ty + 120), fill=(90, 60, 40))
        draw.ellipse((tx - size, ty - size, tx + size, ty + size // 2), fill=(40, place.randint(90, 150), 50))
    for _mark in range(place.randint(3, 8)):
        y = place.randint(600, height - 20)
        draw.line(
            (place.randint(0, 500), y, place.randint(600, width), y + place.randint(-60, 60)),
            fill=(230, 230, 220),
            width=6,
        )
    _people(draw, moment, moment.randint(1, 8), 560, 880)
    return picture


def _notice(place: random.Random, moment: random.Random) -> Image.Image:
    """A board on a wall with sheets of paper on it."""
    picture = _gradient(place, 110, 200)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((90, 110, 1190, 850), fill=_colour(place, 120, 200), outline=(150, 110, 60), width=20)
    for _sheet in range(place.randint(5, 9)):
        x, y = place.randint(120, 900), place.randint(140, 560)
        wide, tall = place.randint(160, 260), place.randint(180, 270)
        draw.rectangle(
            (x, y, x + wide, y + tall), fill=_colour(place, 225, 255), outline=(140, 140, 140), width=2
        )
        _lines(draw, place, (x + 16, y + 18, x + wide - 16, y + tall - 14), 16)
    _people(draw, moment, moment.randint(2, 4), 500, 900)
    return picture


def _form(place: random.Random, moment: random.Random) -> Image.Image:
    """A filled-in form on a desk: every form of one kind has the same rules, what is written differs."""
    picture = _gradient(place, 60, 140)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((140, 60, 1140, 910), fill=(244, 243, 238))
    for row in range(10):
        y = 150 + row * 72
        draw.line((190, y, 1090, y), fill=(60, 60, 60), width=3)
        _lines(draw, moment, (400, y + 18, 1070, y + 60), 22)
        _lines(draw, place, (200, y + 22, 370, y + 56), 26)
    draw.line((190, 150, 190, 870), fill=(60, 60, 60), width=3)
    draw.line((385, 150, 385, 870), fill=(60, 60, 60), width=3)
    draw.line((1090, 150, 1090, 870), fill=(60, 60, 60), width=3)
    draw.ellipse((820, 700, 1000, 880), outline=(200, 40, 40), width=9)
    return picture


def _lines(draw: ImageDraw.ImageDraw, hand: random.Random, box: Box, pitch: int) -> None:
    """Something written: strokes of uneven length, word by word."""
    x0, y0, x1, y1 = map(int, box)
    for y in range(y0, y1, pitch):
        x = x0
        while x < x1 - 8:
            wide = hand.randint(6, 34)
            if hand.random() < 0.8:
                draw.rectangle((x, y, min(x + wide, x1), y + pitch // 2), fill=_colour(hand, 20, 90))
            x += wide + hand.randint(3, 9)
            if hand.random() < 0.04:
                break


def _people(draw: ImageDraw.ImageDraw, moment: random.Random, number: int, top: int, low: int) -> None:
    for _one in range(number):
        x, y, size = moment.randint(40, SIZE[0] - 40), moment.randint(top, low), moment.randint(50, 110)
        draw.ellipse((x - size // 3, y - size, x + size // 3, y - size // 3), fill=_colour(moment, 150, 220))
        draw.rounded_rectangle(
            (x - size // 2, y - size // 3, x + size // 2, y + size), 18, fill=_colour(moment, 20, 230)
        )


def _colour(hand: random.Random, low: int, high: int) -> tuple[int, int, int]:
    return hand.randint(low, high), hand.randint(low, high), hand.randint(low, high)


def _from_elsewhere(picture: Image.Image, shift: tuple[int, int], scale: float) -> Image.Image:
    """The same place from where the photographer stood this time."""
    if shift == (0, 0) and scale == 1.0:
        return picture
    width, height = SIZE
    wide, tall = width / scale, height / scale
    left, top = (width - wide) / 2 + shift[0], (height - tall) / 2 + shift[1]
    data = (
        left,
        top,
        left,
        top + tall,
        left + wide + shift[0] / 3,
        top + tall,
        left + wide,
        top - shift[1] / 4,
    )
    return picture.transform(SIZE, Image.Transform.QUAD, data, Image.Resampling.BILINEAR)


def _as_taken(picture: Image.Image, moment: random.Random) -> Image.Image:
    """Light of the day, the softness of the lens, the noise of the sensor."""
    gain = moment.uniform(0.85, 1.12)
    picture = picture.point([min(255, int(value * gain)) for value in range(256)] * 3)
    grain = Image.frombytes(
        "L", (SIZE[0] // 2, SIZE[1] // 2), moment.randbytes(SIZE[0] * SIZE[1] // 4)
    ).resize(SIZE)
    picture = picture.filter(ImageFilter.GaussianBlur(1.1))
    return Image.blend(picture, Image.merge("RGB", (grain, grain, grain)), 0.06)


@dataclass(frozen=True)
class Change:
    """What became of a picture before it was handed in again."""

    quality: int = 92
    scale: float = 1.0
    crop: Box = (0, 0, 1, 1)  # shares of the width and the height
    brightness: float = 1.0

    def of(self, picture: Image.Image) -> bytes:
        width, height = picture.size
        x0, y0, x1, y1 = self.crop
        if self.crop != (0, 0, 1, 1):
            picture = picture.crop((int(x0 * width), int(y0 * height), int(x1 * width), int(y1 * height)))
        if self.scale != 1.0:
            size = (round(picture.width * self.scale), round(picture.height * self.scale))
            picture = picture.resize(size, Image.Resampling.BICUBIC)
        if self.brightness != 1.0:
            picture = picture.point(lambda value: min(255, int(value * self.brightness)))
        kept = io.BytesIO()
        picture.save(kept, "JPEG", quality=self.quality)
        return kept.getvalue()


def crop_of(hand: random.Random, least: float = 0.05, most: float = 0.25) -> Box:
    """A cut that takes away so much of the width and so much of the height, from whichever sides."""
    wide, tall = 1 - hand.uniform(least, most), 1 - hand.uniform(least, most)
    if hand.random() < 0.3:  # along one side only, as people cut off a date or a name
        wide, tall = (wide, 1.0) if hand.random() < 0.5 else (1.0, tall)
    x, y = hand.uniform(0, 1 - wide), hand.uniform(0, 1 - tall)
    return x, y, x + wide, y + tall


def changes(hand: random.Random) -> dict[str, Change]:
    """One of each kind of re-use."""
    return {
        "resaved": Change(quality=hand.randint(40, 90)),
        "resized": Change(quality=hand.randint(60, 90), scale=hand.uniform(0.5, 2.0)),
        "cropped": Change(quality=hand.randint(60, 90), crop=crop_of(hand)),
        "cropped and resaved": Change(
            quality=hand.randint(40, 75),
            scale=hand.uniform(0.5, 1.5),
            crop=crop_of(hand),
            brightness=hand.uniform(0.9, 1.1),
        ),
    }


def saved(picture: Image.Image, quality: int = 92) -> bytes:
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=quality)
    return kept.getvalue()
