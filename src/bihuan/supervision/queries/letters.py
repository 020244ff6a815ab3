"""What a document of the loop (督办文书) begins with, where it stands, and what its addressees have answered."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from bihuan.documents.gongwen.text import long_date
from bihuan.documents.models import Countersign, Paper
from bihuan.documents.papers import State
from bihuan.documents.styles import style_of
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.org.models import Unit
from bihuan.org.roles import Cap
from bihuan.org.scope import units_where
from bihuan.supervision.letters import LETTERS, WORDED, Facts, Template, listed, sections_of
from bihuan.supervision.models import (
    Addressee,
    Assignment,
    Letter,
    LetterObjection,
    LookBack,
    Plan,
    Promise,
    Source,
    TemplateEdition,
)
from bihuan.supervision.queries.regimes import editions_of, regime_of
from bihuan.supervision.queries.rollups import standing
from bihuan.supervision.rules import ENDED, OPEN, RUNNING, Duty, Stage
from bihuan.workdays.queries import calendar_for

DONE = (Stage.ACCEPTED, Stage.PUBLICISED, Stage.WRITTEN_OFF)
NOT_YET = "（待定）"
ANNEX_LINES = 60


@dataclass
class Subject:
    """What a document is about and to whom it goes: all that its words are drawn from."""

    kind: str
    issuer: Unit
    office: Unit | None = None
    units: Sequence[Unit] = ()
    matters: Sequence[Assignment] = ()
    plan: Plan | None = None
    reply_by: date | None = None
    objection_workdays: int = 0
    meets_at: datetime | None = None
    place: str = ""


@dataclass
class Begun:
    """The words a document begins with."""

    title: str
    addressees: str
    code: str
    cc: str
    sections: list[dict[str, Any]]
    tables: list[dict[str, Any]] = field(default_factory=list)


def template_for(issuer_id: int, kind: str) -> tuple[TemplateEdition | None, Template]:
    """The words that count for an authority: its own, those of the nearest one above, else those that ship."""
    edition = editions_of(issuer_id, TemplateEdition).get(kind)
    return edition, edition.template if edition else WORDED[kind].template


def begun(subject: Subject, template: Template, words: Mapping[str, str] | None = None) -> Begun:
    """A document as it begins, or with the words that people wrote in place of the parts that are theirs."""
    parts = [
        part for part in template.parts if part.key not in ("reply", "meeting") or _wants(part.key, subject)
    ]
    return Begun(
        title=template.title,
        addressees=_upward(subject) if LETTERS[subject.kind].upward else named(subject.units),
        code=template.code or code_for(subject),
        cc=template.cc,
        sections=sections_of(parts, facts_of(subject), words),
        tables=_annexes(subject),
    )


def _wants(key: str, subject: Subject) -> bool:
    return LETTERS[subject.kind].meets if key == "meeting" else subject.reply_by is not None


def named(units: Sequence[Unit]) -> str:
    """The addressees in one line; so many that they do not fit are summed up."""
    line = "、".join(unit.name for unit in units)
    if len(line) <= 300:
        return line
    return f"{units[0].name}等{len(units)}个单位"


def _upward(subject: Subject) -> str:
    above = subject.issuer.parent
    return above.name if above else f"{subject.issuer.short_name}领导"


def code_for(subject: Subject) -> str:
    """The issuer's code (机关代字): as its matters' papers bear it, with what the kind adds to it."""
    numbers = [one.item.source.number for one in subject.matters]
    numbers += [subject.plan.source.number] if subject.plan else []
    issued = Source.objects.filter(unit=subject.issuer, kind=Source.Kind.PLAN, number__contains="〔")
    numbers += issued.order_by("-pk").values_list("number", flat=True)[:1]
    known = next((number.partition("〔")[0].strip() for number in numbers if "〔" in number), "")
    own = known or f"{subject.issuer.short_name[:6]}督"
    suffix = style_of(subject.kind).suffix
    return (own if own.endswith(suffix) else f"{own}{suffix}")[:20]


# ---- the facts


def facts_of(subject: Subject) -> Facts:
    matters = list(subject.matters)
    said = {
        "事项": "；".join(str(one.item) for one in matters),
        "事项清单": listed([f"{one.item.title}。" for one in matters])
        if len(matters) > 1
        else _only(matters),
        "依据": "；".join(dict.fromkeys(_basis(one) for one in matters)) + ("。" if matters else ""),
        "办理情况": _state(matters),
        "答复时限": long_date(subject.reply_by) if subject.reply_by else NOT_YET,
        "异议期": _window(subject),
        "约谈时间": _moment(subject.meets_at),
        "约谈地点": subject.place or NOT_YET,
        "截止日期": long_date(clock.today()),
        "方案": f"《{subject.plan.title}》" if subject.plan else "",
        "方案进展": _progress(subject.plan) if subject.plan else "",
    }
    if len(matters) == 1 and subject.kind == "slip":
        said["依据"] = _basis(matters[0])
    return Facts(said)


def _only(matters: Sequence[Assignment]) -> str:
    return f"{matters[0].item.title}。" if matters else ""


def _basis(assignment: Assignment) -> str:
    source = assignment.item.source
    return f"{source.title}（{source.number}）" if source.number else source.title


def _state(matters: Sequence[Assignment]) -> str:
    """How things stand with the matters, from the record alone (domain.md §7.2: matter, deadline, pressure so far)."""
    if not matters:
        return ""
    now, today = clock.now(), clock.today()
    urged = sum(one.urges.count() for one in matters)
    late = [one for one in matters if one.is_overdue(now)]
    if len(matters) == 1:
        due_on = clock.office_day(matters[0].due_at)
        state = f"{long_date(due_on)}到期"
        if late:
            state += f"，截至今日已逾期{(today - due_on).days}天"
        return f"{state}，此前已催办{urged}次。"
    said = f"上述{len(matters)}件事项中，已逾期{len(late)}件"
    if late:
        longest = max((today - clock.office_day(one.due_at)).days for one in late)
        said += f"，最长逾期{longest}天"
    return f"{said}；此前已催办{urged}次。"


def _window(subject: Subject) -> str:
    if not subject.objection_workdays:
        return ""
    return f"对本文书有异议的，可以自收到之日起{subject.objection_workdays}个工作日内书面提出，异议期间不停止办理。"


def _moment(at: datetime | None) -> str:
    if at is None:
        return NOT_YET
    there = at.astimezone(clock.OFFICE_TZ)
    return f"{long_date(there.date())}{there:%H:%M}"


def _progress(plan: Plan) -> str:
    counts = plan_counts(plan)
    return (
        f"《{plan.title}》共交办牵头办件{counts['given']}件，已销号{counts['struck']}件，办结待销号{counts['accepted']}件，"
        f"在办{counts['open']}件，其中逾期{counts['late']}件。"
    )


def plan_counts(plan: Plan) -> dict[str, int]:
    """How a plan's lead assignments stand now: the latest round of the latest period of each."""
    now = clock.now()
    rows = standing(Assignment.objects.filter(item__plan=plan, duty=Duty.LEAD))
    late = Q(stage__in=RUNNING, due_at__lt=now, suspended_at__isnull=True, answer_by__isnull=True)
    return rows.aggregate(
        given=Count("pk"),
        struck=Count("pk", filter=Q(stage=Stage.WRITTEN_OFF)),
        accepted=Count("pk", filter=Q(stage__in=[Stage.ACCEPTED, Stage.PUBLICISED])),
        open=Count("pk", filter=Q(stage__in=OPEN) & ~Q(stage__in=DONE)),
        late=Count("pk", filter=late),
    )


def _annexes(subject: Subject) -> list[dict[str, Any]]:
    if len(subject.matters) < 2:
        return []
    now = clock.now()
    rows = [
        [
            str(number),
            one.item.title,
            one.unit.short_name,
            f"{clock.office_day(one.due_at):%Y-%m-%d}",
            "已逾期" if one.is_overdue(now) else str(one.get_stage_display()),
        ]
        for number, one in enumerate(subject.matters, 1)
    ]
    return [{"title": "所涉事项清单", "head": ["序号", "事项", "责任单位", "时限", "办理状态"], "rows": rows}]


# ---- defaults and choices


def proposed_reply(issuer_id: int, kind: str) -> date:
    """When a reply is due unless somebody says otherwise: the kind's days from today, on a workday."""
    return calendar_for().roll_forward(clock.today() + timedelta(days=LETTERS[kind].days))


def objection_days(issuer_id: int, kind: str) -> int:
    return regime_of(issuer_id)["objection.workdays"] if LETTERS[kind].objects else 0


def matters_for(actor: Actor, keys: Iterable[int]) -> list[Assignment]:
    """Those of these assignments about which the actor may write, in the order in which they were named."""
    wanted = list(dict.fromkeys(keys))
    rows = Assignment.objects.within(actor, Cap.URGE).filter(pk__in=wanted)
    found = rows.select_related("item__source", "unit", "issued_by", "office").in_bulk()
    return [found[key] for key in wanted if key in found]


# ---- where it stands


def replies_of(letter: Letter) -> QuerySet[Assignment]:
    """The assignments in which the addressees reply; one that passed to another unit is the one it passed to."""
    return Assignment.objects.filter(item=letter.item_id) if letter.item_id else Assignment.objects.none()


@dataclass
class Answer:
    """One addressee of an issued document."""

    addressee: Addressee
    reply: Assignment | None
    objection: LetterObjection | None
    visible: bool  # the reader may open the assignment
    looked: dict[int, LookBack] = field(default_factory=dict)  # the latest look-back, by assignment

    @property
    def look_back(self) -> LookBack | None:
        """What the last look-back on what was replied found."""
        return self.looked.get(self.reply.pk) if self.reply else None

    @property
    def measures(self) -> list[tuple[Promise, LookBack | None]]:
        """What was promised, each with what the last look-back on its duty found."""
        return [(one, self.looked.get(one.assignment_id or 0)) for one in self.addressee.promises.all()]

    @property
    def is_answered(self) -> bool:
        return self.reply is not None and self.reply.stage in (Stage.COMPLETED, *DONE)


def answers(letter: Letter, actor: Actor) -> list[Answer]:
    """Every addressee with its reply and its objection, in a few queries however many."""
    replies: dict[int, Assignment] = {}
    first = replies_of(letter).exclude(stage=Stage.REASSIGNED).filter(from_look_back__isnull=True)
    for one in first.select_related("unit").order_by("pk"):
        replies[one.original_unit_id or one.unit_id] = one
    seen = Assignment.objects.within(actor, Cap.VIEW).filter(pk__in=[one.pk for one in replies.values()])
    visible = set(seen.values_list("pk", flat=True))
    rows = letter.addressed.select_related("unit", "objection").prefetch_related("promises__assignment")
    duties = {one.pk for one in replies.values()}
    duties |= {one.assignment_id for row in rows for one in row.promises.all() if one.assignment_id}
    looked = {
        one.assignment_id: one for one in LookBack.objects.filter(assignment__in=duties).order_by("held_at")
    }
    return [
        Answer(
            one,
            (reply := replies.get(one.unit_id)),
            getattr(one, "objection", None),
            reply is not None and reply.pk in visible,
            looked,
        )
        for one in rows
    ]


def addressee_for(letter: Letter, actor: Actor, cap: Cap = Cap.HANDLE) -> Addressee | None:
    """The addressee for which the actor may act, directly or because the duty has passed to their unit."""
    where = units_where(actor, cap)
    own = letter.addressed.filter(unit__in=where).first()
    if own is not None or letter.item_id is None:
        return own
    moved = replies_of(letter).filter(unit__in=where, original_unit__isnull=False).first()
    return letter.addressed.filter(unit=moved.original_unit_id).first() if moved else None


def reply_for(letter: Letter, addressee: Addressee) -> Assignment | None:
    """The assignment in which an addressee replies."""
    rows = replies_of(letter).exclude(stage=Stage.REASSIGNED)
    return rows.filter(Q(unit=addressee.unit_id) | Q(original_unit=addressee.unit_id)).order_by("-pk").first()


def objection_until(letter: Letter) -> datetime | None:
    """Until when an addressee may object: the end of the n-th workday after service; None where it may not."""
    paper = letter.paper
    if paper.issued_at is None or not letter.objection_workdays:
        return None
    calendar = regime_of(paper.issuer_id).calendar
    return clock.end_of(calendar.plus_workdays(clock.office_day(paper.issued_at), letter.objection_workdays))


def states(papers: Sequence[Paper]) -> dict[int, State]:
    """How each of these documents stands, in a word, in two queries however many."""
    keys = [one.pk for one in papers]
    open_objections = LetterObjection.objects.filter(
        addressee__letter=OuterRef("pk"), state=LetterObjection.State.OPEN
    )
    rows = Letter.objects.filter(paper__in=keys).annotate(
        asked=Count("item__assignments", filter=~Q(item__assignments__stage=Stage.REASSIGNED)),
        answered=Count("item__assignments", filter=Q(item__assignments__stage__in=[Stage.COMPLETED, *DONE])),
        open=Count("item__assignments", filter=Q(item__assignments__stage__in=OPEN)),
        contested=Exists(open_objections),
    )
    letters = {one.paper_id: one for one in rows}
    return {one.pk: _state_of(one, letters[one.pk]) for one in papers if one.pk in letters}


def _state_of(paper: Paper, letter: Any) -> State:
    if paper.stage != Paper.Stage.ISSUED:
        return State(str(paper.get_stage_display()))
    if paper.closed_at:
        return State(_("已办结"), "g")
    if letter.contested:
        return State(_("异议待复核"), "r")
    if not letter.asked:
        return State(_("已印发"), "g")
    if letter.answered < letter.asked and letter.open:
        return State(_("待答复 %(n)d/%(all)d") % {"n": letter.answered, "all": letter.asked}, "y")
    return State(_("已答复，审核中") if letter.open else _("已答复，待归档"), "p")


def may_close(letter: Letter) -> bool:
    """Whether nothing that the document asked for is open any more."""
    contested = LetterObjection.objects.filter(addressee__letter=letter, state=LetterObjection.State.OPEN)
    return not replies_of(letter).exclude(stage__in=ENDED).exists() and not contested.exists()


def letters_on(assignment: Assignment, actor: Actor) -> QuerySet[Paper]:
    """The documents about an assignment, and the one that it answers, as far as the reader may see them."""
    about = Q(letter__matters__assignment=assignment) | Q(letter__item=assignment.item_id)
    decides = Q(letter__addressed__objection__duty=assignment)
    promised = Q(letter__addressed__promises__assignment=assignment)
    keys = Paper.objects.filter(about | decides | promised).values("pk")
    return Paper.objects.within(actor, Cap.VIEW).filter(pk__in=keys).order_by("-drafted_at", "-pk")


def countersigns_of(paper: Paper) -> QuerySet[Countersign]:
    return paper.countersigns.select_related("unit")
