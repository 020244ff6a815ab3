"""The sentence about a light, read back: it leads to the very light it explains (features.md idea 15)."""

import re
from datetime import date, datetime, time, timedelta

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from bihuan.kernel import clock
from bihuan.kernel.clock import LAST, OFFICE_TZ
from bihuan.supervision.models import Assignment
from bihuan.supervision.queries.reasons import why_light
from bihuan.supervision.rules import ENDED, OPEN, RUNNING, Light, Outcome, Stage

DAY = re.compile(r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})日|今天")
MOMENT = rf"((?:{DAY.pattern})(?: \d\d:\d\d)?)"
START = datetime(2026, 11, 2, 9, tzinfo=OFFICE_TZ)


def moment(said, today):
    """The moment that some words of a sentence name."""
    found = DAY.match(said)
    day = today
    if found[2]:
        day = date(int(found[1] or today.year), int(found[2]), int(found[3]))
    hour = said[found.end() :].strip()
    return datetime.combine(day, time.fromisoformat(hour) if hour else LAST, OFFICE_TZ)


def read_back(sentence, at):
    """Which light the sentence speaks of, worked out from nothing but its words and the moment it was said at."""
    today = clock.office_day(at)

    def named(pattern):
        found = re.search(pattern.replace("M", MOMENT), sentence)
        return moment(found[1], today) if found else None

    due = named("时限M")
    if due is not None and at > due:
        return Light.PENDING if "延期是到期前申请的" in sentence else Light.RED
    if (strong := named("自M起所剩时间已很少")) is not None:
        return Light.STRONG if at >= strong else None
    if (amber := named("自M起进入临期")) is not None:
        return Light.AMBER if at >= amber and "还没有反馈" in sentence else None
    if named("已进入临期，但M反馈过进展") is not None:
        return Light.GREEN
    if (amber := named("M起转为临期")) is not None:
        return Light.GREEN if at < amber else None
    if "暂停计时" in sentence or re.search("申报办结|待销号", sentence):
        return Light.RESTING
    if re.search("销号，结论|已改派|已撤销", sentence):
        return Light.CLOSED
    return None


hours = st.integers(0, 24 * 90).map(lambda n: START + timedelta(hours=n))
days = st.integers(1, 90).map(lambda n: clock.end_of((START + timedelta(days=n)).date()))


@st.composite
def assignments(draw):
    """Any assignment whose marks can stand in a row, without a database."""
    stage, due_at = draw(st.sampled_from(Stage)), draw(st.one_of(days, hours))
    marks = sorted(draw(st.tuples(hours, hours)))
    amber_at, strong_at = (min(one, due_at) for one in marks)
    one = Assignment(stage=stage, due_at=due_at, amber_at=amber_at, strong_at=strong_at, dispatched_at=START)
    one.reported_at = draw(st.none() | hours)
    if stage in RUNNING:
        one.suspended_at = draw(st.none() | hours)
        one.review_on = one.suspended_at and one.suspended_at + timedelta(days=30)
        one.answer_by = draw(st.none() | hours)
    elif stage in OPEN:
        one.completed_at = draw(hours)
        one.decide_by = one.publicised_until = one.completed_at + timedelta(days=3)
    if stage in ENDED:
        one.ended_at, one.outcome = draw(hours), Outcome.DONE
    return one


@given(one=assignments(), at=hours)
def test_the_sentence_read_back_gives_the_light_it_explains(one, at):
    with clock.frozen(at), translation.override("zh-hans"):
        sentence = why_light(one, at)
        assert read_back(sentence, at) == one.computed_light(at), sentence


@pytest.mark.parametrize("light", [one for one in Light if one != Light.PENDING])
def test_reading_back_is_no_formality(light):
    """A sentence that says something else gives another light, or none."""
    said = "时限12月1日，自11月20日起进入临期，此后还没有反馈。"
    at = datetime(2026, 11, 25, 9, tzinfo=OFFICE_TZ)
    assert (read_back(said, at) == light) is (light == Light.AMBER)
    assert read_back(said, at + timedelta(days=20)) == Light.RED
    assert read_back(said, at - timedelta(days=20)) is None
