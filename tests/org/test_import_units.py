import csv
import io
import time
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.kernel.errors import AlreadyDone, NotPermitted, Refused, StaleVersion
from bihuan.kernel.sheets import Sheet, read_sheet
from bihuan.ledger.models import Entry
from bihuan.ledger.queries import flaws_in_ledger
from bihuan.org import actions, jobs, queries
from bihuan.org.models import BusinessLine, ImportDraft, Unit, UnitChange, UnitName
from bihuan.org.queries.importing import unit_plan, unit_sheet, unit_template
from bihuan.org.roles import Role
from bihuan.org.rules.tables import read_table
from bihuan.org.rules.unit_table import COLUMNS, KnownUnit, plan_units
from tests.town import MORNING, TODAY

HEADINGS = [column.label for column in COLUMNS]


@pytest.fixture
def province(town):
    for name in ("基教处", "一中", "东二县局", "西市局", "学院"):
        town.unit(name)
    return town


def admin(town, unit="省厅"):
    return town.actor(unit, Role.SYSTEM_ADMIN)


def row(**cells):
    keys = {column.label: column.key for column in COLUMNS}
    return [cells.get(keys[label], "") for label in HEADINGS]


def table(*rows, headings=HEADINGS):
    out = io.StringIO()
    csv.writer(out).writerows([headings, *rows])
    return out.getvalue().encode()


def upload(actor, *rows, content=None, name="机构.csv"):
    return actions.upload_import(
        actor=replace(actor, request_id=system("x").request_id),
        subject="units",
        file_name=name,
        content=content or table(*rows),
    )


def take_over(actor, draft):
    again = replace(actor, request_id=system("x").request_id)
    return actions.import_units(draft_id=draft.pk, actor=again, seen_digest=unit_plan(draft, actor).digest)


def import_rows(actor, *rows):
    return take_over(actor, upload(actor, *rows))


def problems(actor, *rows):
    plan = unit_plan(upload(actor, *rows), actor)
    return [(error.row, error.column, error.value, error.code) for error in plan.errors]


def test_a_table_founds_units_in_any_order_of_rows(province):
    done = import_rows(
        admin(province),
        row(
            name="南小",
            kind="小学",
            parent="南县局",
            code="2162000001",
            aliases="南小学；小南",
            sort_order="3",
        ),
        row(name="南县局", kind="行政机关", parent="东市局", region_code="620123", starts_on="2021/3/1"),
        row(name="南县局办", kind="科室", parent="南县局", short_name="办公室"),
    )
    school, county, office = (Unit.objects.get(name=name) for name in ("南小", "南县局", "南县局办"))
    assert (done.added, done.changed, done.unchanged) == (3, 0, 0)
    assert (school.parent, office.parent, county.parent) == (county, county, province.unit("东市局"))
    assert (office.authority, school.authority, county.authority) == (county, school, county)
    assert (school.short_name, school.pinyin, school.sort_order) == ("南小", "nanxiao nx", 3)
    assert county.starts_on == date(2021, 3, 1)
    assert set(school.aliases.values_list("name", flat=True)) == {"南小学", "小南"}
    assert queries.lineage_flaws() == []
    assert queries.name_on(county, TODAY) == "南县局"
    assert [entry.verb for entry in Entry.objects.of(school)] == ["org.unit.founded"]
    assert [entry.verb for entry in Entry.objects.of(done)] == ["org.import.uploaded", "org.import.applied"]
    assert list(flaws_in_ledger()) == []


def test_the_same_file_again_changes_nothing(province):
    rows = [
        row(name="南县局", kind="行政机关", parent="东市局", aliases="南局"),
        row(name="南小", kind="学校", parent="南县局"),
    ]
    import_rows(admin(province), *rows)
    before = Entry.objects.count()
    again = import_rows(admin(province), *rows)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    assert Entry.objects.count() == before + 2  # the upload itself


def test_known_units_are_changed_where_the_table_differs(province):
    BusinessLine.objects.create(code="basic", name="基础教育")
    school, office = province.unit("一中"), province.unit("基教处")
    done = import_rows(
        admin(province),
        row(number=f"#{school.pk}", name="外国语学校", kind="学校", parent="东二县局", code="3462000001"),
        row(name="基教处", kind="内设机构", parent="省厅", lines="基础教育", sort_order="2"),
        row(name="西市局", kind="行政机关", parent="省厅"),
    )
    school.refresh_from_db()
    office.refresh_from_db()
    assert (done.added, done.changed, done.unchanged) == (0, 2, 1)
    assert (school.name, school.short_name, school.code) == ("外国语学校", "外国语学校", "3462000001")
    assert school.parent == province.unit("东二县局")
    assert queries.name_on(school, TODAY - timedelta(1)) == "一中"
    assert queries.parent_on(school, TODAY - timedelta(1)) == province.unit("东一县局").pk
    assert list(office.lines.values_list("name", flat=True)) == ["基础教育"]
    assert [entry.verb for entry in Entry.objects.of(school)] == [
        "org.unit.founded",
        "org.unit.edited",
        "org.unit.renamed",
        "org.unit.moved",
    ]
    assert Entry.objects.of(office).last().facts == {"fields": ["lines", "sort_order"]}
    assert set(UnitChange.objects.values_list("kind", "state")) == {
        ("rename", "applied"),
        ("move", "applied"),
    }
    assert queries.lineage_flaws() == []
    assert list(flaws_in_ledger()) == []


def test_a_second_rename_on_one_day_corrects_the_first(province):
    school = province.unit("一中")
    for name in ("二中", "三中"):
        import_rows(admin(province), row(number=f"#{school.pk}", name=name, kind="学校", parent="东一县局"))
    assert list(
        UnitName.objects.filter(unit=school).order_by("starts_on").values_list("name", flat=True)
    ) == [
        "一中",
        "三中",
    ]


def test_a_blank_cell_leaves_what_is_there(province):
    school = province.unit("一中")
    actions.edit_unit(
        unit_id=school.pk, actor=system("t"), aliases=["女中"], region_code="620102", sort_order=5
    )
    done = import_rows(admin(province), row(name="一中", kind="", parent="东一县局"))
    assert done.unchanged == 1
    school.refresh_from_db()
    assert (school.region_code, school.sort_order, school.aliases.count()) == ("620102", 5, 1)


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ({"name": ""}, "名称", "name_missing"),
        ({"name": "长" * 101}, "名称", "too_long"),
        ({"name": "东\u202e学小"}, "名称", "name_unprintable"),
        ({"kind": "商店"}, "类别", "kind_unknown"),
        ({"kind": ""}, "类别", "kind_missing"),
        ({"parent": ""}, "上级", "parent_missing"),
        ({"parent": "不存在局"}, "上级", "parent_unknown"),
        ({"parent": "#999999"}, "上级", "parent_unknown"),
        ({"parent": "同名"}, "上级", "parent_ambiguous"),
        ({"parent": "新校"}, "上级", "parent_unknown"),
        ({"parent": "市财政局"}, "上级", "below_external"),
        ({"kind": "行政机关", "parent": "一中"}, "上级", "authority_below_school"),
        ({"code": "21620"}, "代码", "code_length"),
        ({"code": "1162000001"}, "代码", "code_kind"),
        ({"region_code": "62"}, "行政区划代码", "region_length"),
        ({"region_code": "610100", "parent": "西市局"}, "行政区划代码", "region_outside_parent"),
        ({"sort_order": "第一"}, "排序号", "no_number"),
        ({"starts_on": "去年"}, "设立日期", "no_date"),
        ({"lines": "没有的条线"}, "业务条线", "line_unknown"),
        ({"number": "#999999"}, "编号", "number_unknown"),
        ({"name": "一中", "parent": "东一县局", "kind": "内设机构"}, "类别", "kind_structural"),
        ({"name": "一中", "parent": "东一县局", "starts_on": "2001-01-01"}, "设立日期", "starts_on_fixed"),
        ({"code": "2162000007"}, "代码", "code_taken"),
        ({"name": "=1+1"}, "名称", "formula"),
    ],
)
def test_a_wrong_cell_is_named_with_its_row_column_and_value(province, cells, column, code):
    actions.found_unit(
        actor=system("t"), name="市财政局", kind="external", keeper_id=province.unit("省厅").pk
    )
    for parent in ("东市局", "西市局"):
        actions.found_unit(
            actor=system("t"), name="同名", kind="authority", parent_id=province.unit(parent).pk
        )
    actions.edit_unit(unit_id=province.unit("西市局").pk, actor=system("t"), region_code="620200")
    closed = actions.found_unit(
        actor=system("t"), name="旧校", kind="school", parent_id=province.unit("西市局").pk,
        code="2162000007", starts_on=date(2020, 1, 1),
    )  # fmt: skip
    actions.close_unit(unit_id=closed.pk, actor=system("t"))
    cells = {"name": "新校", "kind": "学校", "parent": "西市局"} | cells
    key = next(one.key for one in COLUMNS if one.label == column)
    found = problems(admin(province), row(name="好校", kind="学校", parent="西市局"), row(**cells))
    assert found == [(3, column, cells.get(key, ""), code)]


def test_rows_that_stand_twice_or_in_a_ring_are_wrong(province):
    school = province.unit("一中")
    found = problems(
        admin(province),
        row(name="甲", kind="学校", parent="西市局", code="2162000001"),
        row(name="乙", kind="学校", parent="西市局", code="2162000001"),  # 3: code
        row(name="丙", kind="学校", parent="西市局"),
        row(name="丙", kind="学校", parent="西市局"),  # 5: name
        row(name="一中", kind="学校", parent="东一县局"),
        row(number=f"#{school.pk}", name="一中", kind="学校", parent="东一县局"),  # 7: the same unit
        row(name="上", kind="学校", parent="下"),  # 8, 9: a ring
        row(name="下", kind="学校", parent="上"),
    )
    assert [(number, code) for number, _column, _value, code in found] == [
        (3, "twice_in_file"),
        (5, "twice_in_file"),
        (7, "twice_in_file"),
        (8, "ring"),
        (9, "ring"),
    ]


def test_a_known_unit_is_not_moved_below_what_stands_under_it(province):
    found = problems(
        admin(province),
        row(name="新局", kind="行政机关", parent="东一县局"),
        row(number=f"#{province.unit('东市局').pk}", name="东市局", kind="行政机关", parent="新局"),
    )
    assert {code for *_cell, code in found} == {"ring"}


def test_a_name_that_stands_there_already_is_not_taken(province):
    found = problems(
        admin(province),
        row(name="一中", kind="学校", parent="东一县局", code="2162000001"),
    )
    assert found == [(2, "名称", "一中", "name_beside")]


def test_an_administrator_imports_only_into_their_own_part_of_the_tree(province):
    city = admin(province, "东市局")
    assert problems(city, row(name="新校", kind="学校", parent="东一县局")) == []
    assert [code for *_cell, code in problems(
        city,
        row(name="新校", kind="学校", parent="西市局"),
        row(name="西市局", kind="行政机关", parent="省厅", sort_order="1"),
    )] == ["out_of_reach", "out_of_reach"]  # fmt: skip


@pytest.mark.parametrize(("unit", "role"), [("省厅", Role.SECURITY_ADMIN), ("省厅", Role.SUPERVISOR)])
def test_others_import_nothing(province, unit, role):
    with pytest.raises(NotPermitted):
        upload(province.actor(unit, role), row(name="新校", kind="学校", parent="东一县局"))
    assert not ImportDraft.objects.exists()


def test_one_wrong_row_keeps_all_rows_out(province):
    draft = upload(
        admin(province),
        row(name="好校", kind="学校", parent="西市局"),
        row(name="坏校", kind="商店", parent="西市局"),
    )
    with pytest.raises(Refused) as caught:
        take_over(admin(province), draft)
    assert caught.value.code == "rows_wrong"
    assert not Unit.objects.filter(name="好校").exists()


def test_a_fault_half_way_leaves_nothing_behind(province, monkeypatch):
    draft = upload(admin(province), row(name="好校", kind="学校", parent="西市局"))
    before = Entry.objects.count()

    def fail(*args, **kwargs):
        raise RuntimeError("the machine stops")

    monkeypatch.setattr("bihuan.org.actions.imports.append_many", fail)
    with pytest.raises(RuntimeError):
        take_over(admin(province), draft)
    assert not Unit.objects.filter(name="好校").exists()
    assert (Entry.objects.count(), queries.lineage_flaws()) == (before, [])


def test_what_changed_since_the_preview_is_shown_again_before_it_is_done(province):
    draft = upload(admin(province), row(name="南校", kind="学校", parent="西市局"))
    seen = unit_plan(draft, admin(province)).digest
    actions.found_unit(actor=system("t"), name="南校", kind="school", parent_id=province.unit("西市局").pk)
    with pytest.raises(StaleVersion):
        actions.import_units(draft_id=draft.pk, actor=admin(province), seen_digest=seen)
    assert take_over(admin(province), draft).unchanged == 1


def test_a_confirmation_sent_twice_and_another_persons_upload(province):
    actor = admin(province)
    draft = upload(actor, row(name="南校", kind="学校", parent="西市局"))
    with pytest.raises(ImportDraft.DoesNotExist):
        take_over(admin(province, "西市局"), draft)
    take_over(actor, draft)
    draft.refresh_from_db()
    assert draft.content is None
    with pytest.raises(AlreadyDone):
        actions.import_units(draft_id=draft.pk, actor=admin(province), seen_digest="")
    assert Unit.objects.filter(name="南校").count() == 1


def test_an_upload_nobody_confirms_is_dropped(province):
    first, second = (
        upload(admin(province), row(name="南校", kind="学校", parent="西市局")) for _turn in "12"
    )
    actions.discard_import(draft_id=first.pk, actor=admin(province))
    with pytest.raises(StaleVersion):
        actions.import_units(draft_id=first.pk, actor=admin(province), seen_digest="")
    with clock.frozen(MORNING + timedelta(days=8)):
        jobs.daily_work()
    assert not ImportDraft.objects.filter(content__isnull=False).exists()
    assert Entry.objects.of(second).last().actor_post == "system:org-daily"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK\x03\x04", "misnamed"),
        ("序号,学校\n1,甲".encode(), "no_headings"),
        ("名称,名称,类别,上级\n甲,乙,学校,省厅".encode(), "heading_twice"),
    ],
)
def test_a_file_that_is_no_table_of_units_is_refused_as_a_whole(province, content, code):
    with pytest.raises(Refused) as caught:
        upload(admin(province), content=content)
    assert (caught.value.code, caught.value.field) == (code, "file")


def test_headings_may_stand_lower_be_marked_and_be_called_otherwise(province):
    content = "全省机构名单,,\n\n单位名称*,单位类别（必填）,上级单位\n南校,学校,西市局\n,,\n北校,学校,无此局\n".encode()
    plan = unit_plan(upload(admin(province), content=content), admin(province))
    assert [one["name"] for one in plan.added] == ["南校"]
    assert [(error.row, error.column) for error in plan.errors] == [(6, "上级")]


def test_merged_cells_are_named_by_their_rows():
    sheet = Sheet([["名称", "类别", "上级"], ["甲", "学校", "省厅"], ["乙", "", ""]], merged=[(2, 3, 3, 3)])
    [error] = read_table(sheet, COLUMNS).errors
    assert (error.row, error.column, error.value, error.code) == (2, "上级", "省厅", "merged")


def test_what_is_exported_can_be_imported_and_changes_nothing(province):
    BusinessLine.objects.create(code="basic", name="基础教育")
    office = province.unit("基教处")
    actions.edit_unit(unit_id=office.pk, actor=system("t"), lines=["basic"], aliases=["=危险()", "二局"])
    province.unit("市财政局")
    content = unit_sheet(admin(province))
    draft = upload(admin(province), content=content, name="机构.xlsx")
    plan = unit_plan(draft, admin(province))
    assert (plan.errors, plan.added, plan.changed) == ([], [], [])
    assert (
        plan.unchanged
        == len(read_sheet("a.xlsx", content).rows) - 1
        == Unit.objects.exclude(kind="external").count()
    )  # the external unit is kept by nobody, so nobody's export holds it


def test_the_template_is_a_table_that_can_be_read(province):
    rows = read_table(read_sheet("模板.xlsx", unit_template()), COLUMNS).rows
    assert [one["name"] for one in rows] == ["东市教育局", "东市第一小学"]


def test_the_plan_is_pure_and_the_same_for_any_order_of_known_units():
    known = [
        KnownUnit(
            pk, "", name, name, "authority", parent, "", 0, TODAY, frozenset(), frozenset(), False, True
        )
        for pk, name, parent in ((1, "省厅", None), (2, "市局", 1), (3, "县局", 2))
    ]
    sheet = Sheet([["名称", "类别", "上级"], ["县局", "行政机关", "省厅"], ["新局", "行政机关", "县局"]])
    plans = [
        plan_units(read_table(sheet, COLUMNS), order, lines=frozenset(), today=TODAY)
        for order in (known, known[::-1])
    ]
    assert plans[0].digest == plans[1].digest
    assert [error.code for error in plans[0].errors] == ["parent_ambiguous"]


def test_twenty_thousand_units_are_imported_well_within_half_a_minute(province):
    actor = admin(province)
    counties = [row(name=f"第{n}县局", kind="行政机关", parent="东市局") for n in range(100)]
    schools = [
        row(name=f"第{n}县第{m}小学", kind="学校", parent=f"第{n}县局", code=f"2162{n * 200 + m:06}")
        for n in range(100)
        for m in range(199)
    ]
    began = time.perf_counter()
    draft = upload(actor, *schools, *counties)
    uploaded = time.perf_counter() - began
    plan = unit_plan(draft, actor)
    began = time.perf_counter()
    done = actions.import_units(draft_id=draft.pk, actor=actor, seen_digest=plan.digest)
    applied = time.perf_counter() - began
    assert done.added == 20_000
    assert queries.lineage_flaws() == []
    assert uploaded < 30
    assert applied < 30
