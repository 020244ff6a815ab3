"""The HTTP API, version 1: everything the pages can do, through the same functions."""

import base64
import binascii
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.dateparse import parse_datetime
from ninja import NinjaAPI, Query, Schema

from bihuan import __version__
from bihuan.api.auth import PageAuth, TokenAuth
from bihuan.api.exposing import body_of, expose
from bihuan.api.schemas import (
    AssignmentOut,
    AssignmentsOut,
    EntryOut,
    ItemOut,
    Made,
    PlanOut,
    Problem,
    UnitOut,
)
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import AlreadyDone, DomainError, NotPermitted
from bihuan.ledger.models import Entry
from bihuan.org.models import Unit
from bihuan.org.roles import Cap
from bihuan.supervision.actions import closing, dispatching, handling, planning, reviewing, terms
from bihuan.supervision.models import Assignment, Item, Plan

api = NinjaAPI(
    title="闭环 Bihuan",
    version=__version__,
    description="督查督办：清单、交办、办理、审核、销号。与页面使用同一组操作。",
    auth=[TokenAuth(), PageAuth()],
    docs_url=None,  # its page would load scripts from elsewhere; read openapi.json with any viewer
    urls_namespace="api-1",
)

PAGE = 50


@api.exception_handler(DomainError)
def refused(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    status = 403 if isinstance(refusal, NotPermitted) else 422 if refusal.field else 409
    problem = Problem(
        code=refusal.code, message=str(refusal), field=refusal.field, facts=_readable(refusal.facts)
    )
    return api.create_response(request, problem.dict(), status=status)


@api.exception_handler(ObjectDoesNotExist)
def not_found(request: HttpRequest, absent: ObjectDoesNotExist) -> HttpResponse:
    """Absent and out of scope look alike (DESIGN §5)."""
    return api.create_response(request, {"code": "not_found", "message": "没有找到"}, status=404)


class Filters(Schema):
    """Which assignments: by stage, unit with everything below it, plan, light; `after` is a cursor."""

    stage: str | None = None
    unit: int | None = None
    plan: int | None = None
    overdue: bool = False
    text: str = ""
    after: str = ""


@api.get("assignments", response={200: AssignmentsOut, 422: Problem}, tags=["办件"], url_name="assignments")
def assignments(request: HttpRequest, filters: Query[Filters]) -> Any:
    """The assignments in scope, by deadline (办件台账)."""
    rows = Assignment.objects.within(actor_of(request), Cap.VIEW)
    if filters.stage:
        rows = rows.filter(stage=filters.stage)
    if filters.unit:
        rows = rows.filter(unit__lineage__ancestor=filters.unit)
    if filters.plan:
        rows = rows.filter(item__plan=filters.plan)
    if filters.overdue:
        rows = rows.overdue(clock.now())
    if filters.text:
        rows = rows.filter(
            Q(item__title__icontains=filters.text) | Q(item__source__number__icontains=filters.text)
        )
    if filters.after:
        due_at, pk = _cursor(filters.after)
        rows = rows.filter(Q(due_at__gt=due_at) | Q(due_at=due_at, pk__gt=pk))
    page = list(rows.select_related("item", "unit", "issued_by").order_by("due_at", "pk")[: PAGE + 1])
    last = page[PAGE - 1] if len(page) > PAGE else None
    return {"rows": page[:PAGE], "next": _encode(last) if last else None}


@api.get("assignments/{int:object_id}", response=AssignmentOut, tags=["办件"], url_name="assignment")
def assignment(request: HttpRequest, object_id: int) -> Any:
    """One assignment (办件)."""
    visible = Assignment.objects.within(actor_of(request), Cap.VIEW)
    return visible.select_related("item", "unit", "issued_by").get(pk=object_id)


@api.get("assignments/{int:object_id}/trail", response=list[EntryOut], tags=["办件"], url_name="trail")
def trail(request: HttpRequest, object_id: int) -> Any:
    """An assignment's trail (留痕), oldest first, with what is needed to check its chain."""
    return Entry.objects.of(assignment(request, object_id)).select_related("remark")


@api.get("plans", response=list[PlanOut], tags=["清单"], url_name="plans")
def plans(request: HttpRequest) -> Any:
    """The plans in scope, newest first (清单)."""
    return (
        Plan.objects.within(actor_of(request), Cap.VIEW)
        .select_related("source", "issuer")
        .order_by("-pk")[:200]
    )


@api.get("plans/{int:object_id}", response=PlanOut, tags=["清单"], url_name="plan")
def plan(request: HttpRequest, object_id: int) -> Any:
    """One plan (方案)."""
    return (
        Plan.objects.within(actor_of(request), Cap.VIEW).select_related("source", "issuer").get(pk=object_id)
    )


@api.get("plans/{int:object_id}/items", response=list[ItemOut], tags=["清单"], url_name="items")
def items(request: HttpRequest, object_id: int) -> Any:
    """A plan's whole list, parents before children."""
    return plan(request, object_id).items.order_by("position")


@api.get("units", response=list[UnitOut], tags=["单位"], url_name="units")
def units(request: HttpRequest, text: str = "", parent: int | None = None) -> Any:
    """Current units by name, code or pinyin initials, or the children of one."""
    found = Unit.objects.current(clock.today())
    if text:
        found = found.filter(Q(name__icontains=text) | Q(code=text) | Q(pinyin__icontains=text.lower()))
    if parent:
        found = found.filter(parent=parent)
    return found.order_by("sort_order", "pk")[:PAGE]


def actor_of(request: HttpRequest) -> Actor:
    return request.auth  # type: ignore[attr-defined]


def _readable(facts: dict[str, Any]) -> dict[str, Any]:
    return {key: value if isinstance(value, int | bool) else str(value) for key, value in facts.items()}


def _encode(row: Assignment) -> str:
    return base64.urlsafe_b64encode(f"{row.due_at.isoformat()} {row.pk}".encode()).decode()


def _cursor(text: str) -> tuple[Any, int]:
    try:
        moment, pk = base64.urlsafe_b64decode(text.encode()).decode().rsplit(" ", 1)
        due_at = parse_datetime(moment)
    except (ValueError, binascii.Error):
        due_at, pk = None, "0"
    if due_at is None:
        raise DomainError("游标无效", code="bad_cursor", field="after")
    return due_at, int(pk)


ON_ASSIGNMENTS = {
    "sign": handling.sign_assignment,
    "decline": handling.decline_assignment,
    "report": handling.report_progress,
    "submission": handling.submit_completion,
    "submission/sign": handling.sign_submission,
    "submission/send-back": handling.send_back_submission,
    "submission/check": reviewing.check_criteria,
    "submission/pre-review": reviewing.pre_review_submission,
    "submission/approve": reviewing.approve_submission,
    "submission/return": reviewing.return_submission,
    "explanation": handling.explain_assignment,
    "publicise": closing.publicise_assignment,
    "objection": closing.object_to_result,
    "write-off": closing.write_off_assignment,
    "cancel": closing.cancel_assignment,
    "look-back": closing.look_back,
    "extension": terms.ask_extension,
    "extension/endorse": terms.endorse_extension,
    "extension/withdraw": terms.withdraw_extension,
    "extension/grant": terms.grant_extension,
    "extension/refuse": terms.refuse_extension,
    "suspend": terms.suspend_assignment,
    "resume": terms.resume_assignment,
    "urge": terms.urge_assignment,
    "instruct": terms.instruct_on_assignment,
    "insist": dispatching.insist_on_assignment,
    "reassign": dispatching.reassign_assignment,
    "break-down": dispatching.break_down_assignment,
    "obstacle": dispatching.raise_obstacle,
}
for _noun, _action in ON_ASSIGNMENTS.items():
    expose(
        api,
        f"assignments/{{int:object_id}}/{_noun}",
        _action,
        key="assignment_id",
        rows=Assignment.objects.select_related("item", "unit", "issued_by"),
        fresh=assignment,
        answer=AssignmentOut,
        tag="办件",
    )

ON_PLANS = {
    "header": planning.edit_plan,
    "tree": planning.replace_tree,
    "items": planning.edit_items,
    "item": planning.add_item,
    "item/remove": planning.remove_item,
    "issue": planning.issue_plan,
    "amend": planning.amend_plan,
    "close": planning.close_plan,
}
for _noun, _action in ON_PLANS.items():
    expose(
        api,
        f"plans/{{int:object_id}}/{_noun}",
        _action,
        key="plan_id",
        rows=Plan.objects.select_related("source", "issuer"),
        fresh=plan,
        answer=PlanOut,
        tag="清单",
    )

DraftPlan = body_of(planning.draft_plan, "DraftPlan", "")
RegisterItem = body_of(dispatching.register_item, "RegisterItem", "")


@api.post("plans", response=Made, tags=["清单"], operation_id="draft_plan", url_name="draft_plan")
def draft_plan(request: HttpRequest, payload: DraftPlan) -> Any:  # type: ignore[valid-type]
    """Begin a plan (拟订方案) with its list."""
    return _create(request, planning.draft_plan, payload, Plan)


@api.post("items", response=Made, tags=["办件"], operation_id="register_item", url_name="register_item")
def register_item(request: HttpRequest, payload: RegisterItem) -> Any:  # type: ignore[valid-type]
    """Register a single matter and give it out at once (登记交办)."""
    return _create(request, dispatching.register_item, payload, Item)


def _create(request: HttpRequest, action: Any, payload: Any, model: Any) -> Any:
    given = {field: getattr(payload, field) for field in type(payload).model_fields}
    try:
        return action(actor=actor_of(request), **given)
    except AlreadyDone as repeat:
        return model.objects.get(pk=int(repeat.facts["stream"].rpartition(":")[2]))
