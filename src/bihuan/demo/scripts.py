"""How single duties went, from the punctual to the forgotten (情节)."""

from datetime import date, timedelta

from django.utils import timezone

from bihuan.demo.history import Script, office_hour
from bihuan.demo.world import World
from bihuan.kernel import clock
from bihuan.org.roles import Role
from bihuan.supervision.actions import closing, handling, reviewing, terms
from bihuan.supervision.models import Assignment, Report
from bihuan.supervision.rules import Stage as At
from bihuan.workdays.queries import calendar_for

PROGRESS = (
    "已召开专题会研究部署，明确{unit}分管负责人和具体承办人，梳理出需要推进的事项 {n} 项。",
    "完成摸底，形成问题清单 {n} 条，其中 {m} 条已经整改到位，其余逐条明确了时限。",
    "对照验收标准自查一遍，{n} 项要求中已完成 {m} 项，正在补齐佐证材料。",
    "到 {n} 个点位现场核对，发现 {m} 处与台账不一致，已更正并举一反三。",
)
NEXT = (
    "下步继续按周调度，确保按期完成。",
    "下步重点补齐薄弱环节，完成后申报办结。",
    "下步组织一次抽查，核实整改实效。",
)


class Duty:
    """One assignment with the people who have to do with it, and the things they do."""

    def __init__(self, world: World, assignment: Assignment, place: str, giver: str):
        self.world, self.pk, self.place, self.giver = world, assignment.pk, place, giver
        self.draw = world.draw
        self.dispatched_on = clock.office_day(assignment.dispatched_at)
        self.due_on = clock.office_day(assignment.due_at)
        self.title = assignment.item.title
        self.assists = assignment.lead_id is not None
        self.publicises = bool(assignment.item.plan and assignment.item.plan.publicises)
        self.criteria = list(assignment.item.criteria.values_list("pk", flat=True))
        self.handler_role = Role.HANDLER if world.holds(place, Role.HANDLER) else Role.SUPERVISOR

    def handler(self):
        return self.world.actor(self.place, self.handler_role)

    def leader(self):
        return self.world.actor(self.place, Role.LEADER)

    def supervisor(self, number: int = 1):
        return self.world.actor(self.giver, Role.SUPERVISOR, number)

    def boss(self):
        return self.world.actor(self.giver, Role.LEADER)

    def fresh(self) -> Assignment:
        return Assignment.objects.get(pk=self.pk)

    def sign(self) -> None:
        handling.sign_assignment(assignment_id=self.pk, actor=self.handler())

    def report(self, progress: int) -> None:
        n = self.draw.randint(3, 28)
        text = self.draw.choice(PROGRESS).format(
            unit=self.place.split("/")[-1], n=n, m=max(1, n * progress // 100)
        )
        handling.report_progress(
            assignment_id=self.pk,
            actor=self.handler(),
            text=f"{text}（“{self.title}”）",
            next_steps=self.draw.choice(NEXT),
            progress=progress,
        )

    def accept_report(self) -> None:
        report = Report.objects.filter(assignment=self.pk).latest("reported_at")
        reviewing.accept_report(report_id=report.pk, actor=self.supervisor())

    def submit(self) -> None:
        handling.submit_completion(
            assignment_id=self.pk,
            actor=self.handler(),
            text=f"“{self.title}”已按要求完成，验收标准逐条对照达到，佐证材料齐备。",
            override="配合单位材料已口头确认，书面反馈随后补齐。",
        )

    def sign_off(self) -> None:
        handling.sign_submission(
            assignment_id=self.pk, actor=self.leader(), override="配合事项不影响本件办结。"
        )

    def pre_review(self) -> None:
        reviewing.pre_review_submission(
            assignment_id=self.pk,
            actor=self.supervisor(),
            opinion="材料齐全，逐条核对达到验收标准。",
            verdicts=dict.fromkeys(self.criteria, "met"),
        )

    def approve(self) -> None:
        reviewing.approve_submission(
            assignment_id=self.pk, actor=self.boss(), opinion="同意办结。", override=self._open_assists()
        )

    def write_off(self) -> None:
        outcome = "sustained" if self.draw.random() < 0.06 else "done"
        closing.write_off_assignment(
            assignment_id=self.pk, actor=self.supervisor(), outcome=outcome, basis="台账逐项核对，准予销号。"
        )

    def _open_assists(self) -> str:
        waiting = handling.unfinished_assists(self.fresh())
        return "配合单位未办结不影响主体任务，按记名处理。" if waiting else ""

    def span(self, share: float):
        """A day so far along between dispatch and deadline."""
        return self.dispatched_on + timedelta(days=round((self.due_on - self.dispatched_on).days * share))

    def signing(self):
        return office_hour(
            self.dispatched_on + timedelta(days=self.draw.choice([0, 0, 0, 0, 1])),
            15,
            self.draw.randint(0, 59),
        )


def work(duty: Duty, until: float, *, last: int) -> Script:
    """Sign and report now and then until a share of the time has passed."""
    yield duty.signing()
    duty.sign()
    steps = max(1, round((duty.due_on - duty.dispatched_on).days * until / 30))
    for step in range(1, min(steps, 8) + 1):
        yield office_hour(duty.span(until * step / min(steps, 8)), 10, duty.draw.randint(0, 59))
        duty.report(last * step // min(steps, 8))

    if not duty.assists:
        yield office_hour(clock.today() + timedelta(days=2), 11)
        duty.accept_report()


def finish(duty: Duty, day) -> Script:
    """Submission and the unit's own sign-off."""
    yield office_hour(day, 9, duty.draw.randint(0, 59))
    duty.submit()
    yield office_hour(day, 16, duty.draw.randint(0, 59))
    duty.sign_off()


def judged(duty: Duty) -> Script:
    """Pre-review and approval within two or three days."""
    yield office_hour(clock.today() + timedelta(days=1), 10, duty.draw.randint(0, 59))
    duty.pre_review()
    yield office_hour(clock.today() + timedelta(days=1), 15, duty.draw.randint(0, 59))
    duty.approve()


def struck(duty: Duty) -> Script:
    """Written off, after the publicity the plan may ask for."""
    yield office_hour(clock.today() + timedelta(days=1), 9, 30)
    if duty.publicises:
        closing.publicise_assignment(assignment_id=duty.pk, actor=duty.supervisor())
        until = duty.fresh().publicised_until
        assert until is not None
        yield until + timedelta(hours=10)
    duty.write_off()


def closed(duty: Duty) -> Script:
    yield from work(duty, 0.75, last=90)
    yield from finish(duty, duty.span(0.8 + duty.draw.random() * 0.15))
    yield from judged(duty)
    yield from struck(duty)


def assisted(duty: Duty, lead_place: str) -> Script:
    """An assisting unit does its part and the lead accepts it."""
    yield from work(duty, 0.5, last=80)
    if duty.draw.random() < 0.7:
        yield from finish(duty, duty.span(0.7))
        yield office_hour(clock.today() + timedelta(days=1), 10)
        handler = Role.HANDLER if duty.world.holds(lead_place, Role.HANDLER) else Role.SUPERVISOR
        reviewing.approve_submission(
            assignment_id=duty.pk,
            actor=duty.world.actor(lead_place, handler),
            opinion="配合事项已完成。",
            verdicts=dict.fromkeys(duty.criteria, "met"),
        )


def closed_late(duty: Duty) -> Script:
    yield from work(duty, 0.9, last=70)
    yield office_hour(duty.due_on + timedelta(days=1), 9)
    duty_urged(duty)
    yield from finish(duty, duty.due_on + timedelta(days=duty.draw.randint(2, 6)))
    yield from judged(duty)
    yield from struck(duty)


def accepted(duty: Duty) -> Script:
    yield from work(duty, 0.7, last=95)
    yield from finish(duty, ago(6))
    yield from judged(duty)


def publicised(duty: Duty) -> Script:
    yield from work(duty, 0.6, last=95)
    yield from finish(duty, ago(9))
    yield from judged(duty)
    yield office_hour(clock.today() + timedelta(days=1), 9, 30)
    closing.publicise_assignment(assignment_id=duty.pk, actor=duty.supervisor())


def review(duty: Duty) -> Script:
    yield from work(duty, 0.7, last=95)
    yield from finish(duty, ago(2))


def passed(duty: Duty) -> Script:
    yield from work(duty, 0.7, last=95)
    yield from finish(duty, ago(4))
    yield office_hour(clock.today() + timedelta(days=1), 10)
    duty.pre_review()


def working(duty: Duty) -> Script:
    """Reports now and then, the last time not long ago."""
    here = clock.office_day(now())
    elapsed = (here - duty.dispatched_on).days / max(1, (duty.due_on - duty.dispatched_on).days)
    last = duty.draw.randint(72, 94)
    yield from work(duty, min(0.9, elapsed * 0.8), last=last - 10)
    yield office_hour(ago(duty.draw.randint(1, 8)), 10, duty.draw.randint(0, 59))
    if duty.fresh().stage == At.WORKING:
        duty.report(last)
        if not duty.assists:
            yield office_hour(clock.today() + timedelta(days=2), 11)
            duty.accept_report()


def near(duty: Duty) -> Script:
    """Little time left and nothing heard for a while."""
    yield from work(duty, 0.55, last=duty.draw.randint(40, 70))


def unsigned(duty: Duty) -> Script:
    yield from ()


def overdue(duty: Duty) -> Script:
    yield from work(duty, 0.7, last=duty.draw.randint(45, 75))
    yield office_hour(duty.due_on + timedelta(days=1), 9)
    duty_urged(duty)


def explained(duty: Duty) -> Script:
    yield from overdue(duty)
    yield office_hour(clock.today() + timedelta(days=1), 10)
    explanation = handling.explain_assignment(
        assignment_id=duty.pk, actor=duty.handler(), text="第三方审计机构更换，外业推迟两周，已重新排定进度。"
    )
    yield office_hour(clock.today() + timedelta(days=1), 15)
    reviewing.answer_explanation(
        explanation_id=explanation.pk,
        actor=duty.supervisor(),
        accepted=True,
        holds_until=clock.today() + timedelta(days=14),
    )


def returned(duty: Duty) -> Script:
    yield from work(duty, 0.7, last=85)
    yield from finish(duty, ago(9))
    yield office_hour(clock.today() + timedelta(days=2), 11)
    reviewing.return_submission(
        assignment_id=duty.pk,
        actor=duty.supervisor(),
        opinion="只缺 1 项：现场照片与台账日期对不上，请补充原始记录。",
    )


def declined(duty: Duty) -> Script:
    yield office_hour(ago(1), 11)
    handling.decline_assignment(
        assignment_id=duty.pk, actor=duty.handler(), reason="按三定方案，该事项由市场监管部门牵头，建议改派。"
    )


def extended(duty: Duty) -> Script:
    yield from work(duty, 0.8, last=70)
    yield from asked(duty, duty.due_on - timedelta(days=3))
    yield office_hour(clock.today() + timedelta(days=1), 14)
    terms.grant_extension(assignment_id=duty.pk, actor=duty.boss(), opinion="同意延期，请抓紧。")


def extension_pending(duty: Duty) -> Script:
    yield from work(duty, 0.8, last=70)
    yield from asked(duty, ago(2))


def asked(duty: Duty, day) -> Script:
    yield office_hour(day, 9, 40)
    terms.ask_extension(
        assignment_id=duty.pk,
        actor=duty.handler(),
        due_at=clock.end_of(duty.due_on + timedelta(days=20)),
        reason="部分点位账册外借审计，需延后调取核对。",
        progress="已完成八成，剩余点位待账册归还后核对。",
    )
    yield office_hour(day, 15, 10)
    terms.endorse_extension(assignment_id=duty.pk, actor=duty.leader())


def suspended(duty: Duty) -> Script:
    yield from work(duty, 0.6, last=40)
    yield office_hour(ago(15), 10)
    terms.suspend_assignment(
        assignment_id=duty.pk,
        actor=duty.boss(),
        reason="等待上级资金清理口径，口径明确后恢复。",
        review_on=clock.now() + timedelta(days=45),
    )


def relapsed(duty: Duty) -> Script:
    yield from closed(duty)
    yield office_hour(ago(8), 10)
    ended_at = duty.fresh().ended_at
    assert ended_at is not None
    closing.look_back(
        assignment_id=duty.pk,
        actor=duty.supervisor(),
        verdict="relapsed",
        finding="抽查发现联系记录停留在上半年，问题清单没有更新，制度执行出现反弹。",
        due_at=clock.end_of(clock.today() + timedelta(days=30)),
        early="列入首批回头看。" if ended_at > clock.now() - timedelta(days=184) else "",
    )


def held(duty: Duty) -> Script:
    yield from closed(duty)
    yield office_hour(clock.today() + timedelta(days=60), 10)
    closing.look_back(
        assignment_id=duty.pk,
        actor=duty.supervisor(),
        verdict="held",
        finding="抽查未发现反弹，制度持续执行。",
        early="列入首批回头看。",
    )


def duty_urged(duty: Duty) -> None:
    if duty.fresh().stage in (At.WORKING, At.DISPATCHED):
        terms.urge_assignment(
            assignment_id=duty.pk,
            actor=duty.supervisor(),
            text="已超过时限，请于两个工作日内反馈进展或说明情况。",
        )


def now():
    """The real present, also inside a script's past moment."""
    return timezone.now()


def ago(days: int) -> date:
    """The last workday that is at least so many days back: never in the future, whatever today is."""
    return calendar_for().plus_workdays(clock.office_day(now()) - timedelta(days=days - 1), -1)


STORIES = {
    one.__name__: one
    for one in (
        closed, closed_late, accepted, publicised, review, passed, working, near, unsigned, overdue, explained,
        returned, declined, extended, extension_pending, suspended, relapsed, held,
    )
}  # fmt: skip
