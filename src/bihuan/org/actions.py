"""Everything that changes the organisation."""

from datetime import date

from django.db import connection
from django.utils.translation import gettext as _
from pypinyin import Style, lazy_pinyin

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Refused
from bihuan.kernel.transactions import action, step
from bihuan.ledger.book import append, once
from bihuan.org.models import Appointment, Person, Unit, UnitKind, UnitName
from bihuan.org.roles import Role


@action
def found_unit(
    *,
    actor: Actor,
    name: str,
    kind: str,
    parent_id: int | None = None,
    short_name: str = "",
    code: str | None = None,
    region_code: str = "",
    sort_order: int = 0,
    starts_on: date | None = None,
) -> Unit:
    """Add a unit to the tree (设立单位), or outside it when external."""
    once("org.unit.founded", actor=actor)
    parent = Unit.objects.select_for_update().get(pk=parent_id) if parent_id else None
    unit = plant_unit(
        Unit(
            name=name,
            short_name=short_name or name,
            kind=kind,
            parent=parent,
            code=code or None,
            region_code=region_code,
            sort_order=sort_order,
            starts_on=starts_on or clock.today(),
        )
    )
    facts = {"kind": unit.kind, "on": unit.starts_on, "parent": unit.parent_id, "code": unit.code}
    append("org.unit.founded", actor=actor, subject=unit, **facts)
    return unit


@step
def plant_unit(unit: Unit) -> Unit:
    """Save a new unit with its lineage, name history, sort key and the authority it acts for."""
    if unit.kind == UnitKind.OFFICE and unit.parent is None:
        raise Refused(_("内设机构必须有上级单位"), code="office_without_parent", field="parent")
    if unit.kind == UnitKind.EXTERNAL and unit.parent is not None:
        raise Refused(_("系统外单位不在机构树内，不能设上级"), code="external_with_parent", field="parent")
    unit.pinyin = pinyin_key(unit.short_name)
    if unit.kind == UnitKind.OFFICE:
        unit.authority_id = unit.parent.authority_id
    unit.save(force_insert=True)
    if unit.kind != UnitKind.OFFICE:
        unit.authority = unit
        unit.save(update_fields=["authority"])
    UnitName.objects.create(unit=unit, name=unit.name, short_name=unit.short_name, starts_on=unit.starts_on)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO org_lineage (ancestor_id, descendant_id, depth)"
            " SELECT ancestor_id, %(unit)s, depth + 1 FROM org_lineage WHERE descendant_id = %(parent)s"
            " UNION ALL SELECT %(unit)s, %(unit)s, 0",
            {"unit": unit.pk, "parent": unit.parent_id},
        )
    return unit


@action
def register_person(
    *, actor: Actor, username: str, name: str, password: str | None = None, email: str = ""
) -> Person:
    """Open an account (登记人员). It can do nothing until the person is appointed."""
    once("org.person.registered", actor=actor)
    person = Person(username=username, name=name, email=email, pinyin=pinyin_key(name))
    person.set_password(password)
    person.save(force_insert=True)
    append("org.person.registered", actor=actor, subject=person)
    return person


@action
def appoint(
    *,
    actor: Actor,
    person_id: int,
    unit_id: int,
    role: str,
    title: str,
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> Appointment:
    """Give a person a role in a unit from a day on (任职). External units have nobody with an account."""
    once("org.appointment.begun", actor=actor)
    unit = Unit.objects.get(pk=unit_id)
    if unit.is_external:
        raise Refused(_("系统外单位没有账号，不能任职"), code="external_unit", field="unit")
    post = Appointment(
        person_id=person_id,
        unit=unit,
        role=Role(role),
        title=title,
        starts_on=starts_on or clock.today(),
        ends_on=ends_on,
    )
    post.save(force_insert=True)
    Person.objects.filter(pk=person_id, post__isnull=True).update(post=post)
    facts = {"person": person_id, "unit": unit_id, "role": post.role, "on": post.starts_on}
    append("org.appointment.begun", actor=actor, subject=post, **facts)
    return post


def pinyin_key(text: str) -> str:
    """A sort key that orders Chinese as offices do, and its initials for searching: `gansu gs`."""
    full = "".join(lazy_pinyin(text))
    initials = "".join(lazy_pinyin(text, style=Style.FIRST_LETTER))
    return f"{full} {initials}".lower()[:100]
