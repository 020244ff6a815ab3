"""Whole tables taken over at once (导入): uploaded, shown, confirmed; then all of it or nothing."""

import hashlib
from datetime import date
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import connection
from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import AlreadyDone, NotPermitted, Refused, StaleVersion
from bihuan.kernel.transactions import action, step
from bihuan.ledger.book import Line, append, append_each, append_many, once
from bihuan.org.actions.posts import settle_people
from bihuan.org.actions.tree import grow_lineage, lock_tree, regrow_lineage, settle_authorities
from bihuan.org.models import (
    Alias,
    Appointment,
    BusinessLine,
    ChangeKind,
    ImportDraft,
    Person,
    Unit,
    UnitChange,
    UnitName,
)
from bihuan.org.queries.importing import drafts_of, people_plan, plan_of, unit_plan
from bihuan.org.roles import Cap, Role
from bihuan.org.rules.naming import pinyin_key
from bihuan.org.rules.people_table import PeoplePlan, PlannedPost
from bihuan.org.rules.tables import RowError
from bihuan.org.rules.unit_table import PlannedUnit, UnitPlan
from bihuan.org.scope import has

BATCH = 2000
_NEEDS = {ImportDraft.Subject.UNITS: Cap.MANAGE_UNITS, ImportDraft.Subject.PEOPLE: Cap.MANAGE_POSTS}


@action
def upload_import(*, actor: Actor, subject: str, file_name: str, content: bytes) -> ImportDraft:
    """Keep an uploaded table until it is confirmed or discarded. Raises Refused when it cannot be read."""
    once("org.import.uploaded", actor=actor)
    _check_may(actor, subject)
    draft = ImportDraft(
        subject=subject,
        uploaded_by_id=actor.appointment_id,
        uploaded_at=clock.now(),
        file_name=file_name[-200:],
        digest=hashlib.sha256(content).hexdigest(),
        content=content,
    )
    plan_of(draft, actor)
    draft.save(force_insert=True)
    append("org.import.uploaded", actor=actor, subject=draft, table=draft.subject, file=draft.digest)
    return draft


@action
def discard_import(*, draft_id: int, actor: Actor) -> ImportDraft:
    """Drop an uploaded table without taking anything over (放弃导入)."""
    draft = _opened(draft_id, actor)
    draft.content = None
    draft.save(update_fields=["content"])
    append("org.import.discarded", actor=actor, subject=draft)
    return draft


@action
def expire_import(*, draft_id: int, actor: Actor) -> ImportDraft:
    """Drop an uploaded table that nobody confirmed for days; for the daily work."""
    draft: ImportDraft = ImportDraft.objects.select_for_update(of=("self",)).get(pk=draft_id)
    if draft.content is not None:
        draft.content = None
        draft.save(update_fields=["content"])
        append("org.import.discarded", actor=actor, subject=draft)
    return draft


@action
def import_units(*, draft_id: int, actor: Actor, seen_digest: str) -> ImportDraft:
    """Take over an uploaded table of units as the preview showed it: all of it, or nothing.

    Raises Refused while any row is wrong and StaleVersion when the organisation changed so that the table
    would now do something else. The same file again changes nothing.
    """
    lock_tree()
    draft = _opened(draft_id, actor, ImportDraft.Subject.UNITS)
    plan = unit_plan(draft, actor)
    _check_plan(plan.errors, plan.digest, seen_digest)
    take_over_units(plan, actor=actor)
    return _settled(draft, len(plan.added), len(plan.changed), plan.unchanged, actor=actor)


@action
def import_people(*, draft_id: int, actor: Actor, seen_digest: str) -> ImportDraft:
    """Take over an uploaded table of people and posts: all of it, or nothing.

    New accounts have no password: nobody signs in before the security administrator issues one.
    """
    draft = _opened(draft_id, actor, ImportDraft.Subject.PEOPLE)
    plan = people_plan(draft, actor)
    _check_plan(plan.errors, plan.digest, seen_digest)
    take_over_people(plan, actor=actor)
    return _settled(draft, len(plan.added), len(plan.changed), plan.unchanged, actor=actor)


@step
def take_over_units(plan: UnitPlan, *, actor: Actor) -> None:
    """Carry a plan out, set by set: units level by level, then lineage, names, aliases, lines and entries."""
    made = _found(plan.added)
    units = _changed_units(plan.changed, made)
    moved = [one.known_id for one in plan.changed if _differs(one, "parent")]
    grow_lineage([unit.pk for unit in made.values()])
    regrow_lineage(moved)
    settle_authorities([unit.pk for unit in made.values()])
    everything = [(one, made[one.row]) for one in plan.added]
    everything += [(one, units[one.known_id]) for one in plan.changed]
    _put_aliases([(one, unit) for one, unit in everything if one.id is None or _differs(one, "aliases")])
    _put_lines([(one, unit) for one, unit in everything if one.id is None or _differs(one, "lines")])
    _enter_units(plan, made, units, actor)


@step
def take_over_people(plan: PeoplePlan, *, actor: Actor) -> None:
    """Carry a plan out: accounts, corrections, posts begun and posts changed, with an entry each."""
    people = _registered(plan, actor)
    _correct(plan, people, actor)
    units = Unit.objects.in_bulk({one.unit_id for one in plan.added})
    posts = Appointment.objects.bulk_create(
        [
            Appointment(
                person=people[one.username],
                unit=units[one.unit_id],
                role=Role(one.role),
                title=one.title,
                starts_on=one.starts_on,
                ends_on=one.ends_on,
            )
            for one in plan.added
        ],
        batch_size=BATCH,
    )
    _plan_anew(len(posts))
    settle_people(posts)
    facts = [{"person": p.person_id, "unit": p.unit_id, "role": p.role, "on": p.starts_on} for p in posts]
    lines = [Line(post, fact) for post, fact in zip(posts, facts, strict=True)]
    append_many("org.appointment.begun", actor=actor, lines=lines)
    _change_posts(plan.changed, actor)


def _opened(draft_id: int, actor: Actor, subject: str | None = None) -> ImportDraft:
    """The upload, held, if it is the actor's and still waits."""
    draft: ImportDraft = drafts_of(actor).select_for_update(of=("self",)).get(pk=draft_id)
    if subject is not None and draft.subject != subject:
        raise ImportDraft.DoesNotExist
    if draft.applied_at is not None:
        raise AlreadyDone
    if draft.content is None:
        raise StaleVersion(_("这次上传已经放弃，请重新上传"), code="import_discarded")
    _check_may(actor, draft.subject)
    return draft


def _check_may(actor: Actor, subject: str) -> None:
    if not actor.is_system and not has(actor, _NEEDS[ImportDraft.Subject(subject)]):
        raise NotPermitted


def _check_plan(errors: list[RowError], digest: str, seen_digest: str) -> None:
    if errors:
        raise Refused(
            _("还有 {count} 处错误，一行也没有导入").format(count=len(errors)),
            code="rows_wrong",
            field="file",
        )
    if digest != seen_digest:
        raise StaleVersion(_("预览之后情况有变化，请核对新的预览再确认"), code="preview_stale")


def _settled(draft: ImportDraft, added: int, changed: int, unchanged: int, *, actor: Actor) -> ImportDraft:
    draft.added, draft.changed, draft.unchanged = added, changed, unchanged
    draft.applied_at, draft.content = clock.now(), None
    draft.save()
    facts: dict[str, Any] = {"added": added, "changed": changed, "unchanged": unchanged, "file": draft.digest}
    append("org.import.applied", actor=actor, subject=draft, **facts)
    return draft


# units


def _found(added: list[PlannedUnit]) -> dict[int, Unit]:
    """Save the new units, each level after the one above; by row number."""
    made: dict[int, Unit] = {}
    waiting = added
    while waiting:
        level = [one for one in waiting if _has_parent(one, made)]
        waiting = [one for one in waiting if not _has_parent(one, made)]
        units = Unit.objects.bulk_create([_new_unit(one, made) for one in level], batch_size=BATCH)
        made |= {one.row: unit for one, unit in zip(level, units, strict=True)}
    _plan_anew(len(made))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO org_unitname (unit_id, name, short_name, starts_on)"
            " SELECT id, name, short_name, starts_on FROM org_unit WHERE id = ANY(%s)",
            [[unit.pk for unit in made.values()]],
        )
    return made


def _has_parent(one: PlannedUnit, made: dict[int, Unit]) -> bool:
    return one.parent is None or one.parent[0] == "unit" or one.parent[1] in made


def _plan_anew(rows: int) -> None:
    """Tell the planner that tables have grown.

    Otherwise every foreign key of a first import is checked by a scan of what was an empty table: minutes.
    """
    if rows >= BATCH:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE org_unit, org_person, org_appointment")


def _new_unit(one: PlannedUnit, made: dict[int, Unit]) -> Unit:
    return Unit(
        name=one["name"],
        short_name=one["short_name"],
        pinyin=pinyin_key(one["short_name"]),
        kind=one["kind"],
        code=one["code"] or None,
        region_code=one["region_code"],
        sort_order=one["sort_order"],
        starts_on=one["starts_on"],
        parent_id=_parent_id(one, made),
    )


def _parent_id(one: PlannedUnit, made: dict[int, Unit]) -> int | None:
    if one.parent is None:
        return None
    kind, number = one.parent
    return number if kind == "unit" else made[number].pk


def _changed_units(changed: list[PlannedUnit], made: dict[int, Unit]) -> dict[int, Unit]:
    """Save what changes in known units, with dated names and moves from today on; by id."""
    today = clock.today()
    units = Unit.objects.in_bulk([one.id for one in changed])
    dated: list[UnitChange] = []
    for one in changed:
        unit = units[one.known_id]
        if _differs(one, "name", "short_name"):
            dated.append(
                _dated(unit, ChangeKind.RENAME, today, name=one["name"], short_name=one["short_name"])
            )
            unit.pinyin = pinyin_key(one["short_name"])
        if _differs(one, "parent"):
            parent = _parent_id(one, made)
            dated.append(
                _dated(unit, ChangeKind.MOVE, today, parent_id=parent, former_parent_id=unit.parent_id)
            )
            unit.parent_id = parent
        for field in ("name", "short_name", "kind", "region_code", "sort_order"):
            setattr(unit, field, one[field])
        unit.code = one["code"] or None
        unit.version += 1
    fields = [
        "name",
        "short_name",
        "pinyin",
        "kind",
        "code",
        "region_code",
        "sort_order",
        "parent",
        "version",
    ]
    Unit.objects.bulk_update(units.values(), fields, batch_size=BATCH)
    UnitChange.objects.bulk_create(dated, batch_size=BATCH)
    _put_names([units[one.known_id] for one in changed if _differs(one, "name", "short_name")], today)
    return units


def _dated(unit: Unit, kind: str, on: date, **what: object) -> UnitChange:
    return UnitChange(unit=unit, kind=kind, on=on, state=UnitChange.State.APPLIED, **what)


def _put_names(units: list[Unit], on: date) -> None:
    """Let the units be called as they are now from `on`; a name that began that day is corrected."""
    ids = [unit.pk for unit in units]
    began_today = {name.unit_id: name for name in UnitName.objects.filter(unit__in=ids, starts_on=on)}
    UnitName.objects.filter(unit__in=ids, starts_on__lt=on, ends_on__isnull=True).update(ends_on=on)
    fresh: list[UnitName] = []
    for unit in units:
        name = began_today.get(unit.pk) or UnitName(unit=unit, starts_on=on)
        name.name, name.short_name = unit.name, unit.short_name
        if name.pk is None:
            fresh.append(name)
    UnitName.objects.bulk_update(began_today.values(), ["name", "short_name"], batch_size=BATCH)
    UnitName.objects.bulk_create(fresh, batch_size=BATCH)


def _put_aliases(rows: list[tuple[PlannedUnit, Unit]]) -> None:
    Alias.objects.filter(unit__in=[unit.pk for one, unit in rows if one.id is not None]).delete()
    aliases = [Alias(unit=unit, name=name) for one, unit in rows for name in sorted(one["aliases"])]
    Alias.objects.bulk_create(aliases, batch_size=BATCH)


def _put_lines(rows: list[tuple[PlannedUnit, Unit]]) -> None:
    through = Unit.lines.through
    ids = dict(BusinessLine.objects.values_list("name", "pk"))
    through.objects.filter(unit__in=[unit.pk for one, unit in rows if one.id is not None]).delete()
    through.objects.bulk_create(
        [
            through(unit=unit, businessline_id=ids[name])
            for one, unit in rows
            for name in sorted(one["lines"])
        ],
        batch_size=BATCH,
    )


def _enter_units(plan: UnitPlan, made: dict[int, Unit], units: dict[int, Unit], actor: Actor) -> None:
    """One entry for each thing that happened to a unit: founded, edited, renamed, moved."""
    today = clock.today()
    founded = [
        Line(unit, {"kind": unit.kind, "on": unit.starts_on, "parent": unit.parent_id, "code": unit.code})
        for unit in made.values()
    ]
    append_many("org.unit.founded", actor=actor, lines=founded)
    edited, renamed, moved = [], [], []
    for one in plan.changed:
        unit = units[one.known_id]
        dated = {"name", "short_name", "parent"}
        if fields := sorted({difference.field for difference in one.differences} - dated):
            edited.append(Line(unit, {"fields": fields}))
        if _differs(one, "name", "short_name"):
            renamed.append(Line(unit, {"on": today}))
        if _differs(one, "parent"):
            moved.append(Line(unit, {"parent": unit.parent_id, "on": today}))
    append_each("org.unit.edited", actor=actor, lines=edited)
    append_each("org.unit.renamed", actor=actor, lines=renamed)
    append_each("org.unit.moved", actor=actor, lines=moved)


def _differs(one: PlannedUnit, *fields: str) -> bool:
    return any(difference.field in fields for difference in one.differences)


# people


def _registered(plan: PeoplePlan, actor: Actor) -> dict[str, Person]:
    """Open the new accounts, without a password; all people of the plan by account."""
    home = {post.username: post.unit_id for post in reversed(plan.added)}
    nobodys = make_password(None)
    fresh = []
    for username, given in plan.people.items():
        person = Person(username=username, password=nobodys, must_change_password=True, **given)
        person.home_id, person.pinyin = home.get(username), pinyin_key(person.name, limit=100)
        fresh.append(person)
    Person.objects.bulk_create(fresh, batch_size=BATCH)
    lines = [Line(person, {"home": person.home_id}) for person in fresh]
    append_many("org.person.registered", actor=actor, lines=lines)
    named = {post.username for post in [*plan.added, *plan.changed]}
    known = Person.objects.filter(username__in=named).select_for_update(of=("self",)).order_by("id")
    return {person.username: person for person in known}


def _correct(plan: PeoplePlan, people: dict[str, Person], actor: Actor) -> None:
    corrected = Person.objects.in_bulk(plan.corrected)
    for pk, given in plan.corrected.items():
        for field, value in given.items():
            setattr(corrected[pk], field, value)
        corrected[pk].pinyin = pinyin_key(corrected[pk].name, limit=100)
        corrected[pk].version += 1
    fields = ["name", "mobile", "email", "pinyin", "version"]
    Person.objects.bulk_update(corrected.values(), fields, batch_size=BATCH)
    lines = [Line(corrected[pk], {"fields": sorted(given)}) for pk, given in plan.corrected.items()]
    append_each("org.person.edited", actor=actor, lines=lines)


def _change_posts(changed: list[PlannedPost], actor: Actor) -> None:
    posts = Appointment.objects.in_bulk([one.id for one in changed])
    ended, retitled = [], []
    for one in changed:
        post = posts[one.id]
        if post.ends_on != one.ends_on:
            ended.append(Line(post, {"on": one.ends_on}))
        if post.title != one.title:
            retitled.append(Line(post, {"fields": ["title"]}))
        post.title, post.ends_on = one.title, one.ends_on
    Appointment.objects.bulk_update(posts.values(), ["title", "ends_on"], batch_size=BATCH)
    append_each("org.appointment.ended", actor=actor, lines=ended)
    append_each("org.appointment.edited", actor=actor, lines=retitled)
