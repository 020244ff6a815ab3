"""Mass dispatch writes what the slow and obvious way would have written, row by row."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.forms import model_to_dict
from django.test.utils import CaptureQueriesContext

from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.ledger.book import append
from bihuan.ledger.models import Entry
from bihuan.ledger.queries import flaws_in_ledger
from bihuan.notifications.actions import deliver
from bihuan.notifications.models import Notice
from bihuan.org.roles import Role
from bihuan.supervision.actions.dispatching import (
    blank_assignment,
    open_assignments,
    serve_dispatch,
    serve_units,
)
from bihuan.supervision.models import Assignment, Dispatch, Item, Source, Term
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


CHUNK_STATEMENTS = 14  # 8 of the chunk, the calendar and what the authority has settled, begin and commit
DELIVERY_STATEMENTS = 10


def test_a_chunk_and_its_delivery_take_so_many_statements_whatever_its_size(town, blanks):
    for name in UNITS:
        town.post(name, Role.HANDLER)
    few, many = [statements_of(town, blank.item, UNITS[:n]) for blank, n in zip(blanks, (1, 5), strict=True)]
    assert few == many
    served, delivered = many
    assert served <= CHUNK_STATEMENTS
    assert delivered <= DELIVERY_STATEMENTS


def statements_of(town, item, names):
    """How many statements serve a dispatch to these units, and how many tell them."""
    dispatch = Dispatch.objects.create(
        item=item,
        due_at=DUE,
        rule={},
        asked_at=clock.now(),
        request_id=uuid4(),
        total=len(names),
        pending=[town.unit(name).pk for name in names],
    )
    actor = town.actor("省厅")
    with CaptureQueriesContext(connection) as served:
        assert serve_dispatch(dispatch_id=dispatch.pk, actor=actor) == 0
    entries = Entry.objects.of(*item.assignments.all())
    keys = list(entries.values_list("pk", flat=True))
    with CaptureQueriesContext(connection) as delivered:
        assert deliver(entry_ids=keys) == len(names)
    assert Notice.objects.filter(entry__in=keys).count() == len(names)
    return len(served), len(delivered)


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
