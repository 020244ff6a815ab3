from contextlib import nullcontext

import pytest
from django.contrib.auth.password_validation import validate_password

from bihuan.kernel.actor import system
from bihuan.kernel.errors import AlreadyDone, NotPermitted, Refused, StaleVersion
from bihuan.ledger.models import Entry
from bihuan.org import actions
from bihuan.org.actors import actor_in, posts_of
from bihuan.org.models import Appointment, Person, Unit
from bihuan.org.roles import Role
from tests.town import TODAY


@pytest.fixture
def province(town):
    for name in ("一中", "东二县局", "西市局"):
        town.unit(name)
    return town


def security(town, unit="省厅"):
    return town.actor(unit, Role.SECURITY_ADMIN)


def test_a_registered_person_has_a_home_and_no_password(province):
    admin = security(province, "东市局")
    person = actions.register_person(actor=admin, username="zhang", name="张三", mobile="13800000000")
    assert (person.home, person.pinyin) == (province.unit("东市局"), "zhangsan zs")
    assert not person.has_usable_password()
    with pytest.raises(Refused) as caught:
        actions.register_person(actor=security(province), username="zhang", name="张四")
    assert (caught.value.code, caught.value.field) == ("username_taken", "username")
    with pytest.raises(Unit.DoesNotExist):
        actions.register_person(
            actor=security(province, "东市局"), username="li", name="李四", home_id=province.unit("西市局").pk
        )


def test_a_reset_password_satisfies_the_rules_and_must_be_changed(province):
    person = province.person("一中", Role.HANDLER)
    password = actions.reset_password(person_id=person.pk, actor=security(province))
    person.refresh_from_db()
    assert person.check_password(password)
    assert person.must_change_password
    validate_password(password, person)
    entry = Entry.objects.of(person).last()
    assert (entry.verb, entry.facts) == ("org.person.password_reset", {})


def test_a_person_chooses_a_password_and_nobody_else_does_it_for_them(province):
    person = province.person("一中", Role.HANDLER)
    actions.reset_password(person_id=person.pk, actor=security(province))
    person.refresh_from_db()
    for stranger in (security(province), province.actor("一中", Role.LEADER)):
        with pytest.raises(NotPermitted):
            actions.choose_password(person=person, password="Taken-2026", actor=stranger)
    own = province.actor("一中", Role.HANDLER)
    actions.choose_password(person=person, password="Mine-2026", actor=own)
    with pytest.raises(AlreadyDone):
        actions.choose_password(person=person, password="Other-2026", actor=own)
    person.refresh_from_db()
    assert person.check_password("Mine-2026")
    assert not person.must_change_password
    assert Entry.objects.of(person).last().verb == "org.person.password_chosen"


def test_a_reset_sent_twice_leaves_the_first_password_standing(province):
    person, admin = province.person("一中", Role.HANDLER), security(province)
    password = actions.reset_password(person_id=person.pk, actor=admin)
    with pytest.raises(AlreadyDone):
        actions.reset_password(person_id=person.pk, actor=admin)
    person.refresh_from_db()
    assert person.check_password(password)


@pytest.mark.parametrize(
    ("unit", "role", "refusal"),
    [
        ("省厅", Role.SECURITY_ADMIN, None),
        ("东一县局", Role.SECURITY_ADMIN, None),
        ("西市局", Role.SECURITY_ADMIN, Person.DoesNotExist),
        ("省厅", Role.SYSTEM_ADMIN, Person.DoesNotExist),
        ("省厅", Role.LEADER, Person.DoesNotExist),
    ],
)
def test_accounts_are_kept_by_the_security_administrator_above(province, unit, role, refusal):
    person = province.person("一中", Role.HANDLER)
    with pytest.raises(refusal) if refusal else nullcontext():
        actions.edit_person(person_id=person.pk, actor=province.actor(unit, role), mobile="13900000000")
    person.refresh_from_db()
    assert bool(person.mobile) is (refusal is None)


def test_whoever_also_serves_elsewhere_is_out_of_a_countys_hands(province):
    person = province.person("一中", Role.HANDLER)
    actions.appoint(
        actor=system("tests"),
        person_id=person.pk,
        unit_id=province.unit("省厅").pk,
        role=Role.LIAISON,
        title="x",
    )
    with pytest.raises(Person.DoesNotExist):
        actions.reset_password(person_id=person.pk, actor=security(province, "东一县局"))
    actions.reset_password(person_id=person.pk, actor=security(province))


def test_nobody_manages_their_own_account(province):
    admin = security(province)
    for deed in (actions.reset_password, actions.retire_person):
        with pytest.raises(NotPermitted):
            deed(person_id=admin.person_id, actor=admin)


def test_a_correction_names_its_fields_and_not_their_values(province):
    person = province.person("一中", Role.HANDLER)
    actions.edit_person(
        person_id=person.pk,
        actor=security(province),
        name="李四",
        mobile="139",
        home_id=province.unit("东二县局").pk,
    )
    actions.edit_person(person_id=person.pk, actor=security(province), name="李四")
    entry = Entry.objects.of(person).last()
    assert entry.facts == {"fields": ["home_id", "mobile", "name"]}
    with pytest.raises(StaleVersion):
        actions.edit_person(person_id=person.pk, actor=security(province), name="王五", seen_version=0)


def test_a_retired_account_signs_in_no_more_until_it_is_restored(province, client):
    person = province.person("一中", Role.HANDLER)
    client.force_login(person)
    actions.retire_person(person_id=person.pk, actor=security(province))
    assert posts_of(person) == []
    assert not client.get("/").wsgi_request.user.is_authenticated
    with pytest.raises(Refused):
        actions.reset_password(person_id=person.pk, actor=security(province))
    with pytest.raises(StaleVersion):
        actions.retire_person(person_id=person.pk, actor=security(province))
    actions.restore_person(person_id=person.pk, actor=security(province))
    assert len(posts_of(Person.objects.get(pk=person.pk))) == 1


def test_a_person_switches_between_their_present_posts_only(province):
    person = province.person("一中", Role.HANDLER)
    second, gone = (
        actions.appoint(
            actor=system("tests"), person_id=person.pk, unit_id=province.unit("东二县局").pk, role=role, title="x",
            starts_on=TODAY, ends_on=ends_on,
        )
        for role, ends_on in ((Role.LIAISON, None), (Role.LEADER, None))
    )  # fmt: skip
    actions.end_appointment(appointment_id=gone.pk, actor=system("tests"), last_on=TODAY.replace(day=1))
    first = posts_of(person)[0]
    actions.switch_post(person=person, appointment_id=second.pk, actor=actor_in(first))
    assert posts_of(Person.objects.get(pk=person.pk))[0] == second
    actions.switch_post(person=person, appointment_id=second.pk, actor=actor_in(second))
    assert Entry.objects.of(person).filter(verb="org.person.post_switched").count() == 1
    for other in (gone, province.post("东二县局", Role.HANDLER)):
        with pytest.raises(Appointment.DoesNotExist):
            actions.switch_post(person=person, appointment_id=other.pk, actor=actor_in(first))
