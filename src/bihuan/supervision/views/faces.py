"""How operations, events, lights and stages look: pictures and tones, nothing that decides anything."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from bihuan.org.roles import Cap
from bihuan.supervision.models import Assignment, LookBack
from bihuan.supervision.models.ladders import rung_behind
from bihuan.supervision.operations import RULES, SELDOM, Operation, Situation, label_of
from bihuan.supervision.queries.assignments import Happening, Sheet
from bihuan.supervision.rules import Cycle, Light, Outcome, Stage
from bihuan.supervision.rungs import Wait
from bihuan.ui import wording

ICONS = {
    Operation.SIGN: "checkbox",
    Operation.DECLINE: "arrow-back-up",
    Operation.REPORT: "message-report",
    Operation.COMPLETE: "flag-check",
    Operation.RECORD: "mail-opened",
    Operation.RETRACT: "arrow-back-up",
    Operation.SIGN_OFF: "signature",
    Operation.SEND_BACK: "arrow-back-up",
    Operation.BREAK_DOWN: "sitemap",
    Operation.OBSTACLE: "barrier-block",
    Operation.EXPLAIN: "message-2",
    Operation.EXTEND: "calendar-plus",
    Operation.ENDORSE: "calendar-check",
    Operation.WITHDRAW: "calendar-x",
    Operation.GRANT: "calendar-check",
    Operation.REFUSE: "calendar-x",
    Operation.INSIST: "gavel",
    Operation.REASSIGN: "arrows-exchange",
    Operation.TRANSFER: "arrows-exchange",
    Operation.JOIN: "arrow-merge",
    Operation.ACCEPT_REPORT: "thumb-up",
    Operation.RETURN_REPORT: "arrow-back-up",
    Operation.REVIEW: "list-check",
    Operation.URGE: "bell-ringing",
    Operation.SLIP: "file-alert",
    Operation.INSTRUCT: "pencil",
    Operation.ANSWER: "message-reply",
    Operation.SUSPEND: "player-pause",
    Operation.RESUME: "player-play",
    Operation.LIGHT: "traffic-lights",
    Operation.PUBLICISE: "speakerphone",
    Operation.OBJECT: "message-exclamation",
    Operation.WRITE_OFF: "circle-check",
    Operation.LOOK_BACK: "history",
    Operation.CANCEL: "ban",
}


EVENTS = {
    # the last part of the ledger verb: (picture, tone)
    "dispatched": ("send", ""),
    "signed": ("checkbox", ""),
    "declined": ("arrow-back-up", "y"),
    "insisted": ("gavel", ""),
    "reassigned": ("arrows-exchange", ""),
    "broken_down": ("sitemap", ""),
    "reported": ("message-report", "g"),
    "report_accepted": ("thumb-up", "g"),
    "report_returned": ("arrow-back-up", "r"),
    "submission_drafted": ("flag", ""),
    "submission_withdrawn": ("arrow-back-up", ""),
    "submission_sent_back": ("arrow-back-up", "y"),
    "completed": ("flag", ""),
    "criteria_checked": ("list-check", ""),
    "pre_reviewed": ("checks", "g"),
    "returned": ("arrow-back-up", "r"),
    "accepted": ("circle-check", "g"),
    "publicised": ("speakerphone", ""),
    "objected": ("message-exclamation", "y"),
    "written_off": ("circle-check", "g"),
    "looked_back": ("history", ""),
    "cancelled": ("ban", ""),
    "extension_asked": ("calendar-plus", "y"),
    "extension_endorsed": ("calendar-check", "y"),
    "extension_withdrawn": ("calendar-x", ""),
    "extension_granted": ("calendar-plus", "y"),
    "extension_refused": ("calendar-x", "r"),
    "extension_met": ("calendar-check", ""),
    "redated": ("calendar-event", ""),
    "recycled": ("refresh", ""),
    "suspended": ("player-pause", ""),
    "resumed": ("player-play", ""),
    "light_set": ("traffic-lights", "y"),
    "light_restored": ("traffic-lights", ""),
    "urged": ("bell-ringing", "r"),
    "instructed": ("pencil", "y"),
    "explained": ("message-2", ""),
    "explanation_answered": ("message-reply", ""),
    "obstacle_raised": ("barrier-block", "y"),
    "moved": ("arrows-exchange", ""),
    "reissued": ("arrows-exchange", ""),
    "joined": ("arrow-merge", ""),
}

STEP_NOW = {
    Stage.DISPATCHED: 2,
    Stage.DECLINED: 2,
    Stage.WORKING: 3,
    Stage.COMPLETED: 4,
    Stage.ACCEPTED: 5,
    Stage.PUBLICISED: 5,
    Stage.WRITTEN_OFF: 6,
}
"""Which of the five steps is the present one; 6 when all are done."""


@dataclass(frozen=True)
class Button:
    """One operation as something to press."""

    operation: Operation
    label: Any
    icon: str
    url: str

    @property
    def is_seldom(self) -> bool:
        return self.operation in SELDOM


def button(operation: Operation, assignment_id: int, situation: Situation | None = None) -> Button:
    label = label_of(operation, situation) if situation else operation.label
    return Button(
        operation, label, ICONS[operation], reverse(f"assignment-{operation.value}", args=[assignment_id])
    )


@dataclass(frozen=True)
class Shown:
    """A light as the theme draws it."""

    letter: str
    text: Any
    why: str = ""


LIGHTS_SHORT = {
    Light.RED.value: Shown("r", _("逾期")),
    Light.STRONG.value: Shown("yy", _("加急")),
    Light.AMBER.value: Shown("y", _("临期")),
    Light.PENDING.value: Shown("w", _("延期待批")),
    Light.GREEN.value: Shown("g", _("正常")),
    Light.RESTING.value: Shown("w", _("待审核")),
}


def shown_light(one: Assignment, at: datetime) -> Shown:
    """Resting and ended assignments say where they stand; the others have the fixed words of their light."""
    light = one.light(at)
    if light == Light.CLOSED:
        return Shown("c", one.get_stage_display())
    if light == Light.RESTING:
        return Shown("w", _("暂停计时") if one.suspended_at else one.get_stage_display())
    if light == Light.PENDING:
        return Shown("y", light.label)
    if one.is_overridden(at):
        return Shown(light.value, _("%(light)s（人工）") % {"light": light.label})
    return Shown(light.value, light.label)


@dataclass(frozen=True)
class Line:
    """A line of the trail with its picture and the facts worth saying."""

    happening: Happening
    label: Any
    icon: str
    tone: str
    who: str
    facts: list[str]
    sealed: bool

    @property
    def verdict_tone(self) -> str:
        report = self.happening.report
        return "r" if report and report.verdict == "returned" else "g"


WEIGHTY = {
    "dispatched",
    "completed",
    "returned",
    "accepted",
    "written_off",
    "looked_back",
    "extension_granted",
}
"""Lines that show their seal; the others would drown in it."""


def line(happening: Happening, units: dict[int, str]) -> Line:
    icon, tone = EVENTS.get(happening.verb, ("point", ""))
    return Line(
        happening,
        label_of_event(happening),
        icon,
        tone,
        who_did(happening, units),
        list(_facts(happening, units)),
        happening.verb in WEIGHTY,
    )


SOUNDED = {"reminded", "pressed", "proposed"}


def label_of_event(happening: Happening) -> Any:
    """What happened; of a rung that sounded its own name (催签收), because the verb says nothing of what was late.

    A rung of a ladder that an authority settled for itself is called by the verb, whatever was made of it since.
    """
    entry = happening.entry
    if happening.verb not in SOUNDED or entry.facts.get("ladder"):
        return entry.label
    wait, _dot, code = entry.facts["rung"].partition(".")
    rung = rung_behind(None, Wait(wait), code)
    return rung.label if rung else entry.label


def who_did(happening: Happening, units: dict[int, str]) -> str:
    """Who, for which unit; of a report also its estimate."""
    facts = happening.entry.facts
    if happening.verb == "dispatched":
        return _("%(giver)s → %(unit)s") % {"giver": happening.unit, "unit": units.get(facts["unit"], "")}
    if not happening.who:
        return str(_("系统"))
    said = [f"{happening.unit} {happening.who}".strip()]
    if facts.get("progress") is not None and happening.verb == "reported":
        said.append(_("自评进度 %(n)s%%") % {"n": facts["progress"]})
    return " · ".join(said)


def _facts(happening: Happening, units: dict[int, str]) -> Iterator[str]:
    """The facts of an entry that its words do not say."""
    facts, verb = happening.entry.facts, happening.verb
    if verb == "written_off":
        yield _("结论：%(outcome)s") % {"outcome": Outcome(facts["outcome"]).label}
    if verb == "looked_back":
        yield LookBack.Verdict(facts["verdict"]).label
    if verb == "objected":
        yield _("异议成立，继续办理") if facts["founded"] else _("异议不成立")
    if verb == "accepted" and facts.get("single"):
        yield _("仅一人有审核资格，单人审定")
    if verb == "accepted" and facts.get("override"):
        yield _("特批认定")
    if verb == "explanation_answered":
        yield _("认可至%(day)s") % {"day": _day(facts["holds_until"])} if facts["accepted"] else _("未认可")
    if verb == "reassigned":
        yield _("改派给%(unit)s") % {"unit": units.get(facts["unit"], "")}
    if verb == "broken_down":
        yield _("分解为 %(n)d 项") % {"n": facts["parts"]}
    if verb in ("redated", "resumed"):
        yield _("%(old)s → %(new)s") % {"old": _moment(facts["was_due"]), "new": _moment(facts["due"])}
    if verb == "recycled":
        yield _("%(old)s → %(new)s，自%(day)s起") % {
            "old": Cycle(facts["was_cycle"]).label,
            "new": Cycle(facts["cycle"]).label,
            "day": _day(facts["from_on"]),
        }
    if verb == "returned":
        yield _("时限 %(due)s") % {"due": _moment(facts["due"])}
    if verb == "light_set":
        yield _("%(computed)s → %(light)s，至%(until)s") % {
            "computed": Light(facts["computed"]).label,
            "light": Light(facts["light"]).label,
            "until": _moment(facts["until"]),
        }
    if verb == "suspended":
        yield _("%(day)s复核") % {"day": _moment(facts["review_on"])}
    if verb == "publicised":
        yield _("公示至%(day)s") % {"day": _moment(facts["until"])}
    if verb == "insisted" and "sign_by" in facts:
        yield _("%(day)s前签收") % {"day": _moment(facts["sign_by"])}
    if verb == "dispatched":
        yield _("时限 %(due)s") % {"due": _moment(facts["due"])}


def _moment(written: str) -> str:
    return wording.say_moment(datetime.fromisoformat(written))


def _day(written: str) -> str:
    return wording.say_day(date.fromisoformat(written))


WHO = {
    Cap.SIGN_FOR: (_("承办单位的督查员、承办人或联络员"), "unit"),
    Cap.HANDLE: (_("承办单位的督查员、承办人或联络员"), "unit"),
    Cap.SIGN_OFF: (_("承办单位的领导"), "unit"),
    Cap.BREAK_DOWN: (_("承办单位的领导或督查员"), "unit"),
    Cap.URGE: (_("交办单位的领导或督查员"), "giver"),
    Cap.PRE_REVIEW: (_("审核单位的督查员"), "reviewer"),
    Cap.APPROVE: (_("审核单位的领导或督查员"), "reviewer"),
    Cap.DECIDE: (_("交办单位的领导或督查员"), "giver"),
    Cap.WRITE_OFF: (_("交办单位的督查员"), "giver"),
    Cap.SET_LIGHT: (_("交办单位的督查员"), "giver"),
    Cap.INSTRUCT: (_("交办单位或承办单位的领导"), "giver"),
}


def who_may(operation: Operation, sheet: Sheet) -> str:
    """Who may do it, said to somebody who may not."""
    one = sheet.assignment
    cap = next(cap for cap in WHO if cap in RULES[operation].caps)
    post, place = WHO[cap]
    unit = {"unit": one.unit, "giver": one.office or one.issued_by, "reviewer": one.reviewer}[place]
    return f"{post}（{unit.name}）"


def many_button(operation: Operation) -> Button:
    """The same operation on many."""
    return Button(operation, operation.label, ICONS[operation], reverse(f"many-{operation.value}"))
