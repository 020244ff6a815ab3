"""The years 2004–2026 lived through again, each unknown until its notice came out (features.md idea 16).

The days are those of `chinesecalendar`; it misses one, the shifted 31 December 2005.
"""

from datetime import date, datetime, timedelta

import pytest
from chinese_calendar import holidays, workdays

from bihuan.kernel.clock import OFFICE_TZ
from bihuan.workdays import almanac
from bihuan.workdays.almanac import Arrangement
from bihuan.workdays.rules import Span, deadline, derive_again

DAY = timedelta(days=1)

# When the notice on a year's days off was issued, from the notice itself as printed by gov.cn, its gazette or
# Xinhua, with its number where one was seen. Where no date was found: 1 December before.
NOTICES = {
    2004: date(2003, 12, 1),  # not found
    2005: date(2004, 12, 1),  # not found
    2006: date(2005, 12, 16),  # 国办发明电〔2005〕35号
    2007: date(2006, 12, 14),  # 国办发明电〔2006〕49号
    2008: date(2007, 12, 18),  # reported by 中国新闻网 that day
    2009: date(2008, 12, 10),  # gov.cn, zhengce/content/2008-12/10
    2010: date(2009, 12, 8),  # gov.cn, zhengce/content/2009-12/08
    2011: date(2010, 12, 10),  # gov.cn, zhengce/content/2010-12/10
    2012: date(2011, 12, 6),  # gov.cn, zwgk/2011-12/06
    2013: date(2012, 12, 10),  # gov.cn, zwgk/2012-12/10
    2014: date(2013, 12, 11),  # gov.cn, zwgk/2013-12/11
    2015: date(2014, 12, 16),  # gov.cn, zhengce/content/2014-12/16
    2016: date(2015, 12, 10),  # gov.cn, zhengce/content/2015-12/10
    2017: date(2016, 12, 1),  # gov.cn, zhengce/content/2016-12/01
    2018: date(2017, 11, 30),  # gov.cn, zhengce/content/2017-11/30
    2019: date(2018, 12, 6),  # gov.cn, zhengce/content/2018-12/06
    2020: date(2019, 11, 21),  # 国办发明电〔2019〕16号
    2021: date(2020, 11, 25),  # Xinhua, 25 November 2020
    2022: date(2021, 10, 25),  # 国办发明电〔2021〕11号
    2023: date(2022, 12, 8),  # the notice as reprinted
    2024: date(2023, 10, 25),  # 国办发明电〔2023〕7号
    2025: date(2024, 11, 12),  # 国办发明电〔2024〕12号
    2026: date(2025, 11, 4),  # 国办发明电〔2025〕7号
}

# Three years were changed once more by a supplementary notice: what it took and what it gave.
SUPPLEMENTS = {
    2015: (  # 国发明电〔2015〕1号: the anniversary of victory
        date(2015, 5, 13),
        {date(2015, 9, 3), date(2015, 9, 4)},
        {date(2015, 9, 6)},
    ),
    2019: (  # gov.cn, zhengce/content/2019-03/22: Labour Day made long
        date(2019, 3, 22),
        {date(2019, 5, 2), date(2019, 5, 3), date(2019, 5, 4)},
        {date(2019, 4, 28), date(2019, 5, 5)},
    ),
    2020: (  # gov.cn, zhengce/content/2020-01/27: Spring Festival prolonged in the epidemic
        date(2020, 1, 27),
        {date(2020, 1, 31), date(2020, 2, 1), date(2020, 2, 2)},
        set(),
    ),
}
WORKED_BEFORE_SUPPLEMENT = {2020: {date(2020, 2, 1)}}


def of_notice(days, year):
    """What the notice for `year` says: the days of the year, and at the end of the December before."""
    tail, last = date(year - 1, 12, 28), date(year, 12, 27)
    return {day: "假日" for day in days if tail <= day <= last}


def final(year, published_on):
    off, shifted = of_notice(holidays, year), of_notice(workdays, year)
    return Arrangement(year, "", "", published_on, off, shifted)


def first(year):
    """The arrangement as first issued, before any supplement."""
    whole = final(year, NOTICES[year])
    _on, gone, worked = SUPPLEMENTS.get(year, (None, set(), set()))
    off = {day: name for day, name in whole.off.items() if day not in gone}
    shifted = {day: name for day, name in whole.shifted.items() if day not in worked}
    shifted |= dict.fromkeys(WORKED_BEFORE_SUPPLEMENT.get(year, ()), "补班")
    return Arrangement(year, "", "", NOTICES[year], off, shifted)


ISSUED = sorted(
    [first(year) for year in NOTICES] + [final(year, on) for year, (on, _off, _work) in SUPPLEMENTS.items()],
    key=lambda arrangement: arrangement.published_on,
)


def known_on(day):
    """The calendar as somebody had it on `day`."""
    return almanac.calendar([a for a in ISSUED if a.published_on <= day], day.isoformat())


@pytest.fixture(scope="module")
def publications():
    """Each publication with the calendar before and after it."""
    days = [a.published_on for a in ISSUED]
    return [(a, known_on(on - DAY), known_on(on)) for a, on in zip(ISSUED, days, strict=True)]


def supplementary(arrangement):
    return arrangement.published_on != NOTICES[arrangement.year]


def test_only_days_that_were_called_provisional_change_on_publication(publications):
    total = 0
    for arrangement, before, after in publications:
        changed = before.changed_days(after, date(2003, 1, 1), date(2030, 12, 31))
        if supplementary(arrangement):
            _on, gone, worked = SUPPLEMENTS[arrangement.year]
            weekend = {day for day in gone if day.weekday() >= 5 and not before.is_workday(day)}
            assert set(changed) == (gone | worked) - weekend
        else:
            total += len(changed)
            assert all(before.is_provisional(day) for day in changed)
            assert not any(after.is_provisional(day) for day in changed)
    assert total == 373  # docs/workdays.md


def test_after_its_notice_every_day_of_a_year_is_as_it_came_to_be(publications):
    last = publications[-1][2]
    for year in NOTICES:
        start = date(year, 1, 1)
        days = [start + n * DAY for n in range((date(year + 1, 1, 1) - start).days)]
        actual = {day: day in workdays or (day.weekday() < 5 and day not in holidays) for day in days}
        assert {day: last.is_workday(day) for day in days} == actual


def differences(before, after, days, amounts):
    """Deadlines given before a publication that differ after it."""
    for day in days:
        start = datetime.combine(day, datetime.min.time(), OFFICE_TZ) + timedelta(hours=10)
        for amount in amounts:
            given = deadline(start, Span(amount, "workday"), before)
            again = derive_again(given.rule, after)
            if given.due_at != again.due_at:
                yield given, again


def test_deadlines_given_before_a_publication_differ_after_it_only_where_they_were_provisional(publications):
    found = {}
    for arrangement, before, after in publications:
        if supplementary(arrangement):
            continue
        eve = arrangement.published_on - DAY
        days = [eve - n * DAY for n in range(60)]
        moved = list(differences(before, after, days, (5, 30, 60, 120)))
        assert all(given.provisional for given, _again in moved)
        found[arrangement.year] = len(moved)
    assert all(found.values()), found  # every year moved somebody's deadline


SPANS = [Span(5, "workday"), Span(30, "workday"), Span(120, "workday"), Span(60, "day"), Span(3, "month")]


def test_deadlines_stored_for_22_years_end_as_if_everything_had_been_known_from_the_start():
    """Thousands of duties, a few every other day; each notice derives again what still runs, and nothing else."""
    issued = sorted({a.published_on for a in ISSUED} | {date.max})
    supplemented_on = {on for on, _gone, _worked in SUPPLEMENTS.values()}
    stored, moved, calendar, day = [], 0, known_on(date(2003, 12, 1)), date(2003, 12, 2)
    while day < date(2026, 6, 1):
        if day >= issued[0]:
            on, calendar = issued.pop(0), known_on(day)
            for index, (found, _first) in enumerate(stored):
                if found.due_at.date() > day:
                    again = derive_again(found.rule, calendar)
                    if again.due_at != found.due_at:
                        moved += 1
                        assert found.provisional or on in supplemented_on
                    stored[index] = again, stored[index][1]
        start = datetime.combine(day, datetime.min.time(), OFFICE_TZ) + timedelta(hours=10)
        stored += [(found, found) for found in (deadline(start, span, calendar, roll=True) for span in SPANS)]
        day += 3 * DAY
    full = known_on(date(2026, 6, 1))
    assert len(stored) > 10_000
    assert all(found.due_at == derive_again(found.rule, full).due_at for found, _first in stored)
    strayed = [first for found, first in stored if first.due_at != found.due_at]
    assert moved >= len(strayed) > 300
    supplemented = {day.year for _on, gone, worked in SUPPLEMENTS.values() for day in gone | worked}
    assert {first.due_at.year for first in strayed if not first.provisional} <= supplemented


@pytest.mark.parametrize(
    ("year", "listed"),
    [
        (
            2024,
            "02-04 02-13 02-14 02-15 02-16 02-18 04-05 04-07 04-28 05-02 05-03 05-11 09-14 09-16 "
            "09-29 10-04 10-07 10-12",
        ),
        (2025, "01-26 02-03 02-04 02-08 04-27 05-05 06-02 09-28 10-07 10-08 10-11"),
        (2026, "01-02 01-04 02-14 02-20 02-23 02-28 04-06 05-04 05-05 05-09 09-20 10-05 10-06 10-07 10-10"),
    ],
)
def test_the_differences_found_on_publication_are_listed(publications, year, listed):
    before, after = next((b, a) for arrangement, b, a in publications if arrangement.year == year)
    changed = before.changed_days(after, date(year - 1, 12, 1), date(year, 12, 31))
    assert " ".join(f"{day:%m-%d}" for day in changed) == listed


def test_nobody_who_asks_about_any_year_meets_an_error(publications):
    for _arrangement, before, _after in publications:
        for day in (date(1, 1, 8), date(1949, 10, 1), date(2027, 2, 6), date(2100, 1, 1), date(9998, 12, 31)):
            assert before.is_provisional(day)
            assert before.is_workday(before.roll_forward(day))


def test_what_ships_is_what_came_to_be():
    shipped = almanac.shipped_calendar()
    assert shipped.published == {2024, 2025, 2026}
    for arrangement in almanac.shipped():
        year = arrangement.year
        assert arrangement.published_on == NOTICES[year]
        start = date(year, 1, 1)
        days = [start + n * DAY for n in range((date(year + 1, 1, 1) - start).days)]
        assert [d for d in days if shipped.is_workday(d)] == [
            d for d in days if d in workdays or (d.weekday() < 5 and d not in holidays)
        ]


def test_the_statutory_holidays_lie_within_every_arrangement():
    for year in NOTICES:
        missing = set(almanac.statutory_days(year)) - set(holidays)
        assert all(day.weekday() >= 5 for day in missing), year
