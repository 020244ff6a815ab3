"""What the API answers with."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any, Literal, TypeGuard

from ninja import Schema

from bihuan.circulars.queries import own_figures
from bihuan.insight.queries.search import Group
from bihuan.kernel import clock
from bihuan.supervision.nodes import Aim
from bihuan.supervision.rules import Cycle, Mode, Priority


def spelt(kind: type[Schema], row: Any) -> dict[str, Any]:
    """What a schema says of a row of our own, which needs no checking: that took two thirds of a page's time."""
    return {name: tell(row) for name, tell in _tellers(kind)}


def columns(kind: type[Schema], path: str = "") -> Iterator[str]:
    """The columns that `spelt` reads, and those of related rows that it tells of, for `only`."""
    for name, field in kind.model_fields.items():
        if _is_schema(field.annotation):
            yield from columns(field.annotation, f"{path}{name}__")
        elif not hasattr(kind, f"resolve_{name}"):
            yield f"{path}{name}"


def _is_schema(hint: Any) -> TypeGuard[type[Schema]]:
    return isinstance(hint, type) and issubclass(hint, Schema)


@cache
def _tellers(kind: type[Schema]) -> list[tuple[str, Callable[[Any], Any]]]:
    return [(name, _teller(kind, name, field.annotation)) for name, field in kind.model_fields.items()]


def _teller(kind: type[Schema], name: str, hint: Any) -> Callable[[Any], Any]:
    resolver: Callable[[Any], Any] | None = getattr(kind, f"resolve_{name}", None)
    get = resolver or attrgetter(name)
    if _is_schema(hint):
        return lambda row: spelt(hint, get(row))
    return get


class Problem(Schema):
    """A refusal: `code` for machines, `message` for people, `field` where one is at fault."""

    code: str
    message: str
    field: str | None = None
    facts: dict[str, Any] = {}


class UnitOut(Schema):
    """A unit (单位)."""

    id: int
    name: str
    short_name: str
    kind: str
    code: str | None
    parent_id: int | None


class WhereOut(Schema):
    """In which text of a hit the words stand, and the part of it around them."""

    name: str
    text: str


class HitOut(Schema):
    """One thing found (搜索结果)."""

    id: int
    title: str
    address: str
    notes: list[str]
    where: list[WhereOut]


class GroupOut(Schema):
    """What was found of one kind. `count` is exact unless `more` says that there are more than that."""

    kind: str
    label: str
    count: int
    more: bool
    next: str | None
    rows: list[HitOut]

    @classmethod
    def of(cls, group: Group) -> dict[str, Any]:
        return {
            "kind": group.offer.kind,
            "label": str(group.offer.label),
            "count": min(group.count, group.counted),
            "more": group.is_capped,
            "next": group.after or None,
            "rows": [
                {
                    "id": hit.pk,
                    "title": hit.title,
                    "address": hit.href,
                    "notes": list(hit.notes),
                    "where": [{"name": name, "text": text} for name, text in hit.where],
                }
                for hit in group.hits
            ],
        }


class NoteOut(Schema):
    """What of a question could not be read as meant."""

    code: str
    text: str


class FoundOut(Schema):
    """The answer to a question: how it was read, and what was found of each kind."""

    understood: list[str]
    notes: list[NoteOut]
    groups: list[GroupOut]


class ItemOut(Schema):
    """A node of a list (清单条目)."""

    id: int
    number: str
    title: str
    text: str
    objective: str
    leader: str
    person: str
    depth: int
    parent_id: int | None
    due_on: date | None
    long_term: bool
    priority: str


class PlanOut(Schema):
    """A plan (方案)."""

    id: int
    version: int
    title: str
    number: str
    stage: str
    edition: int
    issuer: UnitOut
    starts_on: date | None
    ends_on: date | None

    @staticmethod
    def resolve_number(plan: Any) -> str:
        return plan.source.number


class AssignmentOut(Schema):
    """An assignment (办件); send `version` back as `seen_version` with the next action."""

    id: int
    version: int
    item: ItemOut
    unit: UnitOut
    issued_by: UnitOut
    duty: str
    round: int
    period: str
    stage: str
    light: str
    outcome: str
    progress: int | None
    dispatched_at: datetime
    signed_at: datetime | None
    due_at: datetime
    original_due_at: datetime
    completed_at: datetime | None
    accepted_at: datetime | None
    ended_at: datetime | None

    @staticmethod
    def resolve_light(assignment: Any) -> str:
        return str(assignment.light(clock.now()))


class OverrideOut(Schema):
    """A light set by hand (人工调灯)."""

    light: str
    computed: str
    until_at: datetime
    reason: str
    post: str
    from_at: datetime


class LightOut(Schema):
    """An assignment's light with its explanation in one sentence; `computed` is what it would be by the rules alone."""

    shown: str
    label: str
    word: str
    computed: str
    sentence: str
    due_at: datetime
    amber_at: datetime
    strong_at: datetime
    override: OverrideOut | None


class LikenessFacts(Schema):
    """A hint that something handed in repeats an earlier piece (雷同提示): for a person to judge, never a verdict."""

    id: int
    assignment_id: int
    how: str
    share: int
    own: bool
    state: str
    ground: str
    found_at: datetime


class LikenessOut(LikenessFacts):
    """A hint as an action answers with it."""

    @staticmethod
    def resolve_assignment_id(likeness: Any) -> int:
        return int(likeness.later.assignment_id)


class LikenessWithSidesOut(LikenessFacts):
    """The same with what was found in one sentence, and for whoever reviews it the other side and the passages."""

    sentence: str
    earlier_assignment_id: int | None
    later_file_id: int | None
    earlier_file_id: int | None
    passages: list[str]


class ProposalOut(Schema):
    """What a rung of the ladder proposes (拟办) and what became of it."""

    id: int
    assignment_id: int
    unit: UnitOut
    step: str
    wait: str
    base_at: datetime
    proposed_at: datetime
    state: str
    reason: str
    paper_id: int | None
    decided_at: datetime | None


class ChannelOut(Schema):
    """A channel (通道); its address is sealed, `hint` says where it leads."""

    id: int
    name: str
    kind: str
    takes: str
    hint: str
    unit_id: int | None
    is_on: bool
    waiting: int
    failed: int
    last_state: str
    last_error: str

    @classmethod
    def of(cls, shown: Any) -> "ChannelOut":
        plain = {
            name: getattr(shown.channel, name)
            for name in ("name", "kind", "takes", "hint", "unit_id", "is_on")
        }
        last = shown.last
        return cls(
            **plain,
            id=shown.channel.pk,
            waiting=shown.waiting,
            failed=shown.failed,
            last_state=last.state if last else "",
            last_error=last.error if last else "",
        )


class ScoreOut(Schema):
    """A line of a unit's published scores (计分明细): what was counted, and what an objection changed."""

    id: int
    sheet_id: int
    unit_id: int
    first_on: date
    last_on: date
    event: str
    duty: str
    points: float
    counted: list[int]
    contested: str | None
    upheld: bool | None
    answer: str
    points_since: float | None

    @classmethod
    def of(cls, line: Any) -> "ScoreOut":
        objection = next(iter(line.objections.all()), None)
        changed = objection.points if objection else None
        return cls(
            **{
                name: getattr(line, name)
                for name in ("id", "sheet_id", "unit_id", "event", "duty", "counted")
            },
            first_on=line.sheet.first_on,
            last_on=line.sheet.last_on,
            points=float(line.points),
            contested=objection.reason if objection else None,
            upheld=objection.upheld if objection else None,
            answer=objection.answer if objection else "",
            points_since=None if changed is None else float(changed),
        )


class PressOut(Schema):
    """Something that pressed for progress (催办记录)."""

    kind: str
    label: str
    at: datetime
    assignment_id: int
    text: str
    explanation_id: int | None
    answered: bool


class EntryOut(Schema):
    """A line of the trail (留痕)."""

    position: int
    verb: str
    label: str
    at: datetime
    post: str
    unit_id: int | None
    facts: dict[str, Any]
    digest: str
    text: str

    @staticmethod
    def resolve_label(entry: Any) -> str:
        return str(entry.label)

    @staticmethod
    def resolve_post(entry: Any) -> str:
        return entry.actor_post

    @staticmethod
    def resolve_text(entry: Any) -> str:
        remark = getattr(entry, "remark", None)
        return remark.text if remark else ""


class Page(Schema):
    """A page of a list; `next` is the cursor of the page after it, null on the last."""

    next: str | None


class AssignmentsOut(Page):
    rows: list[AssignmentOut]


class Made(Schema):
    """What an action created, or the object that it was done to."""

    id: int


class MadeMany(Schema):
    """The several things an action created."""

    ids: list[int]


class Secret(Schema):
    """What is said once and kept nowhere, such as a new password."""

    text: str


class ItemChange(Schema):
    """What is to change of an item; only the fields that are given do."""

    title: str = ""
    number: str = ""
    text: str = ""
    objective: str = ""
    leader: str = ""
    person: str = ""
    area: str = ""
    mode: Mode = Mode.EACH
    due_on: date | None = None
    due_rule: str = ""
    long_term: bool = False
    cycle: Cycle | Literal[""] = ""
    priority: Priority = Priority.NORMAL
    target_value: Decimal | None = None
    target_unit: str = ""
    criteria: list[str] = []
    milestones: list[tuple[str, date]] = []
    leads: list[Aim] = []
    assists: list[Aim] = []


class ReportOut(Schema):
    """A report on progress (进展反馈)."""

    id: int
    assignment_id: int
    text: str
    problems: str
    next_steps: str
    progress: int | None
    value: Decimal | None
    reported_at: datetime
    verdict: str


class ExplanationOut(Schema):
    """A unit's explanation (说明情况)."""

    id: int
    assignment_id: int
    text: str
    explained_at: datetime
    accepted: bool | None
    holds_until: date | None


class PaperOut(Schema):
    """An official document (文书)."""

    id: int
    version: int
    kind: str
    stage: str
    number: str
    title: str
    addressees: str
    cc: str
    urgency: str
    signer: str
    issuer_id: int
    office_id: int | None
    issued_at: datetime | None
    closed_at: datetime | None
    digest: str


class AttachmentOut(Schema):
    """A file that goes with a document (附件); fetch it at `/files/{file_id}/`."""

    file_id: int
    title: str
    digest: str
    size: int

    @staticmethod
    def resolve_digest(attachment: Any) -> str:
        return str(attachment.file.content.digest)

    @staticmethod
    def resolve_size(attachment: Any) -> int:
        return int(attachment.file.content.size)


class CircularOut(Schema):
    """A circular (通报) with its frozen figures; a bulletin has no plan, but the plans it is about (id 0: none)."""

    id: int
    plan_id: int | None
    plans: list[dict[str, int | str]]
    area_id: int | None
    region_id: int | None
    first_on: date
    last_on: date
    as_of: datetime
    paper: PaperOut
    figures: dict[str, Decimal]

    @staticmethod
    def resolve_figures(circular: Any) -> dict[str, Decimal]:
        return dict(circular.figures.filter(unit__isnull=True).values_list("key", "value"))


class ContestOut(Schema):
    """A unit's objection to one of its figures (异议), and the answer."""

    id: int
    key: str
    value: Decimal
    reason: str
    disputed: list[int]
    state: str
    answer: str
    left_out: list[int]


class InquiryOut(Schema):
    """What a unit is asked to check of a draft circular (征求核对): its own figures only."""

    id: int
    circular_id: int
    unit_id: int
    asked_at: datetime
    until_at: datetime
    agreed_at: datetime | None
    figures: dict[str, Decimal]
    contests: list[ContestOut]

    @staticmethod
    def resolve_figures(inquiry: Any) -> dict[str, Decimal]:
        return {one.key: one.value for one in own_figures(inquiry)}

    @staticmethod
    def resolve_contests(inquiry: Any) -> list[Any]:
        return list(inquiry.contests.order_by("pk"))


class FileOut(Schema):
    """The receipt of a file (附件回执)."""

    id: int
    name: str
    kind: str
    size: int
    digest: str
    received_at: str
    evidence_on: date | None
    evidence_until: date | None
    entry: str
