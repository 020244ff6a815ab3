"""Why a light is what it is, in one sentence from stored facts (亮灯说明, DESIGN §3, features.md R11).

What the days were counted from, which were passed over, what has moved the date, how far the duty should be and
what the unit said, and who set the light by hand.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.org.models import Person
from bihuan.supervision.models import Assignment, LightOverride, Term
from bihuan.supervision.queries.dues import regions_among
from bihuan.supervision.queries.regimes import Regime, regime_of
from bihuan.supervision.rules import SETTABLE, Light, Stage, expected_progress
from bihuan.ui import wording
from bihuan.ui.wording import say_list
from bihuan.workdays.queries import calendar_for
from bihuan.workdays.rules import explain, passed_over


@dataclass(frozen=True)
class Reason:
    """A light with everything that explains it."""

    shown: Light
    computed: Light
    sentence: str
    override: LightOverride | None  # the one in effect
    set_by: str = ""
    word: str = ""  # what the authority calls this light, where it has a word of its own

    @property
    def is_overridden(self) -> bool:
        return self.override is not None


def reason_of(assignment: Assignment, at: datetime, regime: Regime | None = None) -> Reason:
    """The light at this moment, explained from the stored terms and rows of the assignment."""
    shown, computed = assignment.light(at), assignment.computed_light(at)
    override = assignment.overrides.first() if assignment.is_overridden(at) else None
    parts: list[str] = []
    regime = regime or regime_of(assignment.issued_by_id)
    if computed in {*SETTABLE, Light.RED, Light.PENDING}:
        terms = list(assignment.terms.all())
        parts.append(_counted(assignment, terms, at, regime))
        parts += _moved(terms)
        parts.append(_progress(assignment, at))
    set_by = _setter(override) if override else ""
    parts.append(why_light(assignment, at).rstrip("。."))
    if override is not None:
        parts.append(_set_by_hand(override, set_by, computed))
    return Reason(
        shown,
        computed,
        wording.say_sentence(parts, apart=True),
        override,
        set_by,
        regime.theme_for(assignment).word(shown),
    )


def _counted(assignment: Assignment, terms: list[Term], at: datetime, regime: Regime) -> str:
    """From when to when, how many workdays that is, and which days are not among them."""
    start, due = clock.office_day(assignment.dispatched_at), clock.office_day(assignment.due_at)
    stored = terms[-1].rule if terms and "holidays" in terms[-1].rule else None
    calendar = regime.calendar
    if stored:  # counted on the days of the unit's own region, so told on them as well
        calendar = calendar_for(regions_among([assignment.unit_id]).get(assignment.unit_id))
    whole = calendar.workdays_between(start, due)
    gone = calendar.workdays_between(start, min(clock.office_day(at), due))
    said = {
        "start": wording.say_day(start),
        "due": wording.say_moment(assignment.due_at),
        "whole": max(0, whole),
        "gone": max(0, gone),
    }
    counted = _("%(start)s交办，至%(due)s共%(whole)d个工作日，已过%(gone)d个") % said
    return _("，").join([counted, *_passed(stored or passed_over(start, due, calendar))])


def _passed(rule: dict) -> Iterator[str]:
    if rule["weekend_days"]:
        yield _("其间周末%(n)d天不计") % {"n": rule["weekend_days"]}
    for name, days in Counter(name for _on, name in rule["holidays"]).items():
        yield _("%(name)s%(n)d天不计") % {"name": name, "n": days}
    if rule["shifted"]:
        on = say_list(date_format(date.fromisoformat(day), str(_("n月j日"))) for day in rule["shifted"])
        yield _("%(days)s调休上班照计") % {"days": on}


def _moved(terms: Iterable[Term]) -> Iterator[str]:
    """Each time the date moved: what by, on which day, from where to where."""
    for before, after in pairwise(terms):
        if after.due_at != before.due_at:
            yield _("%(on)s%(what)s，时限由%(was)s改为%(due)s") % {
                "on": wording.say_day(after.from_at),
                "what": after.get_kind_display(),
                "was": wording.say_moment(before.due_at),
                "due": wording.say_moment(after.due_at),
            }


def _progress(assignment: Assignment, at: datetime) -> str:
    """How far it should be, as time and milestones go, and what the unit says."""
    start, due = clock.office_day(assignment.dispatched_at), clock.office_day(assignment.due_at)
    shares = [(one.due_on, one.share) for one in assignment.item.milestones.all() if one.share is not None]
    said = {"n": expected_progress(start, due, clock.office_day(at), shares)}
    expected = _("按时间应达%(n)d%%") % said
    if assignment.reported_at is None:
        return _("%(expected)s，尚未反馈") % {"expected": expected}
    reported = {"expected": expected, "on": wording.say_day(assignment.reported_at), "n": assignment.progress}
    if assignment.progress is None:
        return _("%(expected)s，%(on)s反馈过，未填进度") % reported
    return _("%(expected)s，%(on)s自评%(n)d%%") % reported


def _setter(override: LightOverride) -> str:
    person = Person.objects.filter(pk=override.person_id).first()
    return f"{override.post} {person.name if person else ''}".strip()


def _set_by_hand(override: LightOverride, who: str, computed: Light) -> str:
    return _("%(who)s%(on)s人工调为%(light)s，至%(until)s，理由：%(reason)s，按规则计算为%(computed)s") % {
        "who": who,
        "on": wording.say_moment(override.from_at),
        "light": Light(override.light).label,
        "until": wording.say_moment(override.until_at),
        "reason": override.reason.rstrip("。."),
        "computed": computed.label,
    }


def why_light(assignment: Assignment, at: datetime) -> str:
    """Why the computed light is what it is, from the assignment alone: for lists (R11)."""
    said = _Moments(assignment)
    match assignment.computed_light(at):
        case Light.RED:
            return _("时限%(due)s已过，尚未申报办结。") % said
        case Light.PENDING:
            return _("时限%(due)s已过；延期是到期前申请的，批复前暂不认定逾期。") % said
        case Light.STRONG:
            return _("时限%(due)s，自%(strong)s起所剩时间已很少，请优先办理。") % said
        case Light.AMBER:
            return _("时限%(due)s，自%(amber)s起进入临期，此后还没有反馈。") % said
        case Light.GREEN if at >= assignment.amber_at:
            return _("已进入临期，但%(reported)s反馈过进展，时限%(due)s。") % said
        case Light.GREEN:
            return _("时限%(due)s，%(amber)s起转为临期。") % said
        case Light.RESTING:
            return _why_resting(assignment)
    return _why_closed(assignment)


class _Moments(dict[str, str]):
    """The moments of an assignment in words, each worded when a sentence asks for it: "due" for `due_at`."""

    def __init__(self, assignment: Assignment):
        super().__init__()
        self.assignment = assignment

    def __missing__(self, name: str) -> str:
        return wording.say_moment(getattr(self.assignment, f"{name}_at"))


def _why_resting(assignment: Assignment) -> str:
    if assignment.suspended_at is not None:
        moments = {
            "since": wording.say_moment(assignment.suspended_at),
            "until": wording.say_moment(assignment.review_on),
        }
        return _("自%(since)s起暂停计时，%(until)s复核。") % moments
    done = wording.say_moment(assignment.completed_at) if assignment.completed_at else ""
    on_time = assignment.completed_at and assignment.completed_at <= assignment.due_at
    verdict = _("按期") if on_time else _("逾期")
    if assignment.stage == Stage.PUBLICISED:
        return _("%(done)s%(verdict)s申报办结，公示至%(until)s。") % {
            "done": done,
            "verdict": verdict,
            "until": wording.say_moment(assignment.publicised_until),
        }
    if assignment.stage == Stage.ACCEPTED:
        return _("%(done)s%(verdict)s申报并已认定办结，待销号。") % {"done": done, "verdict": verdict}
    return _("%(done)s%(verdict)s申报办结，承办单位计时停止，应于%(until)s前审核。") % {
        "done": done,
        "verdict": verdict,
        "until": wording.say_moment(assignment.decide_by),
    }


def _why_closed(assignment: Assignment) -> str:
    ended = wording.say_moment(assignment.ended_at)
    if assignment.stage == Stage.WRITTEN_OFF:
        return _("%(ended)s销号，结论：%(outcome)s。") % {
            "ended": ended,
            "outcome": assignment.get_outcome_display(),
        }
    return _("%(ended)s%(stage)s。") % {"ended": ended, "stage": assignment.get_stage_display()}


def why_date(term: Term) -> str:
    """Why the deadline is on that day, in one sentence."""
    if "unit" in term.rule:
        return explain(term.rule)
    said = {"on": wording.say_day(term.from_at), "due": wording.say_moment(term.due_at)}
    match term.kind:
        case Term.Kind.EXTENSION:
            return _("%(on)s同意延期，改为%(due)s。") % said
        case Term.Kind.AMENDMENT:
            return _("%(on)s清单调整，改为%(due)s。") % said
        case Term.Kind.REMEDY:
            return _("%(on)s退回补充，补正至%(due)s；统计仍按原时限。") % said
        case Term.Kind.CALENDAR:
            return _("%(on)s起放假安排有变动，按工作日重算为%(due)s。") % said
        case Term.Kind.RESUMPTION:
            days = term.rule.get("days", 0)
            return _("暂停计时 %(days)d 天，时限相应顺延至%(due)s。") % {**said, "days": days}
    return _("%(on)s交办时定为%(due)s。") % said
