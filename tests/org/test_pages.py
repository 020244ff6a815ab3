import csv
import io
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import get_resolver, reverse

from bihuan.kernel.actor import system
from bihuan.kernel.sheets import read_sheet
from bihuan.ledger.models import Entry
from bihuan.org import actions, urls
from bihuan.org.models import ImportDraft, Person, Unit, UnitChange, UnitGroup
from bihuan.org.roles import Role
from tests.remembered import remembered
from tests.town import TODAY

NOBODY, BYSTANDER = "nobody", "bystander"
READERS = {
    NOBODY: None,
    BYSTANDER: None,
    "system": ("省厅", Role.SYSTEM_ADMIN),
    "security": ("省厅", Role.SECURITY_ADMIN),
    "audit": ("省厅", Role.AUDIT_ADMIN),
    "leader": ("省厅", Role.LEADER),
    "supervisor": ("省厅", Role.SUPERVISOR),
    "handler": ("一中", Role.HANDLER),
    "elsewhere": ("西市局", Role.SYSTEM_ADMIN),
    "security elsewhere": ("西市局", Role.SECURITY_ADMIN),
}
MEMBERS = set(READERS) - {NOBODY, BYSTANDER}
UNITS, POSTS = {"system", "elsewhere"}, {"security", "security elsewhere"}
DRAFTERS = UNITS | {"supervisor"}

# address → who gets 200 for GET (or 302 for a POST that acts), who 403; everybody else 404
MATRIX = {
    "units": (MEMBERS, set()),
    "externals": (MEMBERS, set()),
    "unit": (MEMBERS, set()),
    "unit-new": (UNITS, set()),
    "unit-edit": ({"system"}, MEMBERS - {"system"}),
    "unit-change": ({"system"}, MEMBERS - {"system"}),
    "unit-changes": (UNITS, set()),
    "unit-change-withdraw": ({"system"}, set()),
    "groups": (DRAFTERS, set()),
    "group-new": (DRAFTERS, set()),
    "group": ({"system", "supervisor"}, set()),
    "group-edit": ({"system", "supervisor"}, set()),
    "group-dissolve": ({"system", "supervisor"}, set()),
    "group-alias": ({"system", "supervisor"}, set()),
    "alias-forget": ({"system", "supervisor"}, set()),
    "people": (POSTS, set()),
    "person-new": (POSTS, set()),
    "person": ({"security"}, set()),
    "person-edit": ({"security"}, set()),
    "person-appoint": ({"security"}, set()),
    "hand-over": ({"security"}, set()),
    "password-reset": ({"security"}, set()),
    "person-retire": ({"security"}, set()),
    "person-restore": ({"security"}, set()),
    "appointment-end": ({"security"}, set()),
    "vacancies": (POSTS, set()),
    "import": ({"system"}, set()),
    "import-confirm": ({"system"}, set()),
    "import-discard": ({"system"}, set()),
    "import-new": (UNITS, set()),
    "import-export": (UNITS, set()),
    "import-template": (UNITS, set()),
    "audit": ({"audit"}, set()),
    "org-pick": (UNITS | POSTS | DRAFTERS, set()),
}
ONLY_POST = {
    "unit-change-withdraw", "group-dissolve", "group-alias", "alias-forget", "password-reset",
    "person-retire", "person-restore", "import-confirm", "import-discard",
}  # fmt: skip


@pytest.fixture
def province(town):
    founded(town)
    return town


@remembered
def founded(town):
    for name in ("基教处", "一中", "东二县局", "西市局", "学院"):
        town.unit(name)


@pytest.fixture
def reader(province, client):
    """Signs the client in as one of READERS."""

    def sign_in(name):
        if name == BYSTANDER:
            client.force_login(
                Person.objects.filter(username="by").first()
                or actions.register_person(actor=system("t"), username="by", name="路人")
            )
        elif name == NOBODY:
            client.logout()
        else:
            client.force_login(province.person(*READERS[name]))
        return client

    return sign_in


@pytest.fixture
def things(town):
    """One of everything an address of the organisation can be about; before `province` it is remembered."""
    return furnished(town)


@remembered
def furnished(province):
    founded(province)
    for post in filter(None, READERS.values()):
        province.post(*post)
    school = province.unit("一中")
    system_admin = province.actor("省厅", Role.SYSTEM_ADMIN)
    group = actions.set_group(
        actor=province.actor("省厅", Role.SYSTEM_ADMIN),
        owner_id=province.unit("省厅").pk, name="各校", rule_kind="school",
    )  # fmt: skip
    alias = actions.remember_alias(
        actor=province.actor("省厅", Role.SYSTEM_ADMIN), name="全部学校", group_id=group.pk
    )
    change = actions.rename_unit(
        unit_id=school.pk,
        actor=province.actor("省厅", Role.SYSTEM_ADMIN),
        name="二中",
        on=TODAY + timedelta(9),
    )
    draft = actions.upload_import(
        actor=system_admin, subject="units", file_name="a.csv",
        content="名称,类别,上级\n新校,学校,西市局".encode(),
    )  # fmt: skip
    post = province.post("一中", Role.LIAISON)
    return {
        "unit": school.pk, "unit-change": school.pk, "group": group.pk, "alias": alias.pk,
        "change": change.pk, "draft": draft.pk, "person": post.person_id, "post": post.pk,
    }  # fmt: skip


def address(name, things):
    pk = {
        "unit": "unit", "unit-edit": "unit", "unit-change-withdraw": "change", "group": "group",
        "group-edit": "group", "group-dissolve": "group", "group-alias": "group", "alias-forget": "alias",
        "appointment-end": "post", "import": "draft", "import-confirm": "draft", "import-discard": "draft",
    }.get(name, "person" if name.startswith(("person-", "hand", "password")) or name == "person" else None)  # fmt: skip
    if name == "unit-change":
        return reverse(name, args=[things["unit"], "rename"])
    if name in ("person-new",) or pk is None:
        extra = {"import-new": ["units"], "import-export": ["units"], "import-template": ["units"]}
        return reverse(name, args=extra.get(name, ["owners"] if name == "org-pick" else []))
    return reverse(name, args=[things[pk]])


def test_the_matrix_knows_every_address():
    assert {pattern.name for pattern in urls.urlpatterns} == set(MATRIX)
    assert get_resolver().reverse_dict.getlist("units")


@pytest.mark.parametrize("name", MATRIX)
def test_who_gets_in_where(things, reader, name):
    url, acts = address(name, things), name in ONLY_POST
    allowed, refused = MATRIX[name]
    if name == "person-restore":
        actions.retire_person(person_id=things["person"], actor=system("t"))
    for who in sorted(READERS, key=lambda who: who in allowed):  # those who change something come last
        client = reader(who)
        entries = Entry.objects.count()
        answer = client.post(url, {"name": "别的叫法"}) if acts else client.get(url)
        if who == NOBODY:
            assert answer.url.startswith("/sign-in/"), who
        else:
            expected = {200, 302, 409} if who in allowed else {403} if who in refused else {404}
            assert answer.status_code in expected, (who, answer.status_code)
        assert who in allowed or Entry.objects.count() == entries, who
        if acts:
            assert client.get(url).status_code in (405, 302), who
            if who in allowed:
                break


def key(**data):
    return data | {"request_key": str(uuid4())}


def errors(answer):
    """The fields at which a form complains."""
    return set(re.findall(r'id="id_([\w-]+)_error"', answer.content.decode()))


# the tree


def test_the_tree_opens_down_to_the_readers_unit_and_further_by_its_address(reader, province):
    client = reader("handler")
    shown = client.get("/org/units/").content.decode()
    assert all(name in shown for name in ("省厅", "东市局", "东一县局", "一中"))
    closed = client.get("/org/units/?open=").content.decode()
    assert "东市局" not in closed.split('id="list"')[1]
    opened = client.get(f"/org/units/?open={province.unit('省厅').pk}").content.decode()
    assert "西市局" in opened
    assert "一中" not in opened.split('id="list"')[1]
    toggle = re.search(rf'href="(\?open=[0-9,]*)"[^>]*id="unit-{province.unit("东市局").pk}-twist"', opened)
    assert "东一县局" in client.get(f"/org/units/{toggle[1]}").content.decode()


def test_htmx_gets_the_list_alone(reader):
    client = reader("handler")
    part = client.get("/org/units/?q=局", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert part.strip().startswith('<div id="list">')


@pytest.mark.parametrize(("text", "found"), [("一中", "一中"), ("dyxj", "东一县局"), ("没有这个", None)])
def test_a_unit_is_found(reader, text, found):
    shown = reader("handler").get("/org/units/", {"q": text}).content.decode().split('id="list"')[1]
    assert (found in shown) if found else "没有叫这个名称的单位" in shown


def test_pages_stay_cheap_however_much_they_show(reader, province, django_assert_max_num_queries):
    """Ceilings, with a hundred units more below one county and fifty people."""
    county = province.unit("东一县局")
    for number in range(30):
        actions.found_unit(actor=system("t"), name=f"第{number}小学", kind="school", parent_id=county.pk)
        province.post("东一县局", Role.HANDLER, f"人{number}")
    client = reader("system")
    for url, ceiling in (
        (f"/org/units/?open={province.unit('省厅').pk},{province.unit('东市局').pk},{county.pk}", 12),
        ("/org/units/?q=小学", 12),
        (f"/org/units/{county.pk}/", 26),
        ("/org/units/groups/", 12),
    ):
        with django_assert_max_num_queries(ceiling):
            assert client.get(url).status_code == 200
    client = reader("security")
    with django_assert_max_num_queries(14):
        assert "人29" in client.get("/org/people/?role=handler").content.decode()
    with django_assert_max_num_queries(18):
        client.get(f"/org/people/{Person.objects.get(name='人3').pk}/")


# units


def test_a_unit_is_founded_from_its_page(reader, province):
    client, county = reader("system"), province.unit("东一县局")
    page = client.get(f"/org/units/new/?parent={county.pk}")
    assert f'value="{county.pk}" checked' in page.content.decode()
    data = key(
        name="新小", kind="school", parent=county.pk, code="216", region_code="62", starts_on="2026-11-23"
    )
    wrong = client.post("/org/units/new/", data)
    assert wrong.status_code == 422
    assert errors(wrong) == {"code"}
    data |= key(code="2162000001", region_code="620102")
    done = client.post("/org/units/new/", data)
    made = Unit.objects.get(name="新小")
    assert (done.status_code, done.url) == (302, f"/org/units/{made.pk}/")
    assert client.post("/org/units/new/", data).url == done.url  # sent twice, made once
    assert Unit.objects.filter(name="新小").count() == 1


def test_an_external_unit_is_kept_by_the_readers_authority(reader, province):
    client = reader("elsewhere")
    client.post("/org/units/new/", key(name="市财政局", kind="external", starts_on="2026-11-23"))
    assert Unit.objects.get(name="市财政局").keeper == province.unit("西市局")
    assert "市财政局" in client.get("/org/units/externals/").content.decode()
    assert "市财政局" not in reader("handler").get("/org/units/externals/").content.decode()


def test_looking_up_a_unit_keeps_what_was_typed_and_complains_about_nothing(reader, province):
    data = key(name="", kind="school", starts_on="2026-11-23", **{"parent-q": "东二", "find": "parent"})
    answer = reader("system").post("/org/units/new/", data)
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert f'value="{province.unit("东二县局").pk}"' in shown
    assert errors(answer) == set()
    part = reader("system").get("/org/pick/units/", {"name": "parent", "parent-q": "dexj"})
    assert "东二县局" in part.content.decode()
    assert "西市局" not in part.content.decode()
    assert reader("system").get("/org/pick/people/", {"name": "x"}).content.decode().count("<input") == 0
    assert reader("system").get("/org/pick/nothing/").status_code == 404


def test_a_correction_of_somebody_slower_is_told(reader, province):
    client, school = reader("system"), province.unit("一中")
    data = {"kind": "school", "code": "", "region_code": "", "sort_order": "4", "aliases": "女中\n\n实验"}
    first = client.post(f"/org/units/{school.pk}/edit/", key(seen_version=0, **data))
    assert first.status_code == 302
    slower = client.post(f"/org/units/{school.pk}/edit/", key(seen_version=0, **data | {"sort_order": "9"}))
    assert slower.status_code == 409
    school.refresh_from_db()
    assert (school.sort_order, set(school.aliases.values_list("name", flat=True))) == (4, {"女中", "实验"})


@pytest.mark.parametrize(
    ("kind", "given", "status", "wrong"),
    [
        ("rename", {"name": "外国语学校"}, 302, set()),
        ("rename", {"name": ""}, 422, {"name"}),
        ("rename", {"name": "新名", "on": "2001-01-01"}, 422, {"on"}),
        ("move", {"parent": "东二县局"}, 302, set()),
        ("move", {"parent": "东一县局"}, 422, {"parent"}),
        ("move", {}, 422, {"parent"}),
        ("merge", {"into": "学院"}, 302, set()),
        ("merge", {"into": "学院", "units": "基教处"}, 302, set()),
        ("split", {"successors": "学院"}, 422, {"successors"}),
        ("split", {"successors": ["学院", "东二县局"], "heir": "学院"}, 302, set()),
        ("split", {"successors": ["学院", "东二县局"], "heir": "西市局"}, 422, {"heir"}),
        ("close", {}, 302, set()),
        ("close", {"on": "2027-01-01"}, 302, set()),
        ("close", {"seen_version": 7}, 409, set()),
    ],
)
def test_dated_changes_have_their_pages(reader, province, kind, given, status, wrong):
    def as_ids(value):
        return [province.unit(one).pk for one in ([value] if isinstance(value, str) else value)]

    picked = ("parent", "into", "units", "successors", "heir")
    data = {"on": "2026-11-23", "basis": "教发〔2026〕1 号", "seen_version": 0}
    data |= {name: as_ids(value) if name in picked else value for name, value in given.items()}
    url = f"/org/units/{province.unit('一中').pk}/{kind}/"
    client = reader("system")
    assert client.get(url).status_code == 200
    answer = client.post(url, key(**data))
    assert (answer.status_code, errors(answer) if status == 422 else set()) == (status, wrong)
    assert UnitChange.objects.exists() is (status == 302)
    if status == 302:
        assert client.get(answer.url).status_code == 200


def test_a_planned_change_is_shown_and_taken_back(reader, things):
    client = reader("system")
    assert "2026-12-02" in client.get("/org/units/changes/").content.decode()
    assert "2026-12-02" in client.get(f"/org/units/{things['unit']}/").content.decode()
    client.post(f"/org/units/changes/{things['change']}/withdraw/", key())
    assert UnitChange.objects.get().state == UnitChange.State.WITHDRAWN
    again = client.post(f"/org/units/changes/{things['change']}/withdraw/", key(), follow=True)
    assert "已经生效或撤回" in again.content.decode()


def test_an_ended_unit_points_to_whoever_took_over(reader, province):
    gone, into = province.unit("东一县局"), province.unit("东二县局")
    actions.merge_units(unit_ids=[gone.pk], into_id=into.pk, actor=system("t"))
    shown = reader("handler").get(f"/org/units/{gone.pk}/").content.decode()
    assert f'<a href="/org/units/{into.pk}/">东二县局</a>' in shown
    assert (
        reader("system")
        .post(f"/org/units/{gone.pk}/rename/", key(name="x", on="2026-11-23", seen_version=1))
        .status_code
        == 409
    )


# groups


def test_a_group_is_made_changed_and_dissolved_from_its_pages(reader, province):
    client = reader("supervisor")
    owner = province.unit("省厅").pk
    wrong = client.post("/org/units/groups/new/", key(name="各市局", owner=owner))
    assert (wrong.status_code, errors(wrong)) == (422, {"members"})
    done = client.post(
        "/org/units/groups/new/", key(name="各市局", owner=owner, rule_kind="authority", rule_depth=1)
    )
    group = UnitGroup.objects.get()
    assert done.url == f"/org/units/groups/{group.pk}/"
    assert "东市局" in client.get(done.url).content.decode()
    members = [province.unit("学院").pk, province.unit("一中").pk]
    client.post(f"/org/units/groups/{group.pk}/edit/", key(name="两家", members=members))
    assert {unit.name for unit in group.members.all()} == {"学院", "一中"}
    client.post(f"/org/units/groups/{group.pk}/alias/", key(name="二单位"))
    alias = group.aliases.get()
    client.post(f"/org/units/groups/aliases/{alias.pk}/forget/", key(group=group.pk))
    assert not group.aliases.exists()
    client.post(f"/org/units/groups/{group.pk}/dissolve/", key())
    group.refresh_from_db()
    assert not group.is_active


# people


def test_a_person_is_registered_appointed_and_given_a_password(reader, province):
    client = reader("security")
    data = key(username="zhang", name="张三", home=province.unit("一中").pk)
    done = client.post("/org/people/new/", data)
    person = Person.objects.get(username="zhang")
    assert done.url == f"/org/people/{person.pk}/appoint/"
    assert client.post("/org/people/new/", data).url == done.url
    taken = client.post("/org/people/new/", key(username="zhang", name="李四", home=province.unit("一中").pk))
    assert (taken.status_code, errors(taken)) == (422, {"username"})
    post = {"unit": province.unit("一中").pk, "title": "教务主任", "starts_on": "2026-11-23"}
    assert client.post(done.url, key(role="system_admin", **post)).status_code == 302
    wrong = client.post(done.url, key(role="handler", **post))
    assert (wrong.status_code, errors(wrong)) == (422, {"role"})
    issued = client.post(f"/org/people/{person.pk}/password/", key())
    password = re.search(r"data-password>([^<]+)<", issued.content.decode())[1].replace("&amp;", "&")
    person.refresh_from_db()
    assert person.check_password(password)
    assert "no-store" in issued["Cache-Control"]
    assert password not in client.get(f"/org/people/{person.pk}/").content.decode()


def test_accounts_are_closed_and_opened_again(reader, things):
    client, url = reader("security"), f"/org/people/{things['person']}/"
    client.post(f"{url}retire/", key())
    assert "账号已停用" in client.get(url).content.decode()
    told = client.post(f"{url}password/", key(), follow=True)
    assert "请先恢复" in told.content.decode()
    client.post(f"{url}restore/", key())
    assert Person.objects.get(pk=things["person"]).is_active


def test_ones_own_account_is_for_somebody_else(reader, province):
    client = reader("security")
    oneself = province.person("省厅", Role.SECURITY_ADMIN)
    assert "另一位安全管理员" in client.get(f"/org/people/{oneself.pk}/").content.decode()
    assert client.post(f"/org/people/{oneself.pk}/retire/", key()).status_code == 403


def test_people_are_filtered(reader, province):
    province.person("一中", Role.HANDLER, "王五")
    retired = province.person("一中", Role.LIAISON, "赵六")
    actions.retire_person(person_id=retired.pk, actor=system("t"))
    client = reader("security")

    def listed(**asked):
        shown = client.get("/org/people/", asked).content.decode().split('id="list"')[1]
        return {name for name in ("王五", "赵六") if name in shown}

    assert listed() == {"王五", "赵六"}
    assert listed(q="ww") == {"王五"}
    assert listed(state="retired") == {"赵六"}
    assert listed(role="handler") == {"王五"}
    assert listed(q="ww", state="retired") == set()


def test_a_leavers_posts_are_handed_over_on_one_page(reader, province):
    leaver, heir = province.person("一中", Role.LIAISON), province.person("东二县局", Role.HANDLER)
    first = leaver.appointments.get()
    second = actions.appoint(
        actor=system("t"),
        person_id=leaver.pk,
        unit_id=province.unit("东一县局").pk,
        role="handler",
        title="x",
    )
    client, url = reader("security"), f"/org/people/{leaver.pk}/hand-over/"
    page = client.get(url).content.decode()
    assert {f'data-post="{pk}"' in page for pk in (first.pk, second.pk)} == {True}
    data = {"last_on": TODAY.isoformat(), f"successor_{first.pk}": heir.pk}
    looked = client.post(url, key(**data, **{f"successor_{second.pk}-q": "督查", "find": "x"}))
    assert looked.status_code == 200
    assert client.post(url, key(last_on="")).status_code == 422
    assert client.post(url, key(**data)).status_code == 302
    assert heir.appointments.filter(unit=first.unit, role="liaison").exists()
    second.refresh_from_db()
    assert (second.ends_on, second.successor) == (TODAY, None)
    assert "即将离任" in client.get("/org/people/", {"q": leaver.name}).content.decode()


def test_one_appointment_is_ended(reader, things):
    url = f"/org/people/appointments/{things['post']}/end/"
    client = reader("security")
    assert client.post(url, key(last_on="")).status_code == 422
    done = client.post(url, key(last_on="2026-11-20", reason="调离"))
    assert done.url == f"/org/people/{things['person']}/"
    assert client.post(url, key(last_on="2026-11-20")).status_code == 409
    shown = client.get("/org/people/vacancies/").content.decode()
    assert "一中" in shown


# imports


def table(*rows):
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    file = io.BytesIO(out.getvalue().encode())
    file.name = "机构.csv"
    return file


def test_a_table_is_uploaded_shown_and_taken_over(reader, province):
    client = reader("system")
    rows = [("名称", "类别", "上级"), ("新校", "学校", "西市局"), ("学院", "高等学校", "省厅")]
    shown = client.post("/org/units/import/", key(file=table(*rows)))
    draft = ImportDraft.objects.get()
    page = client.get(shown.url).content.decode()
    digest = re.search(r'name="digest" value="(\w+)"', page)[1]
    assert "确认导入：新增 1" in page
    stale = client.post(f"/org/imports/{draft.pk}/confirm/", key(digest="0"))
    assert stale.status_code == 409
    data = key(digest=digest)
    assert client.post(f"/org/imports/{draft.pk}/confirm/", data).status_code == 302
    assert client.post(f"/org/imports/{draft.pk}/confirm/", data).status_code == 302
    assert Unit.objects.filter(name="新校").count() == 1
    assert "新增 1" in client.get(shown.url).content.decode()
    again = client.post("/org/units/import/", key(file=table(*rows)))
    assert "不需要导入" in client.get(again.url).content.decode()


def test_a_wrong_row_is_shown_and_cannot_be_confirmed(reader, province):
    client = reader("system")
    shown = client.post(
        "/org/units/import/", key(file=table(("名称", "类别", "上级"), ("新校", "商店", "省厅")))
    )
    page = client.get(shown.url).content.decode()
    row = re.search(r"<tbody data-errors>\s*<tr>\s*<td>(\d+)</td>\s*<td>(.*?)</td>\s*<td>(.*?)</td>", page)
    assert row.groups() == ("2", "类别", "商店")
    assert "/confirm/" not in page
    assert client.post(f"{shown.url}confirm/", key(digest="x")).status_code == 409
    assert client.post(f"{shown.url}discard/", key()).url == "/org/units/import/"
    assert "已经放弃" in client.get(shown.url).content.decode()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", "没有,表头".encode()])
def test_a_file_that_cannot_be_read_is_refused_at_its_field(reader, content):
    file = io.BytesIO(content)
    file.name = "a.xlsx" if content.startswith(b"PK") else "a.csv"
    answer = reader("system").post("/org/units/import/", key(file=file))
    assert (answer.status_code, errors(answer)) == (422, {"file"})
    assert not ImportDraft.objects.exists()


def test_what_there_is_and_a_template_can_be_downloaded(reader):
    for who, subject in (("system", "units"), ("security", "people")):
        client = reader(who)
        for kind in ("export", "template"):
            answer = client.get(f"/org/{subject}/{kind}/")
            assert read_sheet("a.xlsx", answer.content).rows
    assert client.get("/org/units/export/").status_code == 404
    assert client.get("/org/cats/import/").status_code == 404
