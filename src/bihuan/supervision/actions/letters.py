"""Documents of the loop (督办文书): drafted from the record, decided by people, answered in the loop (DESIGN §4)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from bihuan.documents.actions import (
    close_paper,
    draft_paper,
    issue_paper,
    settle_paper,
    take_draft,
    take_paper,
    write_words,
)
from bihuan.documents.models import Paper
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import IllegalMove, Refused
from bihuan.kernel.transactions import action, step
from bihuan.ledger.book import append, once
from bihuan.org.models import Unit, UnitKind
from bihuan.org.roles import Cap
from bihuan.supervision.actions.dispatching import acting_unit, dispatch_item, refuse_targets
from bihuan.supervision.actions.steps import lock_all, refuse_far, require, settle, take
from bihuan.supervision.letters import LETTERS, LONGEST, asks
from bihuan.supervision.models import Addressee, Assignment, Item, Letter, Matter, Plan, Source
from bihuan.supervision.queries.letters import (
    Subject,
    begun,
    matters_for,
    may_close,
    objection_days,
    proposed_reply,
    template_for,
)
from bihuan.supervision.rules import Priority

PRIORITIES = {"": Priority.NORMAL, "加急": Priority.IMPORTANT, "特急": Priority.URGENT}


@action
def draft_letter(
    *,
    actor: Actor,
    kind: str,
    unit_ids: Sequence[int] = (),
    assignment_ids: Sequence[int] = (),
    plan_id: int | None = None,
    title: str = "",
    addressees: str = "",
    words: Mapping[str, str] | None = None,
    reply_by: date | None = None,
    objection_workdays: int | None = None,
    meets_at: datetime | None = None,
    place: str = "",
    code: str = "",
    cc: str = "",
    urgency: str = "",
    note: str = "",
) -> Letter:
    """Draft a document of some kind (起草文书): what is on record fills it in, `words` are the parts people write.

    It goes to `unit_ids`, else to the units of the assignments it is about. Where its kind demands a reply and no
    day is given, the kind's own number of days counts (`letters.LETTERS`).
    """
    once("documents.paper.drafted", actor=actor)
    if kind not in LETTERS:
        raise Refused(_("请选择文种"), code="unknown_kind", field="kind")
    unit = acting_unit(actor, Cap.ISSUE)
    matters = _lock_matters(actor, assignment_ids)
    plan = (
        Plan.objects.within(actor, Cap.ISSUE).get(pk=plan_id) if plan_id else None
    )  # its figures are of all
    if LETTERS[kind].asks == "always" and reply_by is None:
        reply_by = proposed_reply(unit.authority_id, kind)
    subject = Subject(
        kind=kind,
        issuer=unit.own_authority,
        office=unit if unit.kind == UnitKind.OFFICE else None,
        units=_chosen(unit_ids) or list(dict.fromkeys(one.unit for one in matters)),
        matters=matters,
        plan=plan,
        reply_by=reply_by if asks(kind, reply_by is not None) else None,
        objection_workdays=_objection(unit.authority_id, kind, objection_workdays),
        meets_at=meets_at,
        place=place.strip(),
    )
    said = {"title": title, "addressees": addressees, "code": code, "cc": cc}
    return draft_on(subject, actor=actor, words=words, urgency=urgency, note=note, said=said)


@action
def draft_slip(
    *,
    assignment_id: int,
    actor: Actor,
    requirement: str,
    reply_by: date,
    code: str = "",
    seen_version: int | None = None,
) -> Letter:
    """Draft a slip for an open assignment (拟督办通知单) with everything known about it already filled in."""
    assignment = take(assignment_id, actor=actor, cap=Cap.URGE, seen_version=seen_version)
    return draft_about(
        assignment, "slip", actor=actor, requirement=requirement, reply_by=reply_by, said={"code": code}
    )


@step
def draft_about(
    assignment: Assignment,
    kind: str,
    *,
    actor: Actor,
    requirement: str = "",
    reply_by: date | None = None,
    said: Mapping[str, str] | None = None,
) -> Letter:
    """Draft a document about one locked assignment for the unit that has it, by whoever gave it."""
    if kind == "slip":
        requirement = require(requirement, "requirement", _("请写明督办要求"))
    subject = Subject(
        kind=kind,
        issuer=assignment.issued_by,
        office=assignment.office,
        units=[assignment.unit],
        matters=[assignment],
        reply_by=reply_by or proposed_reply(assignment.issued_by_id, kind),
        objection_workdays=objection_days(assignment.issued_by_id, kind),
    )
    words = {"demand": requirement} if requirement.strip() else None
    return draft_on(subject, actor=actor, words=words, said=said)


@step
def draft_on(
    subject: Subject,
    *,
    actor: Actor,
    words: Mapping[str, str] | None,
    urgency: str = "",
    note: str = "",
    said: Mapping[str, str] | None = None,
) -> Letter:
    """Write the draft with its matters, which are locked, and addressees, and note it on what it is about."""
    _refuse_subject(subject)
    _refuse_words(words)
    edition, template = template_for(subject.issuer.pk, subject.kind)
    text = begun(subject, template, words)
    given = {name: word.strip() for name, word in (said or {}).items() if word.strip()}
    paper = Paper(
        kind=subject.kind,
        issuer=subject.issuer,
        office=subject.office,
        code=given.get("code", text.code),
        title=given.get("title", text.title),
        addressees=given.get("addressees", text.addressees),
        cc=given.get("cc", text.cc),
        sections=text.sections,
        tables=text.tables,
    )
    write_words(paper, urgency=urgency, note=note.strip())
    draft_paper(paper, actor=actor)
    letter = Letter.objects.create(
        paper=paper,
        template=edition,
        plan=subject.plan,
        reply_by=subject.reply_by,
        objection_workdays=subject.objection_workdays if subject.reply_by else 0,
        meets_at=subject.meets_at,
        place=subject.place,
    )
    Matter.objects.bulk_create(
        Matter(letter=letter, assignment=one, position=n) for n, one in enumerate(subject.matters)
    )
    Addressee.objects.bulk_create(
        (Addressee(letter=letter, unit=unit, position=n) for n, unit in enumerate(subject.units)),
        batch_size=2000,
    )
    for one in subject.matters:
        _note(one, letter, "drafted", actor=actor, text=(words or {}).get("demand", ""))
    return letter


@action
def edit_letter(
    *,
    paper_id: int,
    actor: Actor,
    title: str,
    addressees: str,
    code: str,
    words: Mapping[str, str],
    cc: str = "",
    urgency: str = "",
    note: str = "",
    reply_by: date | None = None,
    objection_workdays: int | None = None,
    meets_at: datetime | None = None,
    place: str = "",
    seen_version: int | None = None,
) -> Letter:
    """Change the words of a draft (修改文稿); what the program writes is drawn anew from the record and the dates."""
    paper = take_draft(paper_id, actor=actor, seen_version=seen_version)
    letter = Letter.objects.select_related("template", "plan").get(paper=paper)
    letter.paper = paper
    _refuse_words(words)
    kind = paper.kind
    if LETTERS[kind].asks == "always" and reply_by is None:
        reply_by = letter.reply_by
    letter.reply_by = reply_by if asks(kind, reply_by is not None) else None
    if objection_workdays is not None or letter.reply_by is None:
        wanted = _objection(paper.issuer_id, kind, objection_workdays) if letter.reply_by else 0
        letter.objection_workdays = wanted
    letter.meets_at, letter.place = meets_at, place.strip()
    subject = subject_of(letter)
    _refuse_dates(subject)
    template = letter.template.template if letter.template else LETTERS[kind].template
    standing = {one["key"]: "\n".join(one["paragraphs"]) for one in paper.sections if "key" in one}
    text = begun(subject, template, {**standing, **words})
    write_words(paper, title=title, addressees=addressees, code=code, cc=cc, urgency=urgency, note=note)
    paper.sections, paper.tables = text.sections, text.tables
    letter.save()
    settle_paper(paper, "edited", actor=actor)
    return letter


@action
def issue_letter(*, paper_id: int, actor: Actor, seen_version: int | None = None) -> Letter:
    """Sign, number and serve a document (签发); where it demands a reply, each addressee gets one assignment.

    Refused where what it is about is over, a unit has ended meanwhile, or its reply would be due already.
    """
    paper = take_paper(paper_id, actor=actor, seen_version=seen_version)
    letter = Letter.objects.select_related("plan").get(paper=paper)
    letter.paper = paper
    subject = subject_of(letter)
    matters = lock_all(subject.matters)
    if paper.kind == Paper.Kind.SLIP and not all(one.is_open for one in matters):
        raise Refused(_("办件已结束，不再签发督办通知单"), code="illegal_move")
    _refuse_unready(subject, paper)
    if not letter.rule.upward:
        _refuse_units(subject)
    unit_ids = [one.pk for one in subject.units]
    issue_paper(paper, unit_ids, actor=actor, brings_duty=letter.reply_by is not None)
    if letter.reply_by is not None:
        letter.item = _ask_for_reply(letter, subject, unit_ids, actor)
        letter.save(update_fields=["item"])
    for one in matters:
        _note(one, letter, "issued", actor=actor)
    return letter


@action
def close_letter(*, paper_id: int, actor: Actor, seen_version: int | None = None) -> Letter:
    """Put an issued document to the files (办结归档) once every reply is done with and no objection is undecided."""
    paper = take_paper(paper_id, actor=actor, seen_version=seen_version)
    letter = Letter.objects.get(paper=paper)
    if paper.stage == Paper.Stage.ISSUED and not may_close(letter):
        raise Refused(_("还有答复没有办结，或者异议没有复核，不能归档"), code="replies_open")
    close_paper(paper, actor=actor)
    return letter


def subject_of(letter: Letter) -> Subject:
    """What a document is about, as it stands now."""
    paper = letter.paper
    matters = letter.matters.select_related(
        "assignment__item__source", "assignment__unit", "assignment__issued_by"
    )
    return Subject(
        kind=paper.kind,
        issuer=paper.issuer,
        office=paper.office,
        units=[one.unit for one in letter.addressed.select_related("unit__parent")],
        matters=[one.assignment for one in matters],
        plan=letter.plan,
        reply_by=letter.reply_by,
        objection_workdays=letter.objection_workdays,
        meets_at=letter.meets_at,
        place=letter.place,
    )


@step
def _ask_for_reply(letter: Letter, subject: Subject, unit_ids: Sequence[int], actor: Actor) -> Item:
    """The reply as a matter of the loop: one assignment per addressee, due at the end of the day it is asked by."""
    paper, due_on = letter.paper, subject.reply_by
    assert due_on is not None
    adopts = letter.rule.adopts
    source = Source.objects.create(
        kind=Source.Kind.RECOMMENDATION if adopts else Source.Kind.DOCUMENT,
        number=paper.number,
        title=paper.title,
        issued_on=clock.today(),
        unit=subject.issuer,
    )
    demand = [line for part in paper.sections for line in part["paragraphs"] if part.get("key") == "demand"]
    item = Item.objects.create(
        source=source,
        owner=subject.issuer,
        title=_duty_title(subject, paper),
        text="\n".join(demand),
        due_on=due_on,
        priority=PRIORITIES[paper.urgency],
    )
    append("supervision.item.registered", actor=actor, subject=item, source=source.kind.value)
    dispatch_item(
        item,
        unit_ids,
        [],
        clock.end_of(due_on),
        actor=actor,
        issued_by=subject.issuer,
        office=subject.office,
    )
    return item


def _duty_title(subject: Subject, paper: Paper) -> str:
    """What the addressee has to do, as its list says it."""
    about = "；".join(one.item.title for one in subject.matters[:3]) or _first_words(paper)
    if len(subject.matters) > 3:
        about = _("%(about)s等%(n)d件事项") % {"about": about, "n": len(subject.matters)}
    return LETTERS[subject.kind].duty.replace("{事项}", about)[:200]


def _first_words(paper: Paper) -> str:
    """The matter as it is written: the first sentence of the part about it, else the title."""
    for part in paper.sections:
        if part.get("key") in ("matter", "problem") and part["paragraphs"]:
            return str(part["paragraphs"][0]).split("。")[0]
    return paper.title


@step
def _note(assignment: Assignment, letter: Letter, what: str, *, actor: Actor, text: str = "") -> None:
    """Leave on an assignment that a document about it was drafted or issued."""
    facts: dict[str, Any] = {"paper": letter.paper_id}
    if letter.paper.kind == Paper.Kind.SLIP:
        facts |= {"reply_by": letter.reply_by} if what == "issued" else {}
        settle(assignment, f"slip_{what}", actor=actor, text=text, **facts)
    else:
        settle(assignment, f"letter_{what}", actor=actor, text=text, kind=str(letter.paper.kind), **facts)


@step
def _lock_matters(actor: Actor, keys: Sequence[int]) -> list[Assignment]:
    """The assignments that a document is to be about, locked, in the order in which they were named."""
    visible = {one.pk for one in matters_for(actor, keys)}
    if missing := set(keys) - visible:
        raise Assignment.DoesNotExist(sorted(missing))
    locked = {one.pk: one for one in lock_all(visible)}
    return [locked[key] for key in dict.fromkeys(keys)]


def _chosen(unit_ids: Sequence[int]) -> list[Unit]:
    found = Unit.objects.in_bulk(list(unit_ids))
    if missing := set(unit_ids) - found.keys():
        raise Refused(
            _("有 %(n)d 个单位不存在或已撤销") % {"n": len(missing)}, code="no_such_unit", field="unit_ids"
        )
    return [found[pk] for pk in dict.fromkeys(unit_ids)]


def _objection(issuer_id: int, kind: str, given: int | None) -> int:
    if given is not None and not 0 <= given <= 250:
        raise Refused(_("异议期为 0 至 250 个工作日"), code="out_of_range", field="objection_workdays")
    return objection_days(issuer_id, kind) if given is None else given


def _refuse_words(words: Mapping[str, str] | None) -> None:
    for key, said in (words or {}).items():
        if len(said) > LONGEST:
            raise Refused(_("这一部分不超过 %(n)d 字") % {"n": LONGEST}, code="too_long", field=f"part_{key}")


def _refuse_subject(subject: Subject) -> None:
    rule = LETTERS[subject.kind]
    if rule.needs_matter and not subject.matters:
        raise Refused(_("请选择所涉办件"), code="required", field="assignment_ids")
    if len(subject.matters) > rule.matters:
        said = _("%(n)d 件以上请另行发文：这种文书最多涉及 %(most)d 件")
        raise Refused(
            said % {"n": rule.matters + 1, "most": rule.matters}, code="too_many", field="assignment_ids"
        )
    if subject.kind == "slip" and not all(one.is_open for one in subject.matters):
        raise IllegalMove(stage=subject.matters[0].stage)
    if rule.upward:
        if subject.units:
            raise Refused(_("报告不选送达单位"), code="upward", field="unit_ids")
    else:
        if not subject.units and rule.asks == "always":
            raise Refused(_("请选择主送单位"), code="required", field="unit_ids")
        _refuse_units(subject)
    _refuse_dates(subject)


def _refuse_units(subject: Subject) -> None:
    """Only units below the issuer; those that a document is about are below whoever gave it."""
    if subject.units:
        refuse_targets(subject.issuer, [one.pk for one in subject.units], [])


def _refuse_dates(subject: Subject) -> None:
    if subject.reply_by is not None:
        refuse_far(subject.reply_by, "reply_by")
    if subject.meets_at is not None:
        refuse_far(subject.meets_at, "meets_at")
    if subject.reply_by is not None and subject.reply_by < clock.today():
        raise Refused(_("答复时限不能早于今天"), code="past", field="reply_by")
    if subject.meets_at is not None and subject.meets_at < clock.now():
        raise Refused(_("约谈时间不能早于现在"), code="past", field="meets_at")


def _refuse_unready(subject: Subject, paper: Paper) -> None:
    """What a signature would make final must be complete."""
    if LETTERS[subject.kind].meets and not (subject.meets_at and subject.place):
        raise Refused(_("约谈时间和地点还没有定，请退回补充后再签发"), code="meeting_open")
    empty = [part["heading"] for part in paper.sections if not part["paragraphs"]]
    if empty:
        raise Refused(
            _("“%(heading)s”还没有内容，请退回补充后再签发") % {"heading": empty[0]}, code="part_empty"
        )
    _refuse_dates(subject)
