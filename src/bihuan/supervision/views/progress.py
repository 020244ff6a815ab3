"""How far an assignment has got and whose turn it is, said in words."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.supervision.models import Assignment
from bihuan.supervision.queries.assignments import Sheet
from bihuan.supervision.rules import DUTY_STAGES, ENDED, RUNNING, Cycle, Duty, Light, Stage
from bihuan.supervision.views.faces import shown_light
from bihuan.ui import wording
from bihuan.ui.wording import say_day


@dataclass(frozen=True)
class Turn:
    """Who has to act next, until when."""

    mine: bool
    who: str
    what: str
    until: datetime | None = None
    signing: bool = False  # it is about signing for it, while the light is about the whole

    @property
    def sentence(self) -> str:
        """The next step with its deadline."""
        if not self.what:
            return ""
        if self.until is None:
            return _("下一步：%(who)s%(what)s。") % {"who": self.who, "what": self.what}
        said = {"who": self.who, "what": self.what, "until": wording.say_moment(self.until)}
        return _("下一步：%(who)s%(what)s，%(until)s前。") % said

    @property
    def until_label(self) -> str:
        if self.until is None:
            return ""
        if self.until < clock.now():
            late = wording.say_due(self.until)
            return _("签收%(late)s") % {"late": late} if self.signing else late
        return _("%(until)s前") % {"until": wording.say_moment(self.until)}

    @property
    def tone(self) -> str:
        """The light of the one whose turn it is."""
        if self.until is None:
            return ""
        if self.until < clock.now():
            return "r"
        return "y" if clock.office_day(self.until) == clock.today() else "g"


def turn_of(sheet: Sheet) -> Turn:
    one = sheet.assignment
    mine = sheet.recommended is not None
    unit, giver = one.unit.short_name, (one.office or one.issued_by).short_name
    if one.stage in ENDED:
        return Turn(False, "", "")
    if one.suspended_at is not None:
        return Turn(mine, giver, _("复核暂停"), one.review_on)
    if sheet.unit_ended:
        return Turn(mine, giver, _("确定承接单位"))
    if one.unit.is_external and one.lead and one.stage in DUTY_STAGES:
        return Turn(mine, one.lead.unit.short_name, _("登记%(unit)s的答复") % {"unit": unit}, one.due_at)
    match one.stage:
        case Stage.DISPATCHED:
            return Turn(mine, unit, _("签收"), one.sign_by or one.due_at, signing=one.sign_by is not None)
        case Stage.DECLINED:
            return Turn(mine, giver, _("决定维持或改派"), one.decide_by)
        case Stage.COMPLETED:
            passed = sheet.awaited is not None and sheet.awaited.state == "passed"
            return Turn(mine, reviewer_of(sheet), _("审定") if passed else _("审核"), one.decide_by)
        case Stage.ACCEPTED:
            what = _("公示") if sheet.situation.publicises else _("销号")
            return Turn(mine, giver, what, one.decide_by)
        case Stage.PUBLICISED:
            return Turn(mine, giver, _("公示期满后销号"), one.publicised_until)
    if sheet.draft is not None:
        return Turn(mine, unit, _("审签办结申报"), one.due_at)
    if sheet.extension is not None and sheet.extension.state == "asked":
        return Turn(mine, unit, _("审签延期申请"), one.answer_by)
    if sheet.extension is not None:
        return Turn(mine, giver, _("审批延期"), one.answer_by)
    return Turn(mine, unit, _("办理并申请办结"), one.due_at)


def reviewer_of(sheet: Sheet) -> str:
    one = sheet.assignment
    if one.office is not None and one.reviewer_id == one.issued_by_id:
        return one.office.short_name
    return one.reviewer.short_name


def steps_of(sheet: Sheet) -> list[str]:
    """The note under each of 交办·签收·办理·审核·销号."""
    one, now = sheet.assignment, sheet.now
    return [
        wording.say_day(one.dispatched_at),
        _signed(sheet),
        _worked(sheet, now),
        _reviewed(sheet),
        f"{wording.say_day(one.ended_at)} {one.get_outcome_display()}"
        if one.stage == Stage.WRITTEN_OFF
        else wording.NOTHING,
    ]


def _signed(sheet: Sheet) -> str:
    one = sheet.assignment
    if one.signed_at is None:
        if one.stage == Stage.DISPATCHED and one.sign_by:
            return _("应于%(until)s前") % {"until": wording.say_moment(one.sign_by)}
        return wording.NOTHING
    said = {"day": wording.say_day(one.signed_at), "span": say_span(one.signed_at - one.dispatched_at)}
    return _("%(day)s，用时 %(span)s") % said


def _worked(sheet: Sheet, now: datetime) -> str:
    one = sheet.assignment
    if one.signed_at is None:
        return wording.NOTHING
    span = {"span": say_spent(one, now)}
    spent = _("用时 %(span)s") % span if one.completed_at else _("已用 %(span)s") % span
    if one.returns and one.stage == Stage.WORKING:
        return _("第 %(n)d 次补充，%(spent)s") % {"n": one.returns, "spent": spent}
    return spent


def _reviewed(sheet: Sheet) -> str:
    one = sheet.assignment
    if one.accepted_at:
        return wording.say_day(one.accepted_at)
    if one.stage == Stage.COMPLETED and one.decide_by:
        said = {"who": reviewer_of(sheet), "until": wording.say_moment(one.decide_by)}
        return _("%(who)s，%(until)s前") % said
    return _("%(n)d 个工作日内") % {"n": sheet.regime["review.workdays"]}


def say_spent(one: Assignment, now: datetime) -> str:
    """How long an assignment has been with its unit, until it was complete or ended (用时)."""
    return say_span((one.completed_at or one.ended_at or now) - one.dispatched_at)


def say_span(span: timedelta) -> str:
    """A length of time in its largest unit."""
    if span >= timedelta(days=1):
        return _("%(n)d 天") % {"n": span.days}
    if span >= timedelta(hours=1):
        return _("%(n)d 小时") % {"n": span // timedelta(hours=1)}
    return _("%(n)d 分钟") % {"n": max(1, span // timedelta(minutes=1))}


@dataclass(frozen=True)
class Told:
    """The words on an assignment's page that are neither stored nor the domain's (页面用语)."""

    sheet: Sheet

    @property
    def light_label(self) -> str:
        """How near the deadline is while the clock runs, else where the assignment stands."""
        one = self.sheet.assignment
        text = str(shown_light(one, self.sheet.now).text)
        if one.is_overridden(self.sheet.now):
            return f"{text} · {wording.say_due(one.due_at)}"
        if one.stage in RUNNING and one.suspended_at is None and self.sheet.light != Light.PENDING:
            return wording.say_due(one.due_at)
        return text

    @property
    def light_letter(self) -> str:
        return shown_light(self.sheet.assignment, self.sheet.now).letter

    @property
    def unit_label(self) -> str:
        return _("牵头单位") if self.sheet.assignment.duty == Duty.LEAD else _("配合单位")

    @property
    def round_label(self) -> str:
        return _("第 %(n)d 轮") % {"n": self.sheet.assignment.round}

    @property
    def cycle_label(self) -> str:
        item, today = self.sheet.item, clock.office_day(self.sheet.now)
        label = str(Cycle(item.cycle_on(today)).label)
        if item.next_cycle_on is None or item.next_cycle_on <= today:
            return label
        said = {"now": label, "on": say_day(item.next_cycle_on), "next": Cycle(item.next_cycle).label}
        return _("%(now)s，自%(on)s起%(next)s") % said

    @property
    def days_granted(self) -> int:
        spans = ((one.due_granted or one.due_asked) - one.due_before for one in self.sheet.granted)
        return sum((span.days for span in spans), 0)

    @property
    def parts_done(self) -> str:
        parts = self.sheet.parts
        done = sum(part.stage not in RUNNING for part in parts)
        return _("%(done)d / %(all)d 已申报") % {"done": done, "all": len(parts)}

    @property
    def spent_label(self) -> str:
        return say_spent(self.sheet.assignment, self.sheet.now)
