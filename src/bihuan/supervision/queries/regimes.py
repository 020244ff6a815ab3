"""The figures and the calendar by which an authority's clocks run."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from bihuan.kernel.clock import end_of, office_day
from bihuan.kernel.statements import KEY, Written
from bihuan.org.models import Lineage, Unit
from bihuan.supervision import counting, themes
from bihuan.supervision.counting import CountRule
from bihuan.supervision.ladder import Ladder
from bihuan.supervision.models import Assignment, LadderEdition, ThemeEdition
from bihuan.supervision.parameters import PARAMETERS
from bihuan.supervision.queries.pauses import pauses_of
from bihuan.supervision.rules import Priority
from bihuan.supervision.rungs import DEFAULT
from bihuan.supervision.themes import Theme
from bihuan.workdays.queries import calendar_as_of, known_notice, office_hours
from bihuan.workdays.rules import Calendar, Span, SpanUnit, deadline

KEPT = 200
_DEFAULTS: dict[
    tuple[int, time, time], Ladder
] = {}  # a ladder keeps its calendar, so the id stays that calendar's


@dataclass(frozen=True)
class Regime:
    """What an authority has settled about time (参数与日历)."""

    unit_id: int
    figures: Mapping[str, int]
    calendar: Calendar
    region: str | None = None  # whose calendar it is
    has_editions: bool = True  # whether any authority has settled a ladder of its own
    has_themes: bool = True  # or light rules

    def __getitem__(self, key: str) -> int:
        return self.figures[key]

    @cached_property
    def editions(self) -> dict[str, LadderEdition]:
        """The versions of the ladder in force here, by kind of source; "" is the one for every other kind."""
        return editions_of(self.unit_id) if self.has_editions else {}

    def ladder_for(self, assignment: Assignment) -> Ladder:
        """The rungs that urge and escalate about an assignment, on this authority's days."""
        if not any(self.editions):  # no kind has a ladder of its own: the source need not be looked up
            return self.ladder_of("")
        return self.ladder_of(assignment.item.source.kind)

    def ladder_of(self, kind: str) -> Ladder:
        """The ladder for matters of a kind of source."""
        edition = self.editions.get(kind) or self.editions.get("")
        return self.climbed(edition)

    def climbed(self, edition: LadderEdition | None) -> Ladder:
        """The ladder of this version, in force or not, on this authority's days."""
        if edition is None:
            return self._default_ladder
        if self._ladders.get(edition.pk, (None,))[0] is not edition:  # a draft may have been written anew
            spells = office_hours().spells
            opens, closes = spells[0][0], spells[-1][1]
            ladder = Ladder(edition.steps, self.calendar, opens=opens, closes=closes, edition=edition.pk)
            self._ladders[edition.pk] = edition, ladder
        return self._ladders[edition.pk][1]

    @cached_property
    def _ladders(self) -> dict[int, tuple[LadderEdition, Ladder]]:
        return {}

    @cached_property
    def _default_ladder(self) -> Ladder:
        """The ladder of all that settled none; whoever shares a calendar shares it, with what it has worked out."""
        spells = office_hours().spells
        key = id(self.calendar), spells[0][0], spells[-1][1]
        if key not in _DEFAULTS:
            if len(_DEFAULTS) >= KEPT:
                _DEFAULTS.clear()
            _DEFAULTS[key] = Ladder(DEFAULT, self.calendar, opens=key[1], closes=key[2])
        return _DEFAULTS[key]

    def counting_of(self, kind: str) -> tuple[int | None, Sequence[CountRule]]:
        """The rules that count for matters of a kind of source, and the version they come from; None: the default."""
        edition = self.editions.get(kind) or self.editions.get("")
        return (edition.pk, edition.count_rules) if edition else (None, counting.DEFAULT)

    def workdays_from(self, at: datetime, figure: str) -> datetime:
        """The end of the n-th workday after `at`, n being the parameter `figure`."""
        return deadline(at, Span(self[figure], SpanUnit.WORKDAY), self.calendar).due_at

    def sign_by(self, at: datetime, priority: str) -> datetime:
        """Until when a unit signs for what it was given: a workday, or two hours where urgent (domain.md §15)."""
        if priority == Priority.URGENT:
            return at + timedelta(hours=self["sign_for.urgent_hours"])
        days = max(1, round(self["sign_for.work_hours"] / 8))
        return deadline(at, Span(days, SpanUnit.WORKDAY), self.calendar).due_at

    @cached_property
    def themes(self) -> dict[str, ThemeEdition]:
        """The versions of the light rules in force here, by kind of source; "" is the one for every other kind."""
        return editions_of(self.unit_id, ThemeEdition) if self.has_themes else {}

    def theme_of(self, kind: str) -> Theme:
        """By which rules lights change for matters of a kind of source."""
        edition = self.themes.get(kind) or self.themes.get("")
        return edition.theme if edition else themes.DEFAULT

    def theme_for(self, assignment: Assignment) -> Theme:
        """The same for an assignment, whose source is looked up only where a kind has rules of its own."""
        return self.theme_of(assignment.item.source.kind if any(self.themes) else "")

    def lights_for(self, assignment: Assignment, due_at: datetime) -> tuple[datetime, datetime]:
        """When the light of an assignment turns amber, and when it turns strong."""
        theme = self.theme_for(assignment)
        return theme.moments(assignment.dispatched_at, due_at, self.calendar, pauses_of(assignment))

    def lights(
        self, start: datetime, due_at: datetime, theme: Theme | None = None
    ) -> tuple[datetime, datetime]:
        """The same from dates alone, by the general rules here unless others are given."""
        return (theme or self.theme_of("")).moments(start, due_at, self.calendar)

    def assist_due(self, start: datetime, lead_due: datetime) -> datetime:
        """An assisting unit's own deadline, some workdays before the lead's where there is room for that."""
        early = self.calendar.plus_workdays(office_day(lead_due), -self["assist.before_lead_workdays"])
        return end_of(early) if early > office_day(start) else lead_due

    def latest_extension(self, start: datetime, original_due: datetime) -> date:
        """The last day a deadline may be extended to: by a share of the original time, or some days if that is more."""
        original = (office_day(original_due) - office_day(start)).days
        days = max(original * self["extension.max_percent"] // 100, self["extension.max_days"])
        return office_day(original_due) + timedelta(days=days)

    def workdays_left(self, at: datetime, due_at: datetime) -> int:
        return self.calendar.workdays_between(office_day(at), office_day(due_at))


def regime_of(unit: Unit | int) -> Regime:
    """The regime of an authority: the nearest setting above counts, else the default. One statement."""
    key = unit if isinstance(unit, int) else unit.pk
    return _regime(key, _settled_above_one().fetch(key=key))


def regimes_of(unit_ids: Iterable[int]) -> dict[int, Regime]:
    """The regimes of several authorities, in one statement as well."""
    told = _settled(Lineage.objects.filter(descendant__among=unit_ids))
    return {unit_id: _regime(unit_id, rows) for unit_id, rows in groupby(told, key=itemgetter(0))}


@lru_cache(maxsize=1)
def _settled_above_one() -> Written:
    return Written(_settled(Lineage.objects.filter(descendant=KEY)))


def _settled(above: QuerySet[Lineage]) -> QuerySet:
    """What the authorities above have settled, the nearest last; with each row what counts for all of them."""
    known = above.annotate(
        notice=known_notice(),
        has_editions=Exists(LadderEdition.objects.in_force()),
        has_themes=Exists(ThemeEdition.objects.in_force()),
    )
    return known.order_by("descendant", "-depth").values_list(
        "descendant",
        "ancestor__region_code",
        "ancestor__settings__key",
        "ancestor__settings__value",
        "notice",
        "has_editions",
        "has_themes",
    )


def _regime(unit_id: int, rows: Iterable[tuple]) -> Regime:
    figures = {key: one.default for key, one in PARAMETERS.items()}
    region, notice, has_editions, has_themes = None, 0, True, True
    for _unit, code, key, value, *known in rows:  # the nearest comes last
        region = code or region
        notice, has_editions, has_themes = known
        if key:
            figures[key] = value
    return Regime(unit_id, figures, calendar_as_of(notice, region), region, has_editions, has_themes)


def editions_of(unit_id: int, model: Any = LadderEdition) -> dict[str, Any]:
    """The versions that count for a unit, of the ladder or of something else that is settled, by kind of source.

    The nearest authority above that has settled one counts. Its general version also stands before one that an
    authority further up made for a single kind.
    """
    above = Lineage.objects.filter(descendant=unit_id)
    depth = Subquery(above.filter(ancestor=OuterRef("unit")).values("depth")[:1])
    rows = model.objects.in_force().filter(unit__in=above.values("ancestor"))
    counting: dict[str, Any] = {}
    for edition in rows.annotate(depth=depth).order_by("-depth", "kind"):
        if not edition.kind:
            counting.clear()
        counting[edition.kind] = edition
    return counting


class Regimes(dict[int, Regime]):
    """The regimes of several authorities, each looked up once; those that are named, all at once."""

    def __init__(self, unit_ids: Iterable[int] = ()):
        super().__init__(regimes_of(set(unit_ids)) if unit_ids else {})

    def __missing__(self, unit_id: int) -> Regime:
        return self.setdefault(unit_id, regime_of(unit_id))
