"""Every action that people take, by the kind of object it is done to: what `/api/v1` offers (DESIGN §8)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from ninja import NinjaAPI, Schema

from bihuan.alike import actions as alike
from bihuan.alike.models import Likeness
from bihuan.api import schemas
from bihuan.api.exposing import Read, expose
from bihuan.circulars import actions as circulars
from bihuan.circulars.models import Circular
from bihuan.documents import actions as documents
from bihuan.documents.models import Paper
from bihuan.notifications import actions as notifications
from bihuan.org import actions as org
from bihuan.org.roles import Cap
from bihuan.registers import actions as registers
from bihuan.supervision.actions import (
    amending,
    answering,
    closing,
    dispatching,
    handling,
    laddering,
    letters,
    lights,
    planning,
    proposing,
    reviewing,
    scoring,
    shaping,
    succession,
    templating,
    terms,
    theming,
)
from bihuan.supervision.models import Assignment, Explanation, Plan, Proposal, Report
from bihuan.workdays import actions as workdays

Action = Callable[..., Any]

ON_ASSIGNMENTS: dict[str, Action] = {
    "sign": handling.sign_assignment,
    "decline": handling.decline_assignment,
    "report": handling.report_progress,
    "submission": handling.submit_completion,
    "submission/withdraw": handling.withdraw_submission,
    "submission/sign": handling.sign_submission,
    "submission/send-back": handling.send_back_submission,
    "submission/check": reviewing.check_criteria,
    "submission/pre-review": reviewing.pre_review_submission,
    "submission/approve": reviewing.approve_submission,
    "submission/return": reviewing.return_submission,
    "answer": handling.record_answer,
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
    "light": lights.set_light,
    "urge": terms.urge_assignment,
    "instruct": terms.instruct_on_assignment,
    "insist": dispatching.insist_on_assignment,
    "reassign": dispatching.reassign_assignment,
    "transfer": succession.transfer_assignment,
    "join": succession.join_assignments,
    "break-down": dispatching.break_down_assignment,
    "obstacle": dispatching.raise_obstacle,
    "slip": letters.draft_slip,
}
ON_PLANS: dict[str, Action] = {
    "header": planning.edit_plan,
    "tree": planning.replace_tree,
    "rows": shaping.put_rows,
    "items": planning.edit_items,
    "items/shift": shaping.shift_items,
    "items/confirm": shaping.confirm_items,
    "item": planning.add_item,
    "item/insert": shaping.insert_item,
    "item/edit": shaping.edit_item,
    "item/split": shaping.split_item,
    "item/merge": shaping.merge_item,
    "item/remove": planning.remove_item,
    "names": shaping.settle_names,
    "passages": shaping.settle_passage,
    "issue": planning.issue_plan,
    "amend": amending.amend_plan,
    "newcomers": amending.serve_newcomers,
    "close": planning.close_plan,
}


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """Actions that belong together: where they stand, and what is answered.

    With `key` each is done to the object in the address, which `rows` find again and `scope` finds for a reader.
    """

    base: str
    tag: str
    actions: Mapping[str, Action]
    key: str = ""
    answer: type[Schema] | None = None
    rows: Callable[[], QuerySet[Any]] | None = None
    scope: Callable[[Any], QuerySet[Any]] | None = None
    particulars: Mapping[str, Any] = field(default_factory=dict)

    def offer(self, api: NinjaAPI) -> None:
        for noun, action in self.actions.items():
            place = f"{self.base}/{{int:object_id}}" if self.key else self.base
            expose(
                api,
                f"{place}/{noun}".rstrip("/"),
                action,
                tag=self.tag,
                key=self.key,
                answer=self.answer,
                after=self._after,
                again=self._again,
                particulars=self.particulars,
            )

    @property
    def _after(self) -> Callable[[int, Any], Model] | None:
        rows = self.rows
        return None if rows is None else lambda pk, made: _as_made(rows(), pk, made) or rows().get(pk=pk)

    @property
    def _again(self) -> Read | None:
        rows, scope = self.rows, self.scope
        if rows is None or scope is None:
            return None

        def read(request: HttpRequest, pk: int) -> Model:
            visible = scope(request.auth)  # type: ignore[attr-defined]
            return rows().filter(pk__in=visible.values("pk")).get(pk=pk)

        return read


def of_assignments(actor: Any) -> QuerySet[Assignment]:
    return Assignment.objects.within(actor, Cap.VIEW)


SHELVES = [
    Shelf(
        base="assignments",
        key="assignment_id",
        tag="办件",
        actions=ON_ASSIGNMENTS,
        answer=schemas.AssignmentOut,
        rows=lambda: Assignment.objects.select_related("item", "unit", "issued_by"),
        scope=of_assignments,
    ),
    Shelf(
        base="reports",
        key="report_id",
        tag="办件",
        actions={"accept": reviewing.accept_report, "return": reviewing.return_report},
        answer=schemas.ReportOut,
        rows=lambda: Report.objects.all(),
        scope=lambda actor: Report.objects.filter(assignment__in=of_assignments(actor).values("pk")),
    ),
    Shelf(
        base="explanations",
        key="explanation_id",
        tag="办件",
        actions={"answer": reviewing.answer_explanation},
        answer=schemas.ExplanationOut,
        rows=lambda: Explanation.objects.all(),
        scope=lambda actor: Explanation.objects.filter(assignment__in=of_assignments(actor).values("pk")),
    ),
    Shelf(
        base="proposals",
        key="proposal_id",
        tag="催办阶梯",
        actions={"accept": proposing.accept_proposal, "dismiss": proposing.dismiss_proposal},
        answer=schemas.ProposalOut,
        rows=lambda: Proposal.objects.select_related("unit"),
        scope=lambda actor: Proposal.objects.within(actor, Cap.VIEW),
    ),
    Shelf(base="ladders", tag="催办阶梯", actions={"": laddering.draft_ladder}),
    Shelf(
        base="likenesses",
        key="likeness_id",
        tag="雷同提示",
        actions={"dismiss": alike.dismiss_likeness, "comment": alike.comment_on_likeness},
        answer=schemas.LikenessOut,
        rows=lambda: Likeness.objects.select_related("later", "earlier"),
        scope=lambda actor: Likeness.objects.within(actor, Cap.VIEW),
    ),
    Shelf(base="likenesses", tag="雷同提示", actions={"settings": alike.settle_hints}),
    Shelf(
        base="ladders",
        key="edition_id",
        tag="催办阶梯",
        actions={
            "force": laddering.put_ladder_in_force,
            "discard": laddering.discard_ladder_draft,
            "retire": laddering.retire_ladder,
        },
    ),
    Shelf(
        base="scoring",
        tag="计分",
        actions={"": scoring.draft_scoring, "publish": scoring.publish_scores},
    ),
    Shelf(
        base="scoring",
        key="edition_id",
        tag="计分",
        actions={
            "force": scoring.put_scoring_in_force,
            "discard": scoring.discard_scoring_draft,
            "retire": scoring.retire_scoring,
        },
    ),
    Shelf(
        base="score-lines",
        key="line_id",
        tag="计分",
        actions={"contest": scoring.contest_score, "decide": scoring.decide_score_objection},
    ),
    Shelf(base="themes", tag="亮灯规则", actions={"": theming.draft_theme}),
    Shelf(
        base="themes",
        key="edition_id",
        tag="亮灯规则",
        actions={
            "force": theming.put_theme_in_force,
            "discard": theming.discard_theme_draft,
            "retire": theming.retire_theme,
        },
    ),
    Shelf(base="items", tag="办件", actions={"": dispatching.register_item}),
    Shelf(base="plans", tag="清单", actions={"": planning.draft_plan}),
    Shelf(
        base="plans",
        key="plan_id",
        tag="清单",
        actions=ON_PLANS,
        answer=schemas.PlanOut,
        rows=lambda: Plan.objects.select_related("source", "issuer"),
        scope=lambda actor: Plan.objects.within(actor, Cap.VIEW),
    ),
    Shelf(
        base="plans",
        key="plan_id",
        tag="清单",
        actions={
            "copy": planning.roll_forward,
            "delete": planning.delete_draft,
            "circulars": circulars.draft_circular,
        },
    ),
    Shelf(
        base="circulars",
        key="circular_id",
        tag="文书",
        actions={
            "refresh": circulars.refresh_circular,
            "ask": circulars.ask_units,
        },
        answer=schemas.CircularOut,
        rows=lambda: Circular.objects.select_related("paper"),
        scope=lambda actor: Circular.objects.within(actor, Cap.VIEW),
    ),
    Shelf(base="circulars", tag="文书", actions={"": circulars.draft_bulletin}),
    Shelf(
        base="circulars",
        key="circular_id",
        tag="文书",
        actions={"publish": circulars.publish_circular},
    ),
    Shelf(
        base="publications",
        key="publication_id",
        tag="文书",
        actions={"withdraw": circulars.withdraw_publication},
    ),
    Shelf(
        base="inquiries",
        key="inquiry_id",
        tag="文书",
        actions={"agree": circulars.agree_figures, "contest": circulars.contest_figure},
    ),
    Shelf(
        base="contests",
        key="contest_id",
        tag="文书",
        actions={"uphold": circulars.uphold_contest, "reject": circulars.reject_contest},
    ),
    Shelf(
        base="papers",
        key="paper_id",
        tag="文书",
        actions={
            "edit": documents.edit_paper,
            "review": documents.review_paper,
            "send-back": documents.send_back_paper,
            "countersign/ask": documents.ask_countersign,
            "countersign": documents.countersign_paper,
            "attach": documents.attach_files,
            "detach": documents.detach_file,
            "words": letters.edit_letter,
            "close": letters.close_letter,
            "issue/letter": letters.issue_letter,
            "issue/circular": circulars.issue_circular,
            "acknowledge": documents.acknowledge_paper,
        },
        answer=schemas.PaperOut,
        rows=lambda: Paper.objects.all(),
        scope=lambda actor: Paper.objects.within(actor, Cap.VIEW),
    ),
    Shelf(base="letters", tag="文书", actions={"": letters.draft_letter}),
    Shelf(
        base="papers",
        key="paper_id",
        tag="文书",
        actions={"reply": answering.reply_to_letter, "objection": answering.object_to_letter},
    ),
    Shelf(
        base="paper-objections",
        key="objection_id",
        tag="文书",
        actions={"decide": answering.decide_letter_objection},
    ),
    Shelf(base="templates", tag="文书", actions={"": templating.draft_template}),
    Shelf(
        base="templates",
        key="edition_id",
        tag="文书",
        actions={
            "force": templating.put_template_in_force,
            "discard": templating.discard_template_draft,
            "retire": templating.retire_template,
        },
    ),
    Shelf(
        base="files",
        key="file_id",
        tag="佐证",
        actions={"date": documents.date_evidence, "discard": documents.discard_file},
    ),
    Shelf(
        base="units",
        tag="单位",
        actions={"": org.found_unit, "merge": org.merge_units, "groups": org.set_group},
    ),
    Shelf(
        base="units",
        key="unit_id",
        tag="单位",
        actions={
            "edit": org.edit_unit,
            "rename": org.rename_unit,
            "move": org.move_unit,
            "split": org.split_unit,
            "close": org.close_unit,
        },
        particulars={"kind": str, "code": str, "region_code": str, "sort_order": int},
    ),
    Shelf(base="changes", key="change_id", tag="单位", actions={"withdraw": org.withdraw_change}),
    Shelf(base="groups", key="group_id", tag="单位", actions={"dissolve": org.dissolve_group}),
    Shelf(base="aliases", tag="单位", actions={"": org.remember_alias}),
    Shelf(base="aliases", key="alias_id", tag="单位", actions={"forget": org.forget_alias}),
    Shelf(base="people", tag="人员", actions={"": org.register_person}),
    Shelf(
        base="people",
        key="person_id",
        tag="人员",
        actions={
            "edit": org.edit_person,
            "retire": org.retire_person,
            "restore": org.restore_person,
            "password": org.reset_password,
            "hand-over": org.hand_over,
        },
        particulars={"name": str, "email": str, "mobile": str},
    ),
    Shelf(base="appointments", tag="人员", actions={"": org.appoint}),
    Shelf(base="appointments", key="appointment_id", tag="人员", actions={"end": org.end_appointment}),
    Shelf(
        base="imports",
        key="draft_id",
        tag="单位",
        actions={"units": org.import_units, "people": org.import_people, "discard": org.discard_import},
    ),
    Shelf(base="views", tag="台账", actions={"": registers.save_view}),
    Shelf(
        base="views",
        key="view_id",
        tag="台账",
        actions={"edit": registers.change_view, "drop": registers.drop_view},
    ),
    Shelf(base="exports", tag="台账", actions={"": registers.ask_export}),
    Shelf(base="exports", key="export_id", tag="台账", actions={"drop": registers.drop_export}),
    Shelf(
        base="channels",
        tag="通道",
        actions={"": notifications.open_channel},
    ),
    Shelf(
        base="channels",
        key="channel_id",
        tag="通道",
        actions={
            "edit": notifications.edit_channel,
            "switch": notifications.switch_channel,
            "test": notifications.try_channel,
            "remove": notifications.remove_channel,
        },
    ),
    Shelf(
        base="deliveries", key="delivery_id", tag="通道", actions={"resend": notifications.resend_delivery}
    ),
    Shelf(
        base="workdays",
        tag="工作日历",
        actions={
            "arrangements": workdays.publish_arrangement,
            "local-days": workdays.add_local_day,
            "vacations": workdays.set_vacation,
        },
    ),
]
"""All of it; tests/architecture/test_doors.py tells of an action that is missing."""


def _as_made(rows: QuerySet, pk: int, made: Any) -> Model | None:
    """What the action returned, where that is the object itself with all that is said of it, as a reading gives it."""
    if not isinstance(made, rows.model) or made.pk != pk or not isinstance(rows.query.select_related, dict):
        return None
    if not all(rows.model._meta.get_field(name).is_cached(made) for name in rows.query.select_related):
        return None
    for column in rows.model._meta.concrete_fields:
        value = getattr(made, column.attname)
        if isinstance(value, datetime):
            setattr(made, column.attname, value.astimezone(UTC))
    return made
