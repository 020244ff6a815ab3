"""How good the hints are, on invented reports and pictures that were not looked at while the figures were set.

Figures (threshold, lengths, agreement) were set on topics 0 to 7 and on the pictures with seeds 200 to 499. Here are
the other topics, written from other seeds, and other pictures.
"""

import io
import random
from collections import Counter

import pytest

from bihuan.alike import pictures, words
from bihuan.supervision.parameters import PARAMETERS
from tests.alike import writing
from tests.alike.drawing import changes, saved, scene

LEAST = PARAMETERS["alike.percent"].default
HELD_OUT = range(8, 16)
NAMES = ("我局", "我单位")


def judged(seed: int) -> tuple[Counter, Counter, Counter]:
    """Pairs of one collection by (way, found), apart from a unit's own running reports; false ones by class."""
    samples = writing.collection(list(HELD_OUT), seed)
    given = {topic: words.given_in(writing.given_texts(topic)) for topic in HELD_OUT}
    letters = [words.letters_of(one.text, (one.unit, *NAMES)) for one in samples]
    marks = [set(words.marks_of(one, given[s.topic])) for one, s in zip(letters, samples, strict=True)]
    right, wrong, own = Counter(), Counter(), Counter()
    for later, sample in enumerate(samples):
        for earlier in range(later):
            other = samples[earlier]
            if other.topic != sample.topic:
                continue
            near = len(marks[later] & marks[earlier]) >= 2
            found = (
                near and words.compare(letters[later], letters[earlier], given[sample.topic]).share >= LEAST
            )
            source = sample.source == earlier
            kin = sample.source is not None and other.source == sample.source  # two copies of one report
            if source and sample.way == writing.CUMULATIVE:
                own[found] += 1
            elif source:
                right[sample.way, found] += 1
            elif not kin:
                wrong[found] += 1
    return right, wrong, own


def test_words_are_told_apart_on_topics_held_out():
    right, wrong, own = Counter(), Counter(), Counter()
    for seed in (901, 902, 903):
        for total, part in zip((right, wrong, own), judged(seed), strict=True):
            total.update(part)
    found = sum(count for (_way, hit), count in right.items() if hit)
    assert sum(right.values()) == 3 * 8 * 5
    assert sum(wrong.values()) > 2000
    recall, precision = found / sum(right.values()), found / (found + wrong[True])
    print(
        f"words: precision {precision:.3f}, recall {recall:.3f}, of {dict(right)}, false {wrong[True]}, own {own}"
    )
    assert precision >= 0.95
    assert recall >= 0.9
    for way in writing.WAYS:
        if way != writing.CUMULATIVE:
            hits = right[way, True]
            assert hits / (hits + right[way, False]) >= 0.8, way
    assert own[True]  # the same unit's: the softer hint, told by the unit


def is_found(later: object, earlier: object) -> bool:
    """As the index and the laying on would find it."""
    asked, kept = pictures.asked_of(later), pictures.keys_of(earlier)
    bands = {band for key in kept for band in key.bands}
    if not any(bands & set(one.bands) for one in asked):
        return False
    return pictures.lay_on(later, earlier, pictures.nearest(asked, kept)).is_alike


def small(data: bytes) -> object:
    return pictures.small_copy(io.BytesIO(data))


@pytest.mark.slow
def test_pictures_are_told_apart_on_seeds_held_out():
    hits, misses, false, honest = Counter(), Counter(), 0, 0
    for seed in range(900, 924):
        original = scene(seed)
        earlier = small(saved(original))
        for way, change in changes(random.Random(seed)).items():
            found = is_found(small(change.of(original)), earlier)
            hits[way] += found
            misses[way] += not found
        for other in (scene(seed, take=1), scene(seed, take=2), scene(seed + 4)):
            honest += 1
            false += is_found(small(saved(other)), earlier)
    recall = hits.total() / (hits.total() + misses.total())
    precision = hits.total() / (hits.total() + false)
    print(
        f"pictures: precision {precision:.3f}, recall {recall:.3f}, {hits}, missed {misses}, false {false} of {honest}"
    )
    assert hits.total() + misses.total() == 96
    assert honest == 72
    assert precision >= 0.95
    assert recall >= 0.9


@pytest.mark.parametrize("crop", [(0.05, 0.05, 1, 1), (0, 0, 0.75, 1), (0.125, 0.125, 0.875, 0.875)])
def test_an_earlier_crop_is_found_in_the_whole(crop):
    from tests.alike.drawing import Change

    cut = small(Change(crop=crop).of(scene(1)))
    whole = small(saved(scene(1)))
    asked = pictures.asked_of(whole)
    match = pictures.lay_on(whole, cut, pictures.nearest(asked, pictures.keys_of(cut)))
    assert match.is_alike
    assert match.is_cropped
    assert list(match.frame) == pytest.approx(crop, abs=0.02)
