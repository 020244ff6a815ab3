"""The HTTP API, version 1: everything the pages can do, through the same functions."""

import base64
import binascii
from datetime import date
from functools import cache
from typing import Any, Literal

from django.core.exceptions import ObjectDoesNotExist
from django.db import DataError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from ninja import File, Form, NinjaAPI, Query, Schema
from ninja.files import UploadedFile

from bihuan import __version__
from bihuan.alike.queries import compared, likenesses_of
from bihuan.api import registers
from bihuan.api.auth import PageAuth, TokenAuth
from bihuan.api.offered import SHELVES
from bihuan.api.schemas import (
    AssignmentOut,
    AssignmentsOut,
    AttachmentOut,
    ChannelOut,
    CircularOut,
    EntryOut,
    ExplanationOut,
    FileOut,
    FoundOut,
    GroupOut,
    InquiryOut,
    ItemOut,
    LightOut,
    LikenessWithSidesOut,
    Made,
    PaperOut,
    PlanOut,
    PressOut,
    Problem,
    ProposalOut,
    ReportOut,
    ScoreOut,
    UnitOut,
    columns,
    spelt,
)
from bihuan.circulars.models import Circular, Inquiry
from bihuan.documents.models import Paper
from bihuan.documents.queries import receipt
from bihuan.documents.uploads import receive_with_form
from bihuan.insight.queries.search import kind_names, understood
from bihuan.insight.queries.search import overview as find_all
from bihuan.insight.queries.search import page as find_kind
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import DomainError, NotPermitted
from bihuan.kernel.statements import KEYS, Written
from bihuan.ledger.models import Entry
from bihuan.notifications.queries.channels import channels_of
from bihuan.org.actions import upload_import
from bihuan.org.models import Unit
from bihuan.org.roles import Cap
from bihuan.org.scope import may
from bihuan.supervision.models import Assignment, Plan, ScoreLine
from bihuan.supervision.models.assignments import CLOCK
from bihuan.supervision.queries.presses import Asked as Pressed
from bihuan.supervision.queries.presses import presses, shown
from bihuan.supervision.queries.proposals import Asked, proposals
from bihuan.supervision.queries.reasons import reason_of

api = NinjaAPI(
    title="闭环 Bihuan",
    version=__version__,
    description="督查督办：清单、交办、办理、审核、销号。与页面使用同一组操作。",
    auth=[TokenAuth(), PageAuth()],
    docs_url=None,  # its page would load scripts from elsewhere; read openapi.json with any viewer
    urls_namespace="api-1",
)

PAGE = 50
ImportSubject = Literal["units", "people"]


@api.exception_handler(DomainError)
def refused(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    status = 403 if isinstance(refusal, NotPermitted) else 422 if refusal.field else 409
    problem = Problem(
        code=refusal.code, message=str(refusal), field=refusal.field, facts=_readable(refusal.facts)
    )
    return api.create_response(request, problem.dict(), status=status)


@api.exception_handler(DataError)
def out_of_shape(request: HttpRequest, fault: DataError) -> HttpResponse:
    """Longer or larger than the place it is meant for: forms say so field by field, a program is told at once."""
    problem = Problem(code="bad_value", message=_("内容过长或数值超出范围，没有保存"))
    return api.create_response(request, problem.dict(), status=422)


@api.exception_handler(ObjectDoesNotExist)
def not_found(request: HttpRequest, absent: ObjectDoesNotExist) -> HttpResponse:
    """Absent and out of scope look alike (DESIGN §5)."""
    return api.create_response(request, {"code": "not_found", "message": _("没有找到")}, status=404)


class PressFilters(Schema):
    """Which presses: by kind, plan, unit with everything below it, days, and whether answered (yes or no)."""

    kind: str = ""
    plan: int | None = None
    unit: int | None = None
    since: date | None = None
    until: date | None = None
    answered: str = ""


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
    keys = list(rows.order_by("due_at", "pk").values_list("pk", flat=True)[: PAGE + 1])
    page = _told().fetch(keys=keys[:PAGE])
    next_page = _encode(page[-1]) if len(keys) > PAGE else None
    said = [spelt(AssignmentOut, row) for row in page]
    return api.create_response(request, {"next": next_page, "rows": said}, status=200)


@cache
def _told() -> Written:
    """What is said of several assignments, by deadline."""
    rows = Assignment.objects.filter(pk__among=KEYS).select_related("item", "unit", "issued_by")
    return Written(rows.only(*columns(AssignmentOut), *CLOCK).order_by("due_at", "pk"))


@api.get("assignments/{int:object_id}", response=AssignmentOut, tags=["办件"], url_name="assignment")
def assignment(request: HttpRequest, object_id: int) -> Any:
    """One assignment (办件)."""
    visible = Assignment.objects.within(actor_of(request), Cap.VIEW)
    return visible.select_related("item", "unit", "issued_by").get(pk=object_id)


@api.get("assignments/{int:object_id}/light", response=LightOut, tags=["办件"], url_name="light")
def light(request: HttpRequest, object_id: int) -> Any:
    """Why an assignment's light is what it is (亮灯说明)."""
    one = assignment(request, object_id)
    reason = reason_of(one, clock.now())
    return {
        "shown": reason.shown.value,
        "label": str(reason.shown.label),
        "word": reason.word,
        "computed": reason.computed.value,
        "sentence": reason.sentence,
        "due_at": one.due_at,
        "amber_at": one.amber_at,
        "strong_at": one.strong_at,
        "override": reason.override,
    }


@api.get(
    "assignments/{int:object_id}/likenesses",
    response=list[LikenessWithSidesOut],
    tags=["雷同提示"],
    url_name="likenesses",
)
def likenesses(request: HttpRequest, object_id: int) -> Any:
    """The hints about what was handed in for an assignment (雷同提示), as far as the caller may know of them."""
    one, actor = assignment(request, object_id), actor_of(request)
    caps = {cap for cap in Cap if may(actor, cap, one)}
    return [
        {
            **{
                name: getattr(found, name)
                for name in ("id", "how", "share", "own", "state", "ground", "found_at")
            },
            "assignment_id": one.pk,
            "sentence": shown.sentence,
            "earlier_assignment_id": found.earlier.assignment_id if shown.reviews else None,
            "later_file_id": found.later_file_id,
            "earlier_file_id": found.earlier_file_id if shown.reviews else None,
            "passages": []
            if found.is_picture
            else [said.text for said in compared(found).first if said.number],
        }
        for shown in likenesses_of(one, actor, caps)
        for found in [shown.likeness]
    ]


@api.get("proposals", response=list[ProposalOut], tags=["催办阶梯"], url_name="proposals")
def proposals_waiting(request: HttpRequest, state: str = "pending", after: int = 0) -> Any:
    """What the ladder proposes and the caller decides (拟办待签), oldest first; `after` is the last id of a page."""
    rows = proposals(actor_of(request), Asked(state=state)).filter(pk__gt=after)
    return rows.select_related("unit").order_by("pk")[:PAGE]


@api.get("channels", response=list[ChannelOut], tags=["通道"], url_name="channels")
def channels_settled(request: HttpRequest) -> Any:
    """The channels that the caller settles (通道), with how they fare; addresses and keys are never said."""
    return [ChannelOut.of(one) for one in channels_of(actor_of(request))]


@api.get("presses", response=list[PressOut], tags=["催办阶梯"], url_name="presses")
def presses_recorded(request: HttpRequest, filters: Query[PressFilters]) -> Any:
    """What pressed for progress (催办记录), the latest first; at most a page."""
    rows = presses(actor_of(request), Pressed(**filters.dict()))[:PAGE]
    return [
        {
            "kind": one.kind.value,
            "label": str(one.label),
            "at": one.at,
            "assignment_id": one.assignment.pk,
            "text": one.said,
            "explanation_id": one.explanation.pk if one.explanation else None,
            "answered": one.answered,
        }
        for one in shown(rows)
    ]


@api.get("assignments/{int:object_id}/trail", response=list[EntryOut], tags=["办件"], url_name="trail")
def trail(request: HttpRequest, object_id: int) -> Any:
    """An assignment's trail (留痕), oldest first, with what is needed to check its chain."""
    return Entry.objects.of(assignment(request, object_id)).select_related("remark")


@api.get("score-lines", response=list[ScoreOut], tags=["计分"], url_name="score_lines")
def score_lines(request: HttpRequest, sheet: int | None = None) -> Any:
    """The published score lines in scope (计分明细): one's own unit's, or all that one's authority published."""
    lines = ScoreLine.objects.within(actor_of(request), Cap.VIEW)
    if sheet:
        lines = lines.filter(sheet=sheet)
    found = lines.select_related("sheet").prefetch_related("objections").order_by("-sheet", "pk")
    return [ScoreOut.of(line) for line in found[:1000]]


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


@api.get("search", response={200: FoundOut, 422: Problem}, tags=["搜索"], url_name="search")
def search(request: HttpRequest, q: str, kind: str = "", after: str = "") -> Any:
    """Everything in scope that answers a question, by kind (搜索); with `kind` that one alone, page by page.

    Words must all be found; filters are written as on the page: `单位:东市 状态:逾期`, `due<2026-12-31`.
    """
    actor, question = actor_of(request), understood(q)
    if kind and kind not in kind_names():
        raise DomainError("没有这种类型", code="bad_kind", field="kind")
    alone = find_kind(actor, question.asked, kind, after) if kind else None
    groups = ([alone] if alone else []) if kind else find_all(actor, question.asked)
    return {
        "understood": [part.text for part in question.parts],
        "notes": [{"code": note.code, "text": note.text} for note in question.notes],
        "groups": [GroupOut.of(group) for group in groups],
    }


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
        raise DomainError(_("游标无效"), code="bad_cursor", field="after")
    return due_at, int(pk)


@api.get(
    "assignments/{int:object_id}/reports",
    response=list[ReportOut],
    tags=["办件"],
    url_name="assignment_reports",
)
def assignment_reports(request: HttpRequest, object_id: int) -> Any:
    """An assignment's reports on progress, newest first."""
    return assignment(request, object_id).reports.order_by("-reported_at", "-pk")


@api.get(
    "assignments/{int:object_id}/explanations",
    response=list[ExplanationOut],
    tags=["办件"],
    url_name="assignment_explanations",
)
def assignment_explanations(request: HttpRequest, object_id: int) -> Any:
    """An assignment's explanations, newest first."""
    return assignment(request, object_id).explanations.order_by("-explained_at", "-pk")


@api.get("papers", response=list[PaperOut], tags=["文书"], url_name="papers")
def papers(request: HttpRequest) -> Any:
    """The official documents in scope, newest first (文书)."""
    return Paper.objects.within(actor_of(request), Cap.VIEW).order_by("-drafted_at", "-pk")[:200]


@api.get("papers/{int:object_id}", response=PaperOut, tags=["文书"], url_name="paper")
def paper(request: HttpRequest, object_id: int) -> Any:
    """One official document (文书)."""
    return Paper.objects.within(actor_of(request), Cap.VIEW).get(pk=object_id)


@api.get(
    "papers/{int:object_id}/attachments",
    response=list[AttachmentOut],
    tags=["文书"],
    url_name="paper_attachments",
)
def paper_attachments(request: HttpRequest, object_id: int) -> Any:
    """The files that go with a document (附件)."""
    shown = Paper.objects.within(actor_of(request), Cap.VIEW).get(pk=object_id)
    return shown.attachments.select_related("file__content")


@api.get("circulars/{int:object_id}", response=CircularOut, tags=["文书"], url_name="circular")
def circular(request: HttpRequest, object_id: int) -> Any:
    """One circular with its figures (通报)."""
    return Circular.objects.within(actor_of(request), Cap.VIEW).select_related("paper").get(pk=object_id)


@api.get("inquiries", response=list[InquiryOut], tags=["文书"], url_name="inquiries")
def inquiries(request: HttpRequest) -> Any:
    """What your unit is asked to check before a circular is signed, newest first (征求核对)."""
    mine = Inquiry.objects.within(actor_of(request), Cap.VIEW).select_related("circular")
    return mine.order_by("-asked_at", "-pk")[:200]


@api.get(
    "circulars/{int:object_id}/inquiries",
    response=list[InquiryOut],
    tags=["文书"],
    url_name="circular_inquiries",
)
def circular_inquiries(request: HttpRequest, object_id: int) -> Any:
    """Whom the issuer asked to check a circular, and what they said (征求核对)."""
    shown = Circular.objects.within(actor_of(request), Cap.ISSUE).get(pk=object_id)
    return shown.inquiries.select_related("circular").order_by("unit__sort_order", "unit")


@api.post(
    "files", response=list[FileOut], tags=["佐证"], operation_id="receive_file", url_name="receive_file"
)
def receive_file(request: HttpRequest, file: File[list[UploadedFile]]) -> Any:
    """Send evidence as a multipart form (接收佐证材料); its id goes into `file_ids` of what rests on it."""
    return [receipt(one) for one in receive_with_form(actor_of(request), file)]


@api.post("imports", response=Made, tags=["单位"], operation_id="upload_import", url_name="upload_import")
def upload(request: HttpRequest, subject: Form[ImportSubject], file: File[UploadedFile]) -> Any:
    """Send a table of units or people as a multipart form; it stays a draft until it is confirmed."""
    content = file.read()
    return upload_import(actor=actor_of(request), subject=subject, file_name=file.name or "", content=content)


registers.add_to(api)
for shelf in SHELVES:
    shelf.offer(api)
