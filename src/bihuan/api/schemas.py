"""What the API answers with."""

from datetime import date, datetime
from typing import Any

from ninja import Schema

from bihuan.kernel import clock


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


class ItemOut(Schema):
    """A node of a list (清单条目)."""

    id: int
    number: str
    title: str
    text: str
    objective: str
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
    """What an action created."""

    id: int
