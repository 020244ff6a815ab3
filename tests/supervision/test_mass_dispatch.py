"""Mass dispatch writes what the slow and obvious way would have written, row by row."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.forms import model_to_dict

from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.ledger.book import append
from bihuan.ledger.models import Entry
from bihuan.ledger.queries import flaws_in_ledger
from bihuan.supervision.actions.dispatching import (
    blank_assignment,
    open_assignments,
    serve_units,
)
from bihuan.supervision.models import Assignment, Item, Source, Term
from bihuan.supervision.queries.regimes import regime_of
from bihuan.supervision.rules import Duty
from tests.town import MORNING

UNITS = ["东市局", "西市局", "东一县局", "一中", "学院"]
DUE = clock.end_of(MORNING.date() + timedelta(days=20))


@pytest.fixture
def blanks(town):
    """The same duty twice: one item for the fast way, one for the slow."""
    issuer = town.unit("省厅")
    source = Source.objects.create(kind="plan", title="专项行动", unit=issuer)

    def blank():
        item = Item.objects.create(source=source, owner=issuer, title="核查减免保教费")
        office = town.unit("基教处").pk
        regime = regime_of(issuer)
        return blank_assignment(
            item,
            duty=Duty.LEAD,
            due_at=DUE,
            issued_by=issuer,
            office_id=office,
            regime=regime,
            period="2026-11",
        )

    return blank(), blank()


@pytest.mark.parametrize("rule", [None, {"due": "2026-12-13", "basis": "方案第三条 100%"}])
def test_many_at_once_leave_the_rows_of_one_by_one(town, blanks, rule):
    actor, units = town.actor("省厅"), [town.unit(name).pk for name in UNITS]
    fast, slow = blanks
    with transaction.atomic():
        serve_units(fast, units, actor=actor, rule=rule)
        one_by_one(slow, units, actor, rule)
    assert rows_of(fast.item) == rows_of(slow.item)
    assert len(rows_of(fast.item)) == len(UNITS)
    assert not list(flaws_in_ledger())


def test_the_opened_assignments_are_those_in_the_database(town, blanks):
    units = [town.unit(name).pk for name in UNITS]
    with transaction.atomic():
        opened = open_assignments(blanks[0], units, actor=system("tests"))
    for one in opened:
        kept = Assignment.objects.get(pk=one.pk)
        assert model_to_dict(one) == model_to_dict(kept)
        assert not one._state.adding


def one_by_one(blank, units, actor, rule):
    for unit_id in units:
        fields = {field.attname: getattr(blank, field.attname) for field in blank._meta.concrete_fields}
        one = Assignment(**fields | {"id": None, "unit_id": unit_id})
        one.save()
        rule = rule or {"due": one.due_at.isoformat()}
        Term.objects.create(
            assignment=one,
            kind="original",
            from_at=one.dispatched_at,
            due_at=DUE,
            amber_at=one.amber_at,
            strong_at=one.strong_at,
            rule=rule,
        )
        facts = {"duty": str(one.duty), "due": one.due_at, "round": 1, "unit": unit_id}
        append("supervision.assignment.dispatched", actor=actor, subject=one, **facts)


def rows_of(item):
    """Everything written for an item, without the numbers that must differ."""
    found = []
    for one in item.assignments.order_by("pk"):
        term, entry = one.terms.get(), Entry.objects.of(one).get()
        assert entry.digest == entry.compute_digest()
        found.append(
            (
                model_to_dict(one, exclude=["id", "item"]),
                model_to_dict(term, exclude=["id", "assignment"]),
                model_to_dict(entry, exclude=["id", "stream", "digest"]),
            )
        )
    return found
