"""Documents of the loop at every point of their life, brought there by the actions that people would take."""

from datetime import timedelta

from bihuan.documents.actions import review_paper
from bihuan.kernel import clock
from bihuan.org.roles import Role
from bihuan.supervision.actions.letters import draft_letter, issue_letter
from bihuan.supervision.models import Assignment, Letter, Plan
from bihuan.supervision.queries.letters import replies_of
from tests.remembered import remembered
from tests.supervision import scenes
from tests.town import TODAY

KINDS = ("slip", "rectification", "recommendation", "interview", "handover", "brief", "report")
REPLY_BY = TODAY + timedelta(days=10)
ASKING = dict.fromkeys(("slip", "rectification", "recommendation", "interview", "handover"), REPLY_BY)
WRITTEN = {
    "brief": {"work": "三个市州开展交叉检查。"},
    "report": {"problem": "部分事项连续两期没有进展。", "opening": "现将有关督查情况报告如下。"},
}


@remembered
def lettered(
    town, kind: str = "rectification", units=("东市局",), *, about=True, by: str = "省厅", **more
) -> Letter:
    """A draft by the giver about a duty that the first unit has."""
    matters = []
    if about and kind not in ("brief", "report"):
        matters = [scenes.given(town, units[0], by=by).pk]
    if kind == "interview":
        more = {"meets_at": scenes.DUE, "place": "省厅三楼会议室"} | more
    if kind in WRITTEN:
        more = {"words": WRITTEN[kind]} | more
    if kind == "report":
        units = ()
    more = {"unit_ids": [town.unit(name).pk for name in units], "reply_by": ASKING.get(kind)} | more
    return draft_letter(actor=town.actor(by), kind=kind, assignment_ids=matters, **more)


@remembered
def reviewed(town, kind: str = "rectification", units=("东市局",), *, by: str = "省厅", **more) -> Letter:
    letter = lettered(town, kind, units, by=by, **more)
    review_paper(paper_id=letter.paper_id, actor=town.actor(by, Role.SUPERVISOR, "乙"))
    return letter


@remembered
def issued(town, kind: str = "rectification", units=("东市局",), *, by: str = "省厅", **more) -> Letter:
    letter = reviewed(town, kind, units, by=by, **more)
    issue_letter(paper_id=letter.paper_id, actor=town.actor(by, Role.LEADER))
    return Letter.objects.select_related("paper").get(pk=letter.pk)


def reply_of(letter: Letter, unit) -> Assignment:
    return replies_of(letter).get(unit=unit)


def plan_of(town) -> Plan:
    from tests.circulars.scenes import plan_of as planned

    return planned(town)


def at(days: int):
    """Some days later, at nine."""
    return clock.frozen(clock.end_of(TODAY + timedelta(days=days)) - timedelta(hours=15))
