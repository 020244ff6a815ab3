import csv
import io
import time
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bihuan.kernel.actor import system
from bihuan.kernel.errors import NotPermitted, StaleVersion
from bihuan.kernel.sheets import read_sheet
from bihuan.ledger.models import Entry
from bihuan.ledger.queries import flaws_in_ledger
from bihuan.org import actions
from bihuan.org.models import Appointment, Person
from bihuan.org.queries.importing import people_plan, people_sheet, people_template
from bihuan.org.roles import Role
from bihuan.org.rules.people_table import COLUMNS
from bihuan.org.rules.tables import read_table
from tests.town import TODAY

HEADINGS = [column.label for column in COLUMNS]


@pytest.fixture
def province(town):
    for name in ("基教处", "一中", "东二县局", "西市局"):
        town.unit(name)
    return town


def admin(town, unit="省厅"):
    return town.actor(unit, Role.SECURITY_ADMIN)


def fresh(actor):
    return replace(actor, request_id=system("x").request_id)


def row(**cells):
    cells = {"username": "zhangsan", "name": "张三", "unit": "一中", "role": "承办人"} | cells
    keys = {column.label: column.key for column in COLUMNS}
    return [cells.get(keys[label], "") for label in HEADINGS]


def upload(actor, *rows, content=None, name="人员.csv"):
    out = io.StringIO()
    csv.writer(out).writerows([HEADINGS, *rows])
    content = content or out.getvalue().encode()
    return actions.upload_import(actor=fresh(actor), subject="people", file_name=name, content=content)


def import_rows(actor, *rows):
    draft = upload(actor, *rows)
    digest = people_plan(draft, actor).digest
    return actions.import_people(draft_id=draft.pk, actor=fresh(actor), seen_digest=digest)


def problems(actor, *rows):
    plan = people_plan(upload(actor, *rows), actor)
    return [(error.row, error.column, error.value, error.code) for error in plan.errors]


def test_a_table_registers_people_and_begins_their_posts(province):
    done = import_rows(
        admin(province),
        row(title="科员", starts_on="2026-09-01", mobile="13800000000"),
        row(unit="东二县局", role="联络员"),
        row(
            username="lisi",
            name="李四",
            unit=f"#{province.unit('省厅').pk}",
            role="领导",
            ends_on="2027-12-31",
        ),
    )
    zhang, li = (Person.objects.get(username=name) for name in ("zhangsan", "lisi"))
    posts = zhang.appointments.order_by("id")
    assert (done.added, done.changed, done.unchanged) == (3, 0, 0)
    assert [(post.unit.name, post.role, post.title) for post in posts] == [
        ("一中", "handler", "科员"),
        ("东二县局", "liaison", "联络员"),
    ]
    assert [post.starts_on for post in posts] == [date(2026, 9, 1), TODAY]
    assert (zhang.home, zhang.post, zhang.mobile) == (province.unit("一中"), posts[0], "13800000000")
    assert zhang.must_change_password
    assert not zhang.has_usable_password()
    assert li.appointments.get().ends_on == date(2027, 12, 31)
    assert [entry.verb for entry in Entry.objects.of(zhang)] == ["org.person.registered"]
    assert [entry.verb for entry in Entry.objects.of(posts[0])] == ["org.appointment.begun"]
    assert list(flaws_in_ledger()) == []


def test_the_same_file_again_changes_nothing_and_a_corrected_one_only_that(province):
    rows = [row(title="科员"), row(unit="东二县局", role="联络员")]
    import_rows(admin(province), *rows)
    again = import_rows(admin(province), *rows)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    rows[0] = row(title="科长", ends_on="2026-12-31", name="张三丰")
    rows[1] = row(unit="东二县局", role="联络员", name="张三丰")
    changed = import_rows(admin(province), *rows)
    assert (changed.added, changed.changed, changed.unchanged) == (0, 1, 1)
    person = Person.objects.get(username="zhangsan")
    post = person.appointments.get(role="handler")
    assert (person.name, post.title, post.ends_on) == ("张三丰", "科长", date(2026, 12, 31))
    assert [entry.verb for entry in Entry.objects.of(post)] == [
        "org.appointment.begun",
        "org.appointment.ended",
        "org.appointment.edited",
    ]
    assert Entry.objects.of(person).last().facts == {"fields": ["name"]}


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ({"username": "张三"}, "账号", "username_characters"),
        ({"username": "elsewhere"}, "账号", "out_of_reach"),
        ({"username": "retired", "name": "x"}, "账号", "person_retired"),
        ({"name": ""}, "姓名", "name_missing"),
        ({"unit": "西市局"}, "单位", "unit_unknown"),
        ({"unit": "同名"}, "单位", "unit_ambiguous"),
        ({"role": "校长"}, "角色", "role_unknown"),
        ({"starts_on": "九月"}, "任职日期", "no_date"),
        ({"starts_on": "2026-12-01", "ends_on": "2026-11-30"}, "离任日期", "ends_before_start"),
        ({"starts_on": "2026-01-01", "ends_on": "2026-11-01"}, "离任日期", "post_over"),
        ({"mobile": "电话"}, "手机号", "mobile_characters"),
        ({"email": "邮箱"}, "电子邮箱", "email_characters"),
        ({"username": "haoren", "name": "别人"}, "姓名", "person_differs"),
        ({"username": "haoren", "name": "好人"}, "角色", "twice_in_file"),
        ({"username": "haoren", "name": "好人", "unit": "东一县局", "role": "系统管理员"}, "角色",
         "administrator_with_business"),
        ({"username": "guanli", "name": "管理", "role": "审计管理员"}, "角色", "two_administrators"),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_named_with_its_row_column_and_value(province, cells, column, code):
    for county in ("东一县局", "东二县局"):
        actions.found_unit(actor=system("t"), name="同名", kind="school", parent_id=province.unit(county).pk)
    elsewhere = actions.register_person(
        actor=system("t"), username="elsewhere", name="张三", home_id=province.unit("西市局").pk
    )
    assert elsewhere
    gone = actions.register_person(
        actor=system("t"), username="retired", name="x", home_id=province.unit("一中").pk
    )
    actions.retire_person(person_id=gone.pk, actor=system("t"))
    holder = actions.register_person(
        actor=system("t"), username="guanli", name="管理", home_id=province.unit("一中").pk
    )
    actions.appoint(
        actor=system("t"),
        person_id=holder.pk,
        unit_id=province.unit("东二县局").pk,
        role="system_admin",
        title="x",
    )
    found = problems(admin(province, "东市局"), row(username="haoren", name="好人"), row(**cells))
    key = next(one.key for one in COLUMNS if one.label == column)
    value = dict(zip([one.key for one in COLUMNS], row(**cells), strict=True))[key]
    assert found == [(3, column, value, code)]


def test_nobody_imports_themselves_and_only_security_administrators_import(province):
    actor = admin(province)
    oneself = Person.objects.get(pk=actor.person_id)
    assert oneself.username == "省厅-security_admin-"
    Person.objects.filter(pk=oneself.pk).update(username="oneself")
    assert [code for *_cell, code in problems(actor, row(username="oneself", name=oneself.name))] == [
        "own_post"
    ]
    with pytest.raises(NotPermitted):
        upload(province.actor("省厅", Role.SYSTEM_ADMIN), row())


def test_what_changed_since_the_preview_is_shown_again(province):
    draft = upload(admin(province), row())
    seen = people_plan(draft, admin(province)).digest
    actions.register_person(
        actor=system("t"), username="zhangsan", name="张三", home_id=province.unit("一中").pk
    )
    with pytest.raises(StaleVersion):
        actions.import_people(draft_id=draft.pk, actor=admin(province), seen_digest=seen)
    assert not Appointment.objects.filter(person__username="zhangsan").exists()


def test_what_is_exported_can_be_imported_and_changes_nothing(province):
    import_rows(admin(province), row(), row(username="lisi", name="李四", role="联络员"))
    post = Appointment.objects.get(person__username="zhangsan")
    actions.appoint(
        actor=system("t"),
        person_id=post.person_id,
        unit_id=province.unit("东二县局").pk,
        role="leader",
        title="=1+1",
    )
    actor = admin(province)
    Person.objects.filter(pk=actor.person_id).update(username="oneself")
    plan = people_plan(upload(actor, content=people_sheet(actor), name="人员.xlsx"), actor)
    assert (plan.errors, plan.added, plan.changed, plan.corrected) == ([], [], [], {})
    assert plan.unchanged == Appointment.objects.count() == 4


def test_the_template_is_a_table_that_can_be_read():
    [one] = read_table(read_sheet("模板.xlsx", people_template()), COLUMNS).rows
    assert one["username"] == "zhangsan"


def test_a_post_that_ran_out_is_not_begun_again_by_the_same_file(province):
    import_rows(admin(province), row(starts_on="2026-09-01"))
    post = Appointment.objects.get(person__username="zhangsan")
    actions.end_appointment(appointment_id=post.pk, actor=admin(province), last_on=TODAY - timedelta(days=1))
    last = (TODAY - timedelta(days=1)).isoformat()
    again = import_rows(admin(province), row(starts_on="2026-09-01", ends_on=last))
    assert (again.added, again.unchanged) == (0, 1)


def test_five_thousand_people_are_imported_well_within_half_a_minute(province):
    rows = [row(username=f"person{n}", name=f"张{n}", title="职员") for n in range(5_000)]
    actor = admin(province)
    draft = upload(actor, *rows)
    began = time.perf_counter()
    digest = people_plan(draft, actor).digest
    done = actions.import_people(draft_id=draft.pk, actor=fresh(actor), seen_digest=digest)
    took = time.perf_counter() - began
    assert done.added == 5_000
    assert took < 30
