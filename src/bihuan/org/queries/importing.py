"""What an uploaded table would do to the organisation as it is now, and the same table from what there is."""

from collections.abc import Iterable, Iterator
from datetime import date

from django.db.models import Q

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.sheets import read_sheet, write_sheet
from bihuan.org.models import Alias, Appointment, BusinessLine, ImportDraft, Person, Unit, UnitKind
from bihuan.org.queries.people import conflicts
from bihuan.org.roles import Cap, Role
from bihuan.org.rules import people_table, unit_table
from bihuan.org.rules.people_table import KnownPerson, KnownPost, PeoplePlan, Place, plan_people
from bihuan.org.rules.posts import REASONS
from bihuan.org.rules.tables import RowError, Table, error_at, read_table
from bihuan.org.rules.unit_table import KnownUnit, UnitPlan, plan_units
from bihuan.org.scope import people_within, units_within

SAMPLE_UNITS = (
    ("", "", "东市教育局", "", "行政机关", "省教育厅", "620100", "", "市局、东市局", "1", "2020-01-01"),
    ("", "2162000001", "东市第一小学", "一小", "学校", "东市教育局", "620102", "", "", "1", ""),
)


def drafts_of(actor: Actor):
    """The uploads the actor may look at and apply: their own, in the post in which they made them."""
    return ImportDraft.objects.filter(uploaded_by=actor.appointment_id)


def plan_of(draft: ImportDraft, actor: Actor) -> UnitPlan | PeoplePlan:
    """What an uploaded table would do now: for the preview, and again when it is confirmed."""
    return (
        unit_plan(draft, actor) if draft.subject == ImportDraft.Subject.UNITS else people_plan(draft, actor)
    )


def unit_plan(draft: ImportDraft, actor: Actor) -> UnitPlan:
    """What the uploaded table of units would do now. Raises Refused when it cannot be read."""
    table = read_table(read_sheet(draft.file_name, bytes(draft.content or b"")), unit_table.COLUMNS)
    lines = frozenset(BusinessLine.objects.values_list("name", flat=True))
    known = known_units(actor)
    return plan_units(table, known, lines=lines, today=clock.today(), may_found_roots=actor.is_system)


def people_plan(draft: ImportDraft, actor: Actor) -> PeoplePlan:
    """What the uploaded table of people would do now. Raises Refused when the file cannot be read."""
    table = read_table(read_sheet(draft.file_name, bytes(draft.content or b"")), people_table.COLUMNS)
    today = clock.today()
    ours = set(people_within(actor, Cap.MANAGE_POSTS).values_list("pk", flat=True))
    named = {row["username"] for row in table.rows}
    people = [
        KnownPerson(one.pk, one.username, one.name, one.mobile, one.email, one.is_active, one.pk in ours)
        for one in Person.objects.filter(username__in=named)
    ]
    posts = Appointment.objects.not_over(today).filter(person__in=[one.id for one in people])
    plan = plan_people(
        table,
        people,
        [
            KnownPost(one.pk, one.person_id, one.unit_id, one.role, one.title, one.starts_on, one.ends_on)
            for one in posts
        ],
        list(_places(actor, today)),
        today=today,
        oneself=actor.person_id,
    )
    plan.errors = sorted([*plan.errors, *_joined_wrongly(plan, people, table)], key=lambda error: error.row)
    return plan


def known_units(actor: Actor) -> list[KnownUnit]:
    """Every unit of the tree and the external ones that everybody or the actor's units keep."""
    ours = set(units_within(actor, Cap.MANAGE_UNITS).values_list("pk", flat=True))
    lines = _gathered(Unit.lines.through.objects.values_list("unit_id", "businessline__name"))
    aliases = _gathered(Alias.objects.filter(unit__isnull=False).values_list("unit_id", "name"))
    units = Unit.objects.filter(~Q(kind=UnitKind.EXTERNAL) | Q(keeper__isnull=True) | Q(pk__in=ours))
    return [
        KnownUnit(
            id=one.pk,
            code=one.code or "",
            name=one.name,
            short_name=one.short_name,
            kind=one.kind,
            parent_id=one.parent_id,
            region_code=one.region_code,
            sort_order=one.sort_order,
            starts_on=one.starts_on,
            lines=frozenset(lines.get(one.pk, ())),
            aliases=frozenset(aliases.get(one.pk, ())),
            has_ended=one.ends_on is not None,
            is_ours=one.pk in ours,
        )
        for one in units
    ]


def unit_sheet(actor: Actor) -> bytes:
    """The units in the actor's reach as the table that can be imported again (features.md R26)."""
    ours = units_within(actor, Cap.MANAGE_UNITS).filter(ends_on__isnull=True)
    units = ours.select_related("parent").order_by("parent__id", "sort_order", "pinyin", "id")
    lines = _gathered(Unit.lines.through.objects.values_list("unit_id", "businessline__name"))
    aliases = _gathered(Alias.objects.filter(unit__isnull=False).values_list("unit_id", "name"))
    rows = (
        (
            f"#{one.pk}",
            one.code,
            one.name,
            one.short_name,
            unit_table.LABELS[one.kind],
            (one.parent.code or f"#{one.parent_id}") if one.parent else "",
            one.region_code,
            "、".join(sorted(lines.get(one.pk, ()))),
            "、".join(sorted(aliases.get(one.pk, ()))),
            one.sort_order,
            one.starts_on,
        )
        for one in units.iterator(chunk_size=5000)
    )
    return _sheet("机构", unit_table.COLUMNS, rows, choices={4: list(unit_table.LABELS.values())})


def unit_template() -> bytes:
    """An empty table of units with two sample rows to be replaced."""
    return _sheet("机构", unit_table.COLUMNS, SAMPLE_UNITS, choices={4: list(unit_table.LABELS.values())})


def people_sheet(actor: Actor) -> bytes:
    """The appointments in the actor's reach that hold or will, as the table that can be imported again."""
    units = units_within(actor, Cap.MANAGE_POSTS).values("pk")
    posts = Appointment.objects.not_over(clock.today()).filter(unit__in=units, person__is_active=True)
    rows = (
        (
            one.person.username,
            one.person.name,
            one.unit.code or f"#{one.unit_id}",
            Role(one.role).label,
            one.title,
            one.starts_on,
            one.ends_on,
            one.person.mobile,
            one.person.email,
        )
        for one in posts.select_related("person", "unit").order_by("unit", "id").iterator(chunk_size=5000)
    )
    return _sheet("人员", people_table.COLUMNS, rows, choices={3: [str(label) for label in Role.labels]})


def people_template() -> bytes:
    """An empty table of people with a sample row to be replaced."""
    sample = (
        "zhangsan",
        "张三",
        "东市教育局",
        Role.HANDLER.label,
        "科员",
        "2026-09-01",
        "",
        "13800000000",
        "",
    )
    return _sheet("人员", people_table.COLUMNS, [sample], choices={3: [str(label) for label in Role.labels]})


def _joined_wrongly(plan: PeoplePlan, people: list[KnownPerson], table: Table) -> Iterator[RowError]:
    """Rows that would join roles that must be kept apart, with each other or with what is held."""
    ids = {one.username: one.id for one in people}
    ids |= {username: -number for number, username in enumerate(plan.people, 1)}  # new ones hold nothing yet
    units = Unit.objects.in_bulk({post.unit_id for post in plan.added})
    rows = {row.number: row for row in table.rows}
    wanted: dict[int, Appointment] = {
        post.row: Appointment(
            person_id=ids[post.username],
            unit=units[post.unit_id],
            role=post.role,
            starts_on=post.starts_on,
            ends_on=post.ends_on,
        )
        for post in plan.added
    }
    numbers = {id(post): number for number, post in wanted.items()}
    for post, reason in conflicts(list(wanted.values())):
        row = rows[numbers[id(post)]]
        yield error_at(people_table.COLUMNS, row, "role", str(REASONS[reason]), reason)


def _sheet(title: str, columns, rows, **options) -> bytes:
    labels, widths = [column.label for column in columns], [column.width for column in columns]
    return write_sheet(title, labels, rows, widths=widths, **options)


def _places(actor: Actor, today: date) -> Iterator[Place]:
    units = units_within(actor, Cap.MANAGE_POSTS).filter(ends_on__isnull=True).exclude(kind=UnitKind.EXTERNAL)
    for pk, name, short_name, code in units.values_list("pk", "name", "short_name", "code"):
        yield Place(pk, tuple({name, short_name}), code or "")


def _gathered(pairs: Iterable[tuple[int, str]]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for pk, text in pairs:
        found.setdefault(pk, []).append(text)
    return found
