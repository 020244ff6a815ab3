from contextlib import nullcontext
from datetime import date, timedelta

import pytest

from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.kernel.errors import AlreadyDone, NotPermitted, Refused, StaleVersion
from bihuan.ledger.models import Entry
from bihuan.org import actions, jobs, queries
from bihuan.org.models import Appointment, Person, Unit
from bihuan.org.roles import Cap, Role
from bihuan.org.rules.posts import Tenure, conflict
from tests.town import MORNING, TODAY

DAY = timedelta(days=1)
LONG_AGO = date(2020, 1, 1)


@pytest.fixture
def province(town):
    for name in ("基教处", "一中", "东二县局", "西市局"):
        town.unit(name)
    return town


def security(town, unit="省厅"):
    return town.actor(unit, Role.SECURITY_ADMIN)


def newcomer(town, name="新人", unit="东一县局"):
    return actions.register_person(
        actor=system("tests"), username=name, name=name, home_id=town.unit(unit).pk
    )


def appoint(town, person, unit, role, **given):
    given.setdefault("actor", security(town))
    return actions.appoint(person_id=person.pk, unit_id=town.unit(unit).pk, role=role, title="职务", **given)


def tenure(role, authority, above, starts_on=LONG_AGO, ends_on=None):
    return Tenure(role, authority, frozenset(above), starts_on, ends_on)


@pytest.mark.parametrize(
    ("held", "wanted", "reason"),
    [
        ([(Role.SYSTEM_ADMIN, 1, {1})], (Role.SECURITY_ADMIN, 9, {9}), "two_administrators"),
        ([(Role.SYSTEM_ADMIN, 1, {1})], (Role.SYSTEM_ADMIN, 9, {9}), ""),
        ([(Role.SYSTEM_ADMIN, 1, {1}, LONG_AGO, TODAY)], (Role.AUDIT_ADMIN, 1, {1}, TODAY + DAY), ""),
        (
            [(Role.SYSTEM_ADMIN, 1, {1}, LONG_AGO, TODAY)],
            (Role.AUDIT_ADMIN, 1, {1}, TODAY),
            "two_administrators",
        ),
        ([(Role.SYSTEM_ADMIN, 1, {1})], (Role.HANDLER, 1, {1}), "administrator_with_business"),
        ([(Role.SYSTEM_ADMIN, 1, {1})], (Role.HANDLER, 3, {3, 2, 1}), "administrator_with_business"),
        ([(Role.SYSTEM_ADMIN, 3, {3, 2, 1})], (Role.HANDLER, 1, {1}), ""),
        ([(Role.SYSTEM_ADMIN, 3, {3, 1})], (Role.HANDLER, 2, {2, 1}), ""),
        ([(Role.HANDLER, 1, {4, 1})], (Role.AUDIT_ADMIN, 1, {5, 1}), "administrator_with_business"),
        ([(Role.HANDLER, 1, {1})], (Role.LEADER, 1, {1}), ""),
    ],
)
def test_administrators_are_kept_apart(held, wanted, reason):
    assert conflict(tenure(*wanted), [tenure(*one) for one in held]) == reason


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        (("东市局", Role.SYSTEM_ADMIN), ("西市局", Role.SECURITY_ADMIN), "two_administrators"),
        (("省厅", Role.AUDIT_ADMIN), ("基教处", Role.HANDLER), "administrator_with_business"),
        (("东市局", Role.SYSTEM_ADMIN), ("一中", Role.LIAISON), "administrator_with_business"),
        (("东市局", Role.SYSTEM_ADMIN), ("基教处", Role.HANDLER), None),
        (("一中", Role.LIAISON), ("东二县局", Role.HANDLER), None),
        (("一中", Role.LIAISON), ("一中", Role.LIAISON), "held_already"),
    ],
)
def test_an_appointment_is_refused_where_it_would_join_what_is_kept_apart(province, first, second, reason):
    person = newcomer(province)
    appoint(province, person, *first)
    with pytest.raises(Refused) if reason else nullcontext() as caught:
        appoint(province, person, *second)
    assert reason is None or (caught.value.code, caught.value.field) == (reason, "role")
    assert person.appointments.count() == (1 if reason else 2)


@pytest.mark.parametrize(
    ("unit", "given", "reason", "field"),
    [
        ("一中", {}, None, None),
        ("市财政局", {"actor": "system"}, "external_unit", "unit"),
        ("一中", {"starts_on": TODAY, "ends_on": TODAY - DAY}, "ends_before_start", "ends_on"),
        ("东二县局", {"starts_on": TODAY}, "unit_ended", "unit"),
        ("东二县局", {"starts_on": TODAY - DAY, "ends_on": TODAY - DAY}, None, None),
    ],
)
def test_an_appointment_needs_a_unit_that_can_have_it(province, unit, given, reason, field):
    person = newcomer(province)
    actions.close_unit(unit_id=province.unit("东二县局").pk, actor=system("tests"))
    if given.get("actor"):
        given["actor"] = system("tests")
    with pytest.raises(Refused) if reason else nullcontext() as caught:
        appoint(province, person, unit, Role.HANDLER, **given)
    assert reason is None or (caught.value.code, caught.value.field) == (reason, field)


@pytest.mark.parametrize(
    ("unit", "role", "refusal"),
    [
        ("省厅", Role.SECURITY_ADMIN, None),
        ("东市局", Role.SECURITY_ADMIN, None),
        ("西市局", Role.SECURITY_ADMIN, Unit.DoesNotExist),
        ("东市局", Role.SYSTEM_ADMIN, Unit.DoesNotExist),
        ("东市局", Role.LEADER, Unit.DoesNotExist),
    ],
)
def test_only_the_security_administrator_above_appoints(province, unit, role, refusal):
    person = newcomer(province)
    with pytest.raises(refusal) if refusal else nullcontext():
        appoint(province, person, "东一县局", Role.HANDLER, actor=province.actor(unit, role))
    assert person.appointments.exists() is (refusal is None)


def test_nobody_appoints_or_dismisses_themselves(province):
    admin = security(province)
    person = Person.objects.get(pk=admin.person_id)
    with pytest.raises(NotPermitted):
        appoint(province, person, "西市局", Role.SECURITY_ADMIN, actor=admin)
    with pytest.raises(NotPermitted):
        actions.end_appointment(appointment_id=admin.appointment_id, actor=security(province), last_on=TODAY)


@pytest.mark.parametrize(
    ("starts_on", "last_on", "ends_on", "holds_today"),
    [
        (LONG_AGO, TODAY, TODAY, True),
        (LONG_AGO, TODAY - DAY, TODAY - DAY, False),
        (TODAY + 5 * DAY, TODAY, TODAY + 4 * DAY, False),  # called off before it began
    ],
)
def test_an_ended_appointment_holds_until_its_last_day(province, starts_on, last_on, ends_on, holds_today):
    post = appoint(province, newcomer(province), "一中", Role.HANDLER, starts_on=starts_on)
    actions.end_appointment(
        appointment_id=post.pk, actor=security(province), last_on=last_on, reason="工作调动"
    )
    post.refresh_from_db()
    assert post.ends_on == ends_on
    assert Appointment.objects.current(TODAY).contains(post) is holds_today
    entry = Entry.objects.of(post).last()
    assert (entry.verb, entry.remark.text) == ("org.appointment.ended", "工作调动")


def test_an_appointment_that_is_over_is_not_ended_again(province):
    post = appoint(province, newcomer(province), "一中", Role.HANDLER, starts_on=LONG_AGO)
    actions.end_appointment(appointment_id=post.pk, actor=security(province), last_on=TODAY - DAY)
    with pytest.raises(StaleVersion):
        actions.end_appointment(appointment_id=post.pk, actor=security(province), last_on=TODAY)


# handing over


@pytest.fixture
def leaver(province):
    """A liaison of the school who also handles for the county, and a colleague."""
    person, colleague = newcomer(province, "离任人"), newcomer(province, "同事")
    posts = [
        appoint(province, person, "一中", Role.LIAISON, starts_on=LONG_AGO),
        appoint(province, person, "东一县局", Role.HANDLER, starts_on=LONG_AGO, ends_on=date(2027, 6, 30)),
    ]
    return person, posts, colleague


def test_a_leaver_is_replaced_post_by_post_in_one_action(province, leaver):
    person, (school, bureau), colleague = leaver
    begun = actions.hand_over(
        person_id=person.pk,
        actor=security(province),
        last_on=TODAY,
        successors={school.pk: None, bureau.pk: colleague.pk},
    )
    for post in (school, bureau, person):
        post.refresh_from_db()
    assert (school.ends_on, school.successor_id) == (TODAY, None)
    assert (bureau.ends_on, bureau.successor_id) == (TODAY, colleague.pk)
    [taken] = begun
    assert (taken.person_id, taken.unit_id, taken.role) == (colleague.pk, bureau.unit_id, Role.HANDLER)
    assert (taken.starts_on, taken.ends_on) == (TODAY + DAY, date(2027, 6, 30))
    assert [Entry.objects.of(post).count() for post in (school, bureau, taken)] == [2, 2, 1]
    assert person.is_active
    assert [entry.verb for entry in Entry.objects.of(person)] == ["org.person.registered", "org.person.left"]
    with clock.frozen(MORNING + DAY):
        jobs.daily_work()
        person.refresh_from_db()
        assert not person.is_active
        assert [post.pk for post in queries.vacancies(security(province))] == [school.pk]


def test_whoever_must_go_at_once_is_out_at_once(province, leaver):
    person, (school, bureau), _colleague = leaver
    actions.hand_over(
        person_id=person.pk,
        actor=security(province),
        last_on=TODAY,
        successors={school.pk: None, bureau.pk: None},
        at_once=True,
    )
    person.refresh_from_db()
    assert not person.is_active
    assert not Appointment.objects.current(TODAY).filter(person=person).exists()


def test_a_successor_who_holds_the_role_already_is_not_appointed_twice(province, leaver):
    person, (school, bureau), colleague = leaver
    appoint(province, colleague, "东一县局", Role.HANDLER, starts_on=LONG_AGO)
    begun = actions.hand_over(
        person_id=person.pk,
        actor=security(province),
        last_on=TODAY,
        successors={school.pk: None, bureau.pk: colleague.pk},
    )
    assert begun == []
    assert colleague.appointments.count() == 1


@pytest.mark.parametrize("case", ["missing", "foreign", "oneself", "administrator"])
def test_a_hand_over_that_cannot_be_changes_nothing(province, leaver, case):
    person, (school, bureau), colleague = leaver
    appoint(province, colleague, "东市局", Role.AUDIT_ADMIN)
    successors = {
        "missing": {school.pk: None},
        "foreign": {school.pk: None, bureau.pk: None, security(province).appointment_id: None},
        "oneself": {school.pk: None, bureau.pk: person.pk},
        "administrator": {school.pk: colleague.pk, bureau.pk: None},
    }[case]
    before = Entry.objects.count()
    with pytest.raises(StaleVersion if case in ("missing", "foreign") else Refused) as caught:
        actions.hand_over(person_id=person.pk, actor=security(province), last_on=TODAY, successors=successors)
    if case == "administrator":
        assert caught.value.field == f"successor_{school.pk}"
    assert Entry.objects.count() == before
    assert person.appointments.not_over(TODAY + DAY).count() == 2


def test_a_post_beyond_the_administrators_reach_stays(province, leaver):
    person, (school, bureau), _colleague = leaver
    county = security(province, "东一县局")
    appoint(province, person, "东二县局", Role.LIAISON)
    open_here = {school.pk: None, bureau.pk: None}
    with pytest.raises(Refused) as caught:
        actions.hand_over(
            person_id=person.pk, actor=county, last_on=TODAY, successors=open_here, at_once=True
        )
    assert caught.value.field == "at_once"
    actions.hand_over(
        person_id=person.pk, actor=security(province, "东一县局"), last_on=TODAY, successors=open_here
    )
    person.refresh_from_db()
    assert (person.is_active, person.leaves_on) == (True, None)
    assert person.appointments.not_over(TODAY + DAY).get().unit == province.unit("东二县局")


def test_a_hand_over_sent_twice_happens_once(province, leaver):
    person, (school, bureau), colleague = leaver
    admin = security(province)
    given = {"person_id": person.pk, "actor": admin, "last_on": TODAY}
    given["successors"] = {school.pk: colleague.pk, bureau.pk: None}
    actions.hand_over(**given)
    with pytest.raises(AlreadyDone):
        actions.hand_over(**given)
    assert colleague.appointments.count() == 1


def test_somebody_appointed_again_is_no_leaver(province, leaver):
    person, (school, bureau), _colleague = leaver
    actions.hand_over(
        person_id=person.pk,
        actor=security(province),
        last_on=TODAY,
        successors={school.pk: None, bureau.pk: None},
    )
    appoint(province, person, "东二县局", Role.HANDLER)
    with clock.frozen(MORNING + 3 * DAY):
        jobs.daily_work()
    person.refresh_from_db()
    assert person.is_active


# who answers


def test_people_in_names_whoever_holds_a_role_on_the_day(province):
    post = province.post("一中", Role.LIAISON)
    province.post("一中", Role.HANDLER, ends_on=TODAY - DAY)
    school = province.unit("一中").pk
    held = queries.people_in([school], [Role.LIAISON, Role.HANDLER])
    assert list(held) == [post]
    assert queries.people_in([school], [Role.HANDLER], on=TODAY - DAY).count() == 1


def test_a_vacant_role_is_answered_for_by_the_leader_then_from_above(province, django_assert_max_num_queries):
    school, county, office = (province.unit(name) for name in ("一中", "东一县局", "基教处"))
    liaison = province.post("一中", Role.LIAISON)
    leader = province.post("东一县局", Role.LEADER)
    above = province.post("省厅", Role.SUPERVISOR)

    def answering(*units):
        with django_assert_max_num_queries(5):
            found = queries.answerable_in([unit.pk for unit in units], Cap.SIGN_FOR)
        return [found[unit.pk] for unit in units]

    assert answering(school, county, office) == [[liaison], [leader], [above]]
    assert [queries.is_vacant(unit, Cap.SIGN_FOR) for unit in (school, county, office)] == [False, True, True]
    assert queries.unheld_in([school.pk, county.pk], Cap.SIGN_FOR) == {county.pk}
    actions.retire_person(person_id=liaison.person_id, actor=security(province))
    assert answering(school) == [[above]]  # the county has a leader but no supervisor


def test_a_vacancy_is_a_post_that_was_held_and_is_not(province):
    held = province.post("一中", Role.LIAISON)
    over = province.post("一中", Role.HANDLER, ends_on=TODAY - DAY)
    province.post("东二县局", Role.HANDLER, ends_on=TODAY - DAY)
    province.post("东二县局", Role.HANDLER, "继任", starts_on=TODAY + 3 * DAY)
    assert list(queries.vacancies(security(province))) == [over]
    assert list(queries.vacancies(security(province, "西市局"))) == []
    actions.retire_person(person_id=held.person_id, actor=security(province))
    assert set(queries.vacancies(security(province))) == {held, over}
