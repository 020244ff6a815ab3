"""The assignments one may act on, found the fast way, against the rules of DESIGN §5 asked of one row after another."""

from random import Random

import pytest

from bihuan.kernel import clock
from bihuan.org import scope
from bihuan.org.models import Lineage, Unit
from bihuan.org.roles import GRANTS, Cap, Reach, Role
from bihuan.supervision.actions.steps import _taking
from bihuan.supervision.models import Assignment, Item, Source
from bihuan.supervision.queries.registers import Filter, register
from bihuan.supervision.rules import Duty, Stage
from tests.town import MORNING, TREE

ROLES = (Role.SUPERVISOR, Role.HANDLER, Role.INSPECTOR, Role.SYSTEM_ADMIN)
CAPS = (Cap.VIEW, Cap.SIGN_FOR, Cap.HANDLE, Cap.URGE, Cap.INSTRUCT, Cap.APPROVE, Cap.PRE_REVIEW, Cap.DECIDE)
PLACES = ("省厅", "基教处", "东市局", "一中", "学院")
SHAPES = [(500, 4000), (0, 4000), (0, 0)]  # FEW and MANY: units named, in a table, asked about row by row


@pytest.fixture
def crowd(town) -> list[Assignment]:
    """Assignments given, led, assisted and broken down at random, whether or not an action would do it so."""
    draw = Random(20)
    units = [town.unit(name) for name in TREE]
    inside = [unit for unit in units if not unit.is_external]
    source = Source.objects.create(kind=Source.Kind.MEETING, title="会议", unit=inside[0])
    rows: list[Assignment] = []
    for number in range(120):
        parent = draw.choice(rows) if rows and draw.random() < 0.2 else None
        item = Item.objects.create(
            source=source, owner=inside[0], title=str(number), parent_assignment=parent
        )
        giver, lead = draw.choice(inside), draw.choice(rows) if rows and draw.random() < 0.4 else None
        rows.append(
            Assignment.objects.create(
                item=item,
                unit=draw.choice(units if lead else inside),
                duty=Duty.ASSIST if lead else Duty.LEAD,
                lead=lead,
                issued_by=giver.authority,
                office=giver if giver.kind == "office" else None,
                reviewer=draw.choice([giver.authority, draw.choice(inside)]),
                stage=Stage.WORKING,
                **dict.fromkeys(
                    ("dispatched_at", "due_at", "original_due_at", "record_due_at", "amber_at"), MORNING
                ),
                **dict.fromkeys(("strong_at", "swept_at", "next_alarm_at"), clock.end_of(MORNING.date())),
            )
        )
    return rows


class Rules:
    """What a role in a unit reaches, in the words of the design."""

    def __init__(self, rows: list[Assignment], unit: Unit, role: str):
        self.rows = {row.pk: row for row in rows}
        self.unit, self.grants = unit.pk, GRANTS[role]
        self.below = set(Lineage.objects.filter(ancestor=unit).values_list("descendant_id", flat=True))
        mine = {self.unit} if Cap.VIEW in self.grants else set()
        self.mine, self.teams = mine, {row.lead_id for row in rows if row.unit_id in mine and row.lead_id}

    def where(self, cap: Cap) -> set[int]:
        reach = self.grants.get(cap)
        return set() if reach is None else {self.unit} if reach == Reach.OWN else self.below

    def allows(self, cap: Cap, one: Assignment) -> bool:
        where = self.where(cap)
        gave = one.issued_by_id in where or one.office_id in where
        if cap in (Cap.SIGN_FOR, Cap.HANDLE):
            return one.unit_id in where or (one.unit.is_external and self.led_in(one, where))
        if cap in (Cap.APPROVE, Cap.PRE_REVIEW):
            if one.duty == Duty.ASSIST and one.reviewer_id in self.where(Cap.HANDLE):
                return True
            office = one.office_id in where and one.reviewer_id == one.issued_by_id
            return one.duty == Duty.LEAD and (one.reviewer_id in where or office)
        if cap == Cap.VIEW:
            return self.shows(one)
        beside = {Cap.INSTRUCT: one.unit_id in where, Cap.URGE: self.led_in(one, where)}
        return gave or beside.get(cap, False)

    def shows(self, one: Assignment) -> bool:
        given, parent = self.where(Cap.APPROVE), one.item.parent_assignment
        return bool(
            one.unit_id in self.where(Cap.VIEW)
            or {one.issued_by_id, one.office_id, one.reviewer_id} & given
            or (one.duty == Duty.ASSIST and one.reviewer_id in self.where(Cap.HANDLE))
            or {one.pk, one.lead_id} & self.teams
            or self.led_in(one, self.mine)
            or (parent and {parent.issued_by_id, parent.office_id} & given)
        )

    def led_in(self, one: Assignment, where: set[int]) -> bool:
        return one.lead_id is not None and self.rows[one.lead_id].unit_id in where


def test_what_is_found_fast_is_what_the_rules_say_of_each_row(town, crowd, monkeypatch):
    for name in PLACES:
        for role in ROLES:
            actor, rules = town.actor(name, role), Rules(crowd, town.unit(name), role)
            for cap in CAPS:
                allowed = {one.pk for one in crowd if rules.allows(cap, one)}
                for shape in SHAPES if cap == Cap.VIEW else SHAPES[:1]:
                    monkeypatch.setattr(scope, "FEW", shape[0])
                    monkeypatch.setattr(scope, "MANY", shape[1])
                    found = set(Assignment.objects.within(actor, cap).values_list("pk", flat=True))
                    assert found == allowed, (name, role, cap, shape)


def test_what_may_be_taken_is_what_is_in_reach(town, crowd):
    some = {one.pk for one in crowd[::8]}
    for name in PLACES:
        for role in ROLES:
            actor = town.actor(name, role)
            for caps in [*((cap,) for cap in CAPS if cap != Cap.VIEW), (Cap.DECIDE, Cap.HANDLE)]:
                allowed = {one.pk for cap in caps for one in Assignment.objects.within(actor, cap)} & some
                unit = town.unit(name).pk
                taken = {pk for pk in some if _taking(role, caps).fetch(key=pk, unit=unit)}
                assert taken == allowed, (name, role, caps)


def test_no_statement_is_written_out_that_depends_on_a_units_size(town):
    with pytest.raises(ValueError, match="not known yet"):
        _taking(Role.SUPERVISOR, (Cap.VIEW,))


def test_the_register_of_a_part_shows_what_of_it_may_be_seen(town, crowd):
    parts = {name: Lineage.objects.filter(ancestor=town.unit(name)).values("descendant") for name in PLACES}
    for name in PLACES:
        for role in ROLES:
            actor = town.actor(name, role)
            seen = Assignment.objects.within(actor, Cap.VIEW)
            for part, below in parts.items():
                shown = register(actor, Filter(under=town.unit(part).pk))
                assert set(shown) == set(seen.filter(unit__in=below)), (name, role, part)
