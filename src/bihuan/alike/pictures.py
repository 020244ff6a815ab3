"""Whether one picture is another one saved again, resized or cropped. Pure; needs nothing but Pillow.

A picture is kept as a small grey copy and three keys: the signs of sixty coarse differences of brightness, in the
whole of it and in two windows at its heart that every crop of up to a quarter leaves in. What is handed in is searched
through a grid of windows; so the grid costs time once and no room in the index for ever. Where keys meet, one picture
is laid on the other, and only where fine detail falls on the same detail is it the same picture: the same room on
another day, or another form of the same kind, agrees in the coarse alone.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, sqrt
from operator import mul
from typing import IO, NamedTuple

from PIL import Image, ImageChops, ImageFilter

LARGEST = 40_000_000
"""Pixels that are decoded at most. Of a JPEG, which is decoded at a fraction of its size, five times as many."""

SMALL = 256  # pixels: the longer side of the grey copy
LEAST = 24  # pixels: the shorter side below which there is nothing to compare
FLAT = 3.0  # grey levels: the mean difference below which a window says nothing
BAND_BITS = 20
BANDS = 3
STEP = 0.05  # of the grid, in shares of a side
KEPT = 0.75  # of each side: the least that a crop leaves in and is searched for
SAME_FRAME = 0.03  # of a side: what is cut off less is called saved again, not cropped
SIDES = ((12, 0.03), (24, 0.015), (72, 0.004))  # pixels of the squares laid on each other; first step of each
COARSE_ENOUGH = 0.4
TILES = 4  # along each side: people who moved disagree in few of them, a picture saved again in none
ALIKE = 0.82
"""How far two pictures must agree in fine detail, from -1 to 1, in all but the worst tile, to be called the same."""


class Unreadable(ValueError):
    """The picture cannot be looked at; the argument says why: `broken`, `too_large` or `too_small`."""


class Box(NamedTuple):
    """A part of a picture, in shares of its sides."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0


WHOLE = Box(0.0, 0.0, 1.0, 1.0)
KEPT_WINDOWS = (WHOLE, Box(0.25, 0.25, 0.75, 0.75), Box(0.3, 0.3, 0.7, 0.7))


@dataclass(frozen=True)
class Key:
    """The signs of a window: `number` says which of KEPT_WINDOWS."""

    number: int
    signs: int

    @property
    def bands(self) -> list[int]:
        """What is looked up: each third of the signs, with its place and the window's number."""
        return [self.band(place, self.signs) for place in range(BANDS)]

    def band(self, place: int, signs: int) -> int:
        part = signs >> place * BAND_BITS & (1 << BAND_BITS) - 1
        return (self.number * BANDS + place) << BAND_BITS | part


@dataclass(frozen=True)
class Asked:
    """A window of the picture asked about, with the bands to look up."""

    key: Key
    box: Box
    bands: tuple[int, ...]


@dataclass(frozen=True)
class Match:
    """How one picture lies on another: `frame` is where the other's frame lies in the first; `agreement` up to 1."""

    frame: Box
    agreement: float

    @property
    def is_alike(self) -> bool:
        return self.agreement >= ALIKE

    @property
    def is_cropped(self) -> bool:
        return any(abs(one - whole) > SAME_FRAME for one, whole in zip(self.frame, WHOLE, strict=True))

    @property
    def shown(self) -> Box:
        """The part of the first picture that both show."""
        return Box(*(min(max(one, 0.0), 1.0) for one in self.frame))

    @property
    def shown_of_other(self) -> Box:
        """The part of the other picture that both show."""
        return _through(self.shown, self.frame)


def small_copy(stream: IO[bytes]) -> Image.Image:
    """The picture in grey, upright, at most SMALL pixels long.

    Raises Unreadable: what claims too many pixels is refused before any of them is decoded.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(stream) as picture:
                _refuse_size(picture)
                picture.draft("L", (SMALL * 2, SMALL * 2))
                turn = TURNS.get(picture.getexif().get(ORIENTATION, 1))
                grey = _on_white(picture).convert("L")
    except Unreadable:
        raise
    except Image.DecompressionBombError as fault:  # Pillow counts as well, and before us
        raise Unreadable("too_large") from fault
    except Exception as fault:  # on hostile bytes a decoder may fail in any way
        raise Unreadable("broken") from fault
    grey.thumbnail((SMALL, SMALL), Image.Resampling.BOX)
    if min(grey.size) < LEAST:
        raise Unreadable("too_small")
    return grey if turn is None else grey.transpose(turn)


ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _refuse_size(picture: Image.Image) -> None:
    limit = LARGEST * (5 if picture.format == "JPEG" else 1)
    if picture.width * picture.height > limit:
        raise Unreadable("too_large")


def _on_white(picture: Image.Image) -> Image.Image:
    """Without transparency, as a page shows it."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        full = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", full.size, "white"), full)
    return picture


def keys_of(small: Image.Image) -> list[Key]:
    """What is kept of a picture: a key for each window that is not flat."""
    found = ((number, _differences(small, box)) for number, box in enumerate(KEPT_WINDOWS))
    return [Key(number, _signs(diffs)) for number, diffs in found if not _is_flat(diffs)]


def asked_of(small: Image.Image) -> list[Asked]:
    """The windows of a picture in which another one, or the heart of another one, may be found again."""
    found = []
    for number, box in _grid():
        diffs = _differences(small, box)
        if _is_flat(diffs):
            continue
        key = Key(number, _signs(diffs))
        bands = [
            key.band(place, signs) for place in range(BANDS) for signs in _nearly(key.signs, diffs, place)
        ]
        found.append(Asked(key, box, tuple(bands)))
    return found


def nearest(asked: list[Asked], kept: list[Key], most: int = 6) -> list[Box]:
    """Where the frame of the kept picture may lie in the one asked about, the likeliest first."""
    places = [
        ((one.key.signs ^ key.signs).bit_count(), _frame(one.box, KEPT_WINDOWS[key.number]))
        for one in asked
        for key in kept
        if one.key.number == key.number
    ]
    return [box for _distance, box in sorted(places)[:most]]


def number_of(band: int) -> int:
    """The number of the window that a band belongs to."""
    return (band >> BAND_BITS) // BANDS


def first_sight(first: Image.Image, other: Image.Image, frames: list[Box]) -> float:
    """How far two pictures agree at a glance, in the best of the frames: which of many to lay on first."""
    return max((_agreement(first, other, frame, SIDES[0][0]) for frame in frames), default=-1.0)


def turned(match: Match) -> Match:
    """The same match seen from the other picture."""
    return Match(_through(WHOLE, match.frame), match.agreement)


def lay_on(first: Image.Image, other: Image.Image, frames: list[Box]) -> Match:
    """Lay the other picture on the first one, starting from each of the frames; the best of the matches."""
    best = Match(WHOLE, -1.0)
    for frame in frames:
        if _agreement(first, other, frame, SIDES[0][0]) < COARSE_ENOUGH:
            continue
        for side, step in SIDES:
            frame = _settled(first, other, frame, side, step)
        best = max(
            best, Match(frame, _agreement_in_detail(first, other, frame)), key=lambda one: one.agreement
        )
        if best.is_alike:
            break
    return best


# Keys


def _differences(small: Image.Image, box: Box) -> list[int]:
    """Sixty differences between the 25 parts of a window: neighbours, and those three apart."""
    values = _values(small, box, 5)
    return [values[one] - values[other] for one, other in PAIRS]


def _pairs() -> list[tuple[int, int]]:
    across = [(5 * y + x, 5 * y + x + apart) for apart in (1, 3) for y in range(5) for x in range(5 - apart)]
    down = [(one % 5 * 5 + one // 5, other % 5 * 5 + other // 5) for one, other in across]
    mixed = [pair for both in zip(across, down, strict=True) for pair in both]
    return [mixed[place * 7 % len(mixed)] for place in range(len(mixed))]  # each band gets some of everywhere


PAIRS = _pairs()


def _signs(diffs: list[int]) -> int:
    signs = 0
    for place, one in enumerate(diffs):
        signs |= (one > 0) << place
    return signs


def _is_flat(diffs: list[int]) -> bool:
    return sum(map(abs, diffs)) < FLAT * len(diffs)


def _nearly(signs: int, diffs: list[int], place: int) -> list[int]:
    """The signs, and those with the two of this band the other way round that hang on the smallest differences."""
    band = range(place * BAND_BITS, (place + 1) * BAND_BITS)
    one, other = (1 << weak for weak in sorted(band, key=lambda bit: abs(diffs[bit]))[:2])
    return [signs, signs ^ one, signs ^ other, signs ^ one ^ other]


@lru_cache(maxsize=1)
def _grid() -> list[tuple[int, Box]]:
    return [
        (number, Box(x, y, x + wide, y + tall))
        for number, window in enumerate(KEPT_WINDOWS)
        for x, wide in _spans(window.x0)
        for y, tall in _spans(window.x0)
    ]


def _spans(margin: float) -> list[tuple[float, float]]:
    """Start and length, along one side, of where a window with this margin may lie.

    A heart in a picture that was cropped down to `share`; the whole of a picture that was itself cropped.
    """
    found = []
    for share in (1.0, 0.94, 0.88, 0.82, 0.76):
        if margin:
            size, first, last = (1 - 2 * margin) / share, (margin - 1 + share) / share, margin / share
        else:
            size, first, last = share, 0.0, 1 - share
        steps = max(1, ceil((last - first) / STEP))
        starts = {first + (last - first) * step / steps for step in range(steps + 1)}
        found += [(start, size) for start in sorted(starts) if start >= 0 and start + size <= 1.0001]
    return found


# Laying one on the other


def _frame(seen: Box, window: Box) -> Box:
    """Where the frame of a picture lies, whose `window` was seen there."""
    wide, tall = seen.width / window.width, seen.height / window.height
    x, y = seen.x0 - window.x0 * wide, seen.y0 - window.y0 * tall
    return Box(x, y, x + wide, y + tall)


def _through(part: Box, frame: Box) -> Box:
    """A part of the first picture, said in shares of the other one, whose frame lies at `frame`."""
    return Box(
        (part.x0 - frame.x0) / frame.width,
        (part.y0 - frame.y0) / frame.height,
        (part.x1 - frame.x0) / frame.width,
        (part.y1 - frame.y0) / frame.height,
    )


def _settled(first: Image.Image, other: Image.Image, frame: Box, side: int, step: float) -> Box:
    """The frame moved and stretched, a little at a time, as long as the two agree better."""
    best = _agreement(first, other, frame, side)
    while step > 0.0015:
        better = False
        for moved in _moves(frame, step):
            agreed = _agreement(first, other, moved, side)
            if agreed > best + 1e-4:
                best, frame, better = agreed, moved, True
        if not better:
            step /= 2
    return frame


def _moves(frame: Box, step: float) -> Iterator[Box]:
    for dx0, dy0, dx1, dy1 in (
        (1, 0, 1, 0),
        (0, 1, 0, 1),
        (1, 0, 0, 0),
        (0, 1, 0, 0),
        (0, 0, 1, 0),
        (0, 0, 0, 1),
    ):
        for sign in (step, -step):
            yield Box(
                frame.x0 + dx0 * sign, frame.y0 + dy0 * sign, frame.x1 + dx1 * sign, frame.y1 + dy1 * sign
            )


def _agreement(first: Image.Image, other: Image.Image, frame: Box, side: int) -> float:
    """The correlation of what both show; -1 where they share too little."""
    parts = _shared(frame)
    if parts is None:
        return -1.0
    return _correlation(_values(first, parts[0], side), _values(other, parts[1], side))


def _agreement_in_detail(first: Image.Image, other: Image.Image, frame: Box) -> float:
    """The correlation of the fine detail of what both show, in the worst but one of the tiles that have any."""
    parts = _shared(frame)
    if parts is None:
        return -1.0
    side = SIDES[-1][0]
    pair = [_detail(one, part, side) for one, part in zip((first, other), parts, strict=True)]
    wide = side // TILES
    places = [(x, y, x + wide, y + wide) for x in range(0, side, wide) for y in range(0, side, wide)]
    tiles = [[list(one.crop(place).tobytes()) for one in pair] for place in places]
    overall = _correlation(*(list(one.tobytes()) for one in pair))
    strong = sorted(_correlation(*tile) for tile in tiles if max(map(_spread, tile)) >= FLAT**2)
    return min(overall, strong[1]) if len(strong) > TILES else overall


def _shared(frame: Box) -> tuple[Box, Box] | None:
    """What both show, in shares of the first and of the other picture; None if that is too little."""
    part = Box(*(min(max(one, 0.0), 1.0) for one in frame))
    if part.width < 0.5 or part.height < 0.5 or frame.width > 2 or frame.height > 2:
        return None
    theirs = _through(part, frame)
    return (part, theirs) if theirs.width >= 0.5 and theirs.height >= 0.5 else None


def _detail(small: Image.Image, box: Box, side: int) -> Image.Image:
    square = small.resize((side, side), Image.Resampling.BOX, box=_pixels(small, box))
    return ImageChops.subtract(square, square.filter(ImageFilter.GaussianBlur(3)), scale=1, offset=128)


def _spread(values: list[int]) -> float:
    """The variance of some values."""
    mean = sum(values) / len(values)
    return sum(map(mul, values, values)) / len(values) - mean * mean


def _values(small: Image.Image, box: Box, side: int) -> list[int]:
    return list(small.resize((side, side), Image.Resampling.BOX, box=_pixels(small, box)).tobytes())


def _pixels(small: Image.Image, box: Box) -> tuple[float, float, float, float]:
    wide, tall = small.size
    return (
        min(max(box.x0, 0.0), 1.0) * wide,
        min(max(box.y0, 0.0), 1.0) * tall,
        min(max(box.x1, 0.0), 1.0) * wide,
        min(max(box.y1, 0.0), 1.0) * tall,
    )


def _correlation(one: list[int], other: list[int]) -> float:
    n = len(one)
    sum_one, sum_other = sum(one), sum(other)
    both = n * sum(map(mul, one, other)) - sum_one * sum_other
    spread_one = n * sum(map(mul, one, one)) - sum_one**2
    spread_other = n * sum(map(mul, other, other)) - sum_other**2
    if not spread_one or not spread_other:
        return -1.0
    return both / sqrt(spread_one * spread_other)
