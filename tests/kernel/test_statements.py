from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from bihuan.kernel import clock
from bihuan.kernel.statements import (
    KEY,
    NOW,
    PERSON,
    TODAY,
    UNIT,
    Condition,
    ConditionText,
    Written,
    fetch_prepared,
    with_places,
)
from bihuan.org.models import Appointment
from bihuan.org.roles import Role

AT = datetime(2026, 11, 23, 1, tzinfo=UTC)


@pytest.mark.django_db
def test_a_statement_is_written_out_once_and_asked_for_many_readers():
    text = with_places(
        "SELECT %s, %s = ANY(%s), %s, %s::text", [PERSON, 7, [UNIT, 7], NOW + timedelta(hours=1), "100%s 'x'"]
    )
    with CaptureQueriesContext(connection) as asked:
        for person, unit in ((3, 4), (5, 6)):
            rows = fetch_prepared(text, {"person": person, "unit": unit, "now": AT})
            assert rows == [(person, True, AT + timedelta(hours=1), "100%s 'x'")]
    assert len(asked) == 2


@pytest.mark.django_db
@pytest.mark.parametrize("values", [[1], [1, 2, 3], [1, AT], [1, clock.office_day(NOW)]])
def test_what_does_not_fit_is_refused_when_it_is_written(values):
    with pytest.raises(ValueError, match=r"number of values|no place|never change"):
        with_places("SELECT %s, %s", values)


def test_a_queryset_written_out_gives_what_the_queryset_gives(town, django_assert_num_queries):
    posts = [
        town.actor(name, role) for name in ("省厅", "东市局") for role in (Role.SUPERVISOR, Role.HANDLER)
    ]
    rows = Appointment.objects.current(TODAY).filter(pk=KEY, person_id=PERSON)
    whole = Written(rows.select_related("person", "unit__parent"))
    part, none = Written(rows.values_list("unit__name", "role")), Written(rows.filter(role__in=[]))
    for actor in posts:
        asked = {"today": clock.today(), "key": actor.appointment_id, "person": actor.person_id}
        post = Appointment.objects.select_related("person", "unit__parent").get(pk=actor.appointment_id)
        with django_assert_num_queries(1):
            (found,) = whole.fetch(**asked)
            assert (found, found.unit.parent, found.person.name) == (post, post.unit.parent, post.person.name)
        assert (found._state.adding, found._state.db) == (False, post._state.db)
        same = [field.attname for field in Appointment._meta.concrete_fields]
        assert [getattr(found, name) for name in same] == [getattr(post, name) for name in same]
        assert part.fetch(**asked) == [(post.unit.name, post.role)]
        assert none.fetch(**asked) == whole.fetch(**{**asked, "person": 0}) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%org_appointment%'")
        assert cursor.fetchone() >= (2,)


@pytest.mark.django_db
def test_a_condition_written_out_means_the_same_wherever_it_stands(town):
    post = town.actor("东市局", Role.SUPERVISOR)
    colleagues = Appointment.objects.filter(unit=UNIT, role=Role.SUPERVISOR)
    asked = Appointment.objects.filter(Q(role=Role.HANDLER) | Q(unit__in=colleagues.values("unit")))
    here = Condition(ConditionText(asked), {"unit": post.unit_id})
    nowhere = Condition(ConditionText(Appointment.objects.filter(role__in=[])), {})
    town.actor("省厅", Role.HANDLER), town.actor("省厅", Role.LEADER)

    expected = set(Appointment.objects.filter(Q(role=Role.HANDLER) | Q(unit=post.unit_id)))
    assert expected != set(Appointment.objects.all())
    found = Appointment.objects.filter(here)
    assert set(found) == set(Appointment.objects.filter(pk__in=found.values("pk"))) == expected
    assert set(Appointment.objects.filter(pk__in=found.filter(pk__in=found.values("pk")))) == expected
    assert set(found | Appointment.objects.filter(nowhere)) == expected
    assert not Appointment.objects.filter(nowhere).exists()


@pytest.mark.django_db
def test_rows_share_what_they_lead_to(town):
    unit = town.actor("省厅", Role.HANDLER).unit_id
    town.actor("省厅", Role.LEADER)
    posts = Written(Appointment.objects.filter(unit=UNIT).select_related("unit__parent", "successor"))
    first, second, *_others = posts.fetch(unit=unit)
    assert first != second
    assert first.unit is second.unit
    assert (first.unit.pk, first.unit.parent, first.successor) == (unit, None, None)
