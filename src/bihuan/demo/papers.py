"""Documents of every kind at several points of their life, written and answered by the people of the demonstration.

One prefecture's overdue matters bring a slip, a rectification notice, a recommendation and an interview; a handover,
a bulletin and a report come beside them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bihuan.demo import scripts
from bihuan.demo.history import Script, Stage, office_hour
from bihuan.demo.world import PROVINCE, World
from bihuan.documents.actions import acknowledge_paper, ask_countersign, countersign_paper, review_paper
from bihuan.documents.models import Paper
from bihuan.kernel import clock
from bihuan.org.roles import Role
from bihuan.supervision.actions import answering, closing, handling, letters, reviewing, templating
from bihuan.supervision.letters import LETTERS, as_rows
from bihuan.supervision.models import Assignment, Letter, Plan
from bihuan.supervision.queries.letters import reply_for
from bihuan.supervision.rules import Duty
from bihuan.supervision.rules import Stage as At

LATE = "酒泉市教育局"
OTHERS = ("天水市教育局", "金昌市教育局")
PRESIDING = "省纪委监委驻省教育厅纪检监察组"


@dataclass
class Desk:
    """Whoever writes documents in the province, and whoever answers them below."""

    world: World
    plan: Plan

    def supervisor(self, number: int = 1) -> Any:
        return self.world.actor(PROVINCE, Role.SUPERVISOR, number)

    def leader(self) -> Any:
        return self.world.actor(PROVINCE, Role.LEADER)

    def handler(self, place: str) -> Any:
        return self.world.actor(place, Role.HANDLER)

    def unit(self, place: str) -> int:
        return int(self.world.unit(place).pk)

    def matters(self, place: str, most: int, *, late: bool = True) -> list[int]:
        """Open lead assignments of the plan at a unit, the overdue ones first."""
        rows = Assignment.objects.open().filter(
            item__plan=self.plan, duty=Duty.LEAD, issued_by__name=PROVINCE
        )
        rows = rows.filter(unit__name=place).order_by("due_at", "pk")
        overdue = list(rows.overdue(clock.now()).values_list("pk", flat=True)[:most])
        if late:
            return overdue
        return list(rows.exclude(pk__in=overdue).values_list("pk", flat=True)[:most])


def written(stage: Stage, plan: Plan) -> None:
    """Let all of them be written; each in its own time."""
    desk = Desk(stage.world, plan)
    for script in (
        _template(desk),
        _recommendation(desk),
        _contested(desk),
        _rectification(desk),
        _handover(desk),
        _interview(desk),
        _brief(desk),
        _report(desk),
        _slip(desk),
    ):
        stage.add(script)


def _ago(days: int, hour: int = 9) -> Any:
    return office_hour(clock.office_day(_now()) - timedelta(days=days), hour)


def _now() -> Any:
    return scripts.now()


def _in(days: int) -> date:
    return office_hour(clock.today() + timedelta(days=days), 9).date()


def issue(desk: Desk, letter: Letter) -> None:
    letters.issue_letter(paper_id=letter.paper_id, actor=desk.leader())


def review(desk: Desk, letter: Letter) -> None:
    review_paper(paper_id=letter.paper_id, actor=desk.supervisor(2))


def _reply(letter: Letter, place: str) -> Assignment | None:
    fresh = Letter.objects.select_related("paper").get(pk=letter.pk)
    addressee = fresh.addressed.filter(unit__name=place).first()
    return reply_for(fresh, addressee) if addressee else None


def answer(desk: Desk, letter: Letter, place: str, **said: Any) -> None:
    """The unit replies, and its leader signs."""
    answering.reply_to_letter(paper_id=letter.paper_id, actor=desk.handler(place), **said)
    reply = _reply(letter, place)
    if reply is not None and reply.stage == At.WORKING:
        handling.sign_submission(assignment_id=reply.pk, actor=desk.world.actor(place, Role.LEADER))


def accept(desk: Desk, letter: Letter, place: str) -> None:
    """Two people in the province find the reply right, and strike it off."""
    reply = _reply(letter, place)
    if reply is None:
        return
    reviewing.pre_review_submission(assignment_id=reply.pk, actor=desk.supervisor())
    reviewing.approve_submission(assignment_id=reply.pk, actor=desk.leader(), opinion="措施具体，予以认可。")
    closing.write_off_assignment(assignment_id=reply.pk, actor=desk.supervisor(), outcome="done")


def _template(desk: Desk) -> Script:
    """The province settles how its recommendations begin."""
    yield _ago(75)
    template = as_rows(LETTERS["recommendation"].template)
    template["cc"] = PRESIDING
    template["code"] = "甘教监建"
    edition = templating.draft_template(actor=desk.supervisor(), kind="recommendation", rows=template)
    templating.put_template_in_force(
        edition_id=edition.pk, actor=desk.supervisor(), reason="监察建议统一抄送驻厅纪检监察组，代字单列"
    )


def _recommendation(desk: Desk) -> Script:
    """From draft to the files: countersigned, served, replied with promises, accepted, closed."""
    yield _ago(58)
    matters = desk.matters(LATE, 2) or desk.matters(LATE, 2, late=False)
    letter = letters.draft_letter(
        actor=desk.supervisor(),
        kind="recommendation",
        assignment_ids=matters,
        unit_ids=[desk.unit(LATE)],
        words={
            "problem": "（一）责任没有落到岗位。有关事项只明确到科室，没有明确到人。\n"
            "（二）台账与实际不一致。抽查的3所幼儿园资金流水没有按月核对。",
            "demand": "（一）逐项明确责任人员和完成时限。\n（二）建立按月核对制度，连续核对3个月。\n"
            "（三）对同类事项开展自查。",
        },
        reply_by=_in(15),
    )
    yield _ago(57)
    review(desk, letter)
    offices = [desk.unit(f"{PROVINCE}/基础教育处"), desk.unit(f"{PROVINCE}/财务处")]
    ask_countersign(paper_id=letter.paper_id, actor=desk.supervisor(2), unit_ids=offices)
    yield _ago(56)
    for name in ("基础教育处", "财务处"):
        office = desk.world.actor(f"{PROVINCE}/{name}", Role.LEADER)
        countersign_paper(paper_id=letter.paper_id, actor=office, opinion="同意。")
    yield _ago(55, 15)
    issue(desk, letter)
    yield _ago(54)
    acknowledge_paper(paper_id=letter.paper_id, actor=desk.handler(LATE))
    yield _ago(46)
    promises = [
        answering.Promised("明确各事项责任人员并报备", _in(12)),
        answering.Promised("建立资助资金按月核对制度", _in(60)),
    ]
    said = "全部采纳。已召开专题会议，逐项明确责任人员；按月核对制度正在拟订，自查同步开展。"
    answer(desk, letter, LATE, text=said, adoption="full", promises=promises)
    yield _ago(44)
    accept(desk, letter, LATE)
    yield _ago(40)
    letters.close_letter(paper_id=letter.paper_id, actor=desk.supervisor())


def _contested(desk: Desk) -> Script:
    """A rectification notice to two units: one objects and is heard, the other replied and waits for review."""
    yield _ago(20)
    letter = letters.draft_letter(
        actor=desk.supervisor(),
        kind="rectification",
        unit_ids=[desk.unit(place) for place in OTHERS],
        words={
            "problem": "（一）校外培训机构预收费监管账户开户不全。\n（二）校服采购公示材料没有按时上传。",
            "basis": "学校作风建设专项行动工作方案。",
            "demand": "请对照清单逐家核对，补齐监管账户和公示材料，整改情况附核查记录。",
        },
        reply_by=_in(25),
        cc="厅基础教育处、校外培训监管处",
    )
    yield _ago(19)
    review(desk, letter)
    yield _ago(18, 15)
    issue(desk, letter)
    first, second = OTHERS
    yield _ago(17)
    for place in OTHERS:
        acknowledge_paper(paper_id=letter.paper_id, actor=desk.handler(place))
    yield _ago(15)
    objection = answering.object_to_letter(
        paper_id=letter.paper_id,
        actor=desk.handler(second),
        reason="本市3家机构已于上月注销办学许可，不再收取预收费，监管账户随之销户，证明材料已报省厅。",
    )
    yield _ago(12)
    answering.decide_letter_objection(
        objection_id=objection.pk,
        actor=desk.leader(),
        upheld=True,
        answer="经核对注销证明，异议成立，撤回对你局的整改要求。",
    )
    yield _ago(6)
    answer(desk, letter, first, text="监管账户已补开齐，公示材料已全部上传，核查记录附后。")


def _rectification(desk: Desk) -> Script:
    """Served, not answered yet; an objection to it waits for its decision."""
    yield _ago(8)
    matters = desk.matters(LATE, 3)
    letter = letters.draft_letter(
        actor=desk.supervisor(),
        kind="rectification",
        assignment_ids=matters,
        unit_ids=[desk.unit(LATE)],
        words={} if matters else {"problem": "学生资助台账没有按月核对。"},
        reply_by=_in(18),
        urgency=Paper.Urgency.URGENT,
    )
    yield _ago(7)
    review(desk, letter)
    yield _ago(7, 15)
    issue(desk, letter)
    yield _ago(4)
    answering.object_to_letter(
        paper_id=letter.paper_id,
        actor=desk.handler(LATE),
        reason="其中1件事项已于本周申报办结，材料正在审核，申请不列入整改。",
    )


def _handover(desk: Desk) -> Script:
    """Given to three prefectures at once, and waiting for the countersignature of an office."""
    yield _ago(10)
    letter = letters.draft_letter(
        actor=desk.supervisor(),
        kind="handover",
        unit_ids=[desk.unit(place) for place in (LATE, *OTHERS)],
        title="关于交办寒假前校园安全隐患排查事项的函",
        words={
            "matter": "寒假前对辖区学校实验室、食堂、宿舍开展一次安全隐患排查。",
            "basis": "全省学校安全工作视频会议要求。",
            "demand": "请明确责任人员，按校建立问题清单，边查边改；遇有困难及时说明。",
        },
        reply_by=_in(30),
        urgency=Paper.Urgency.MOST,
    )
    yield _ago(9)
    review(desk, letter)
    yield _ago(9, 15)
    issue(desk, letter)
    yield _ago(8)
    acknowledge_paper(paper_id=letter.paper_id, actor=desk.handler(LATE))
    yield _ago(2)
    second = letters.draft_letter(
        actor=desk.supervisor(),
        kind="handover",
        unit_ids=[desk.unit(place) for place in OTHERS],
        title="关于交办义务教育优质均衡自评事项的函",
        words={
            "matter": "对照评估标准完成义务教育优质均衡发展自评并上报差距清单。",
            "basis": "年度督导计划。",
        },
        reply_by=_in(40),
    )
    yield _ago(1)
    review(desk, second)
    ask_countersign(
        paper_id=second.paper_id, actor=desk.supervisor(2), unit_ids=[desk.unit(f"{PROVINCE}/基础教育处")]
    )


def _interview(desk: Desk) -> Script:
    """Reviewed; the leader has still to sign."""
    yield _ago(2, 10)
    matters = desk.matters(LATE, 1)
    letter = letters.draft_letter(
        actor=desk.supervisor(),
        kind="interview",
        assignment_ids=matters,
        unit_ids=[desk.unit(LATE)],
        words={} if matters else {"matter": "有关事项连续两期没有进展。"},
        reply_by=_in(20),
        meets_at=office_hour(clock.today() + timedelta(days=9), 15),
        place="省教育厅三楼会议室",
    )
    yield _ago(1, 10)
    review(desk, letter)


def _brief(desk: Desk) -> Script:
    yield _ago(13)
    places: Sequence[str] = (LATE, *OTHERS)
    letter = letters.draft_letter(
        actor=desk.supervisor(),
        kind="brief",
        plan_id=desk.plan.pk,
        unit_ids=[desk.unit(place) for place in places],
        title="督查工作简报（作风建设专项行动）",
        words={"work": "酒泉市把任务分解到县区，逐县核查减免保教费；天水市开展交叉检查，发现问题当场移交。"},
    )
    yield _ago(12)
    review(desk, letter)
    yield _ago(12, 15)
    issue(desk, letter)
    yield _ago(11)
    acknowledge_paper(paper_id=letter.paper_id, actor=desk.handler(LATE))


def _report(desk: Desk) -> Script:
    """A report to the leaders, signed and filed; and one that is still being written."""
    yield _ago(32)
    letter = letters.draft_letter(
        actor=desk.supervisor(),
        kind="report",
        plan_id=desk.plan.pk,
        title="关于学校作风建设专项行动督查情况的报告",
        words={"problem": "部分市州对长期事项缺少按月核对，个别事项连续两期没有进展。"},
    )
    yield _ago(31)
    review(desk, letter)
    yield _ago(31, 15)
    issue(desk, letter)
    yield _ago(30)
    letters.close_letter(paper_id=letter.paper_id, actor=desk.supervisor())
    yield _ago(1, 14)
    letters.draft_letter(
        actor=desk.supervisor(), kind="report", plan_id=desk.plan.pk, title="关于年底前重点事项督查情况的报告"
    )


def _slip(desk: Desk) -> Script:
    """One served and answered in time, one drafted."""
    yield _ago(16)
    for number, key in enumerate(desk.matters(OTHERS[0], 1) + desk.matters(LATE, 1)):
        letter = letters.draft_slip(
            assignment_id=key,
            actor=desk.supervisor(),
            requirement="请书面说明未按时限完成的原因和补办措施，明确完成日期。",
            reply_by=_in(7),
        )
        if number:
            continue
        yield _ago(15, 10)
        review(desk, letter)
        yield _ago(15, 15)
        issue(desk, letter)
        yield _ago(11, 10)
        answer(
            desk,
            letter,
            OTHERS[0],
            text="因第三方审计机构更换，外业推迟两周；已重新排定进度，下月10日前办结。",
        )
        yield _ago(10, 10)
        accept(desk, letter, OTHERS[0])
