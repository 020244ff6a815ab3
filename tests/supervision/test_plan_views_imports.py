"""How lists come in and go out: documents, spreadsheets, other plans; files that nobody should trust."""

import io
import zipfile
from datetime import date
from uuid import uuid4

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from bihuan.kernel.sheets import Sheet, read_sheet
from bihuan.org.roles import Role
from bihuan.supervision.actions.planning import draft_plan
from bihuan.supervision.models import Plan
from bihuan.supervision.nodes import Aim, Header, Node
from bihuan.supervision.queries import spreadsheets
from bihuan.supervision.queries.drafts import tree_of, with_details

LETTER = """某省教育厅
关于印发《作风建设行动方案》的通知
甘教发〔2026〕31号
各市州教育局：
现将方案印发给你们。
某省教育厅
2026年11月20日
作风建设行动方案
一、转变工作作风
1.精简会议文件，2027年3月31日前完成。（东市局牵头，西市局配合）
2.推行一表通，2027年6月30日前完成。（责任单位：某某委员会）
二、提升教学质量
3.开展专题调研，2027年9月30日前完成。（责任单位：东市局、西市局）
"""


@pytest.fixture
def cities(town):
    for name in ("东市局", "西市局"):
        town.unit(name)


@pytest.fixture
def send(client, town, cities):
    """Sends a form or a file to a page, as a supervisor of 省厅 unless said otherwise."""

    def post(name: str, *args: object, file=None, unit="省厅", role=Role.SUPERVISOR, **data):
        client.force_login(town.person(unit, role))
        files = {"file": SimpleUploadedFile(*file)} if file else {}
        return client.post(reverse(name, args=args), data | files | {"request_key": str(uuid4())})

    return post


def _zip(**parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return out.getvalue()


def _docx(
    main: str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
) -> bytes:
    types = f'<Types><Override PartName="/word/document.xml" ContentType="{main}"/></Types>'
    return _zip(**{"[Content_Types].xml": types, "word/document.xml": "<broken"})


def _bomb() -> bytes:
    types = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return _zip(**{"[Content_Types].xml": f"<Types>{types}</Types>", "word/document.xml": "x" * 230 * 2**20})


HOSTILE = {
    "nothing": ("空.docx", b""),
    "blanks": ("空白.txt", b"  \n \n"),
    "broken": ("坏.docx", _docx()),
    "cut off": ("断.docx", _docx()[:-40]),
    "macros": ("宏.docm", _docx("application/vnd.ms-word.document.macroEnabled.main+xml")),
    "encrypted": ("密.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")),
    "old Word": ("旧.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le")),
    "a PDF called docx": ("假.docx", b"%PDF-1.7 ..."),
    "a picture": ("图.png", b"\x89PNG\r\n\x1a\n...."),
    "unknown encoding": ("乱.txt", bytes(range(128, 256)) * 4),
    "a broken sheet": ("坏.xlsx", _zip(**{"xl/workbook.xml": "<nothing"})),
    "a sheet with macros": ("宏.xlsx", _zip(**{"xl/workbook.xml": "<w/>", "xl/vbaProject.bin": "x"})),
}


@pytest.mark.parametrize("kind", sorted(HOSTILE))
def test_a_file_that_cannot_be_read_is_refused_at_the_field_and_leaves_nothing(send, kind):
    answer = send("plan-from-document", file=HOSTILE[kind])
    assert answer.status_code == 422
    errors = answer.context["document"].errors["file"]
    assert len(errors) == 1
    assert "Error" not in errors[0]
    assert not Plan.objects.exists()


def test_a_file_that_would_fill_the_disk_is_not_unpacked(send):
    assert send("plan-from-document", file=("炸弹.docx", _bomb())).status_code == 422


def test_a_file_beyond_the_limit_is_not_read(send, monkeypatch):
    monkeypatch.setattr("bihuan.supervision.forms.imports.LARGEST", 100)
    answer = send("plan-from-document", file=("大.txt", LETTER.encode()))
    assert (answer.status_code, "最多接受" in answer.context["document"].errors["file"][0]) == (422, True)


@pytest.mark.parametrize(
    "body", [b"", b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n\xe4\xb8']
)
def test_an_upload_that_was_cut_off_leaves_a_clean_state(client, town, body):
    client.force_login(town.person("省厅"))
    answer = client.post(reverse("plan-from-document"), body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code in (400, 422)
    assert not Plan.objects.exists()


def test_a_document_becomes_a_draft_with_its_head_its_units_and_what_was_not_read(send):
    answer = send("plan-from-document", file=("方案.txt", LETTER.encode()))
    plan = Plan.objects.get()
    assert answer.headers["Location"] == reverse("draft", args=[plan.pk])
    assert (plan.title, plan.source.number, plan.source.issued_on) == (
        "作风建设行动方案", "甘教发〔2026〕31号", date(2026, 11, 20),
    )  # fmt: skip
    rows = plan.items.order_by("position").values_list("number", "depth", "due_on")
    assert list(rows) == [
        ("一、", 1, None), ("1.", 2, date(2027, 3, 31)), ("2.", 2, date(2027, 6, 30)),
        ("二、", 1, None), ("3.", 2, date(2027, 9, 30)),
    ]  # fmt: skip
    targets = plan.items.get(number="1.").targets.values_list("unit__name", "duty")
    assert set(targets) == {("东市局", "lead"), ("西市局", "assist")}
    assert plan.items.get(number="2.").targets.get().unit is None
    assert plan.items.get(number="1.").mode == "joint"
    assert plan.source.passages.filter(reason="preamble").exists()
    assert plan.level_names == ["任务", "措施"]
    for item in plan.items.all():
        assert plan.source.text[item.span_start : item.span_end].startswith(item.number)
        assert item.grounds.filter(about="item").exists()


def test_a_document_says_who_answers_for_an_item_and_who_does_the_work(send):
    table = """序号,工作任务,责任领导,责任人,责任单位,完成时限
1,精简会议,副厅长 罗瑞,王强,东市局,2027-03-31
2,精简文件,同上,李雪,西市局,同上
"""
    send("plan-from-document", file=("分工.csv", table.encode()))
    items = Plan.objects.get().items.order_by("position")
    assert [(item.title, item.leader, item.person) for item in items] == [
        ("精简会议", "副厅长 罗瑞", "王强"),
        ("精简文件", "副厅长 罗瑞", "李雪"),
    ]


def test_the_same_file_sent_twice_makes_one_draft(client, town, cities):
    client.force_login(town.person("省厅"))
    for _again in range(2):
        file = SimpleUploadedFile("方案.txt", LETTER.encode())
        data = {"file": file, "request_key": "b5f7a0a2-2f0f-4a3a-9d2e-6a1d3a9b8c7d"}
        assert client.post(reverse("plan-from-document"), data).status_code == 302
    assert Plan.objects.count() == 1


@pytest.mark.corpus
@pytest.mark.parametrize(
    "name", ["103-research-autonomy-followup.txt", "119-shicheng-town-assessment-table.csv"]
)
def test_real_documents_become_drafts(send, corpus, name):
    content = (corpus / name).read_bytes()
    assert send("plan-from-document", file=(name, content)).status_code == 302
    plan = Plan.objects.get()
    assert plan.items.leaves().count() > 5
    assert plan.items.filter(targets__isnull=False).exists()


WAYS = ["plan-new", "plan-blank-sheet"]
POSTS = ["plan-from-document", "plan-by-hand", "plan-from-plan"]


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.SUPERVISOR, 200), (Role.LEADER, 403), (Role.HANDLER, 403), (Role.INSPECTOR, 403),
     (Role.SYSTEM_ADMIN, 403), (Role.SECURITY_ADMIN, 403), (Role.AUDIT_ADMIN, 403)],
)  # fmt: skip
def test_plans_are_begun_by_those_who_draft(client, town, role, status):
    client.force_login(town.person("省厅", role))
    assert {client.get(reverse(name)).status_code for name in WAYS} == {status}
    expected = 422 if status == 200 else status
    assert {client.post(reverse(name)).status_code for name in POSTS} == {expected}


def test_a_plan_begins_by_hand(send):
    answer = send("plan-by-hand", title="手工方案", cycle="none", level_names="任务")
    assert answer.headers["Location"] == reverse("draft", args=[Plan.objects.get().pk])


@pytest.fixture
def plan(town, cities) -> Plan:
    east, west = (Aim(name, town.unit(name).pk) for name in ("东市局", "西市局"))
    measures = [
        Node(
            "精简会议",
            number="1",
            leads=[east, west],
            due_on=date(2027, 3, 31),
            criteria=["减三成", "有台账"],
        ),
        Node("长期坚持", number="2", leads=[Aim("某某委")], assists=[west], long_term=True, cycle="monthly"),
    ]
    tree = [Node("转变作风", number="一", area="作风", children=measures)]
    return draft_plan(actor=town.actor("省厅"), header=Header("2026年方案", areas=["作风"]), tree=tree)


@pytest.mark.parametrize(
    ("dates", "title", "due_on", "follows"),
    [("later", "2027年方案", date(2028, 3, 31), True), ("cleared", "2027年方案", None, False)],
)
def test_a_plan_begins_with_the_list_of_another(send, plan, dates, title, due_on, follows):
    send("plan-from-plan", plan=plan.pk, dates=dates)
    new = Plan.objects.latest("pk")
    assert (new.title, new.follows == plan) == (title, follows)
    assert new.items.get(number="1").due_on == due_on
    assert list(new.areas.values_list("name", flat=True)) == ["作风"]


def test_a_plan_of_others_cannot_be_followed(send, plan):
    assert send("plan-from-plan", plan=plan.pk, dates="later", unit="东市局").status_code == 422


def _exported(client, town, plan: Plan) -> Sheet:
    client.force_login(town.person("省厅"))
    answer = client.get(reverse("plan-sheet", args=[plan.pk]))
    assert answer.headers["Content-Disposition"].startswith("attachment")
    return read_sheet("x.xlsx", answer.content)


def _xlsx(rows: list[list[str]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            sheet.write_string(r, c, str(value))
    book.close()
    return out.getvalue()


def _edited(sheet: Sheet, changes: dict[tuple[int, str], str]) -> list[list[str]]:
    """The exported rows with some cells changed: (row as the file shows it, heading) → text."""
    rows = [list(row) for row in sheet.rows]
    for (number, heading), value in changes.items():
        rows[number - 1][rows[0].index(heading)] = value
    return rows


def test_what_was_exported_comes_back_unchanged(client, town, plan):
    sheet = _exported(client, town, plan)
    items = list(with_details(plan.items.all()).order_by("position"))
    found = spreadsheets.imported(sheet, plan.issuer, items)
    told = spreadsheets.preview(found, items)
    assert (found.faults, told.is_nothing, told.same) == ([], True, 3)


def test_an_edited_sheet_is_shown_and_then_imported_whole(client, town, plan, send):
    rows = _edited(
        _exported(client, town, plan),
        {(3, "完成时限"): "2027年4月30日", (3, "牵头单位"): "东市局", (4, "事项"): "改了的事项"},
    )
    rows.append(["", "2", "3", "新增的事项", "西市局", "", "", "2027-05-31"])
    page = send("draft-sheet", plan.pk, file=("改.xlsx", _xlsx(rows)))
    told = page.context["preview"]
    assert (len(told.added), len(told.edited), told.removed) == (1, 2, [])
    assert ("完成时限", "2027-03-31", "2027-04-30") in told.edited[0].fields
    assert plan.items.count() == 3  # nothing yet
    answer = send("draft-sheet", plan.pk, parcel=page.context["parcel"], seen_version=plan.version)
    assert answer.status_code == 302
    assert [item.title for item in plan.items.order_by("position")] == [
        "转变作风",
        "精简会议",
        "改了的事项",
        "新增的事项",
    ]
    first = plan.items.get(number="1")
    assert (first.due_on, first.criteria.count()) == (date(2027, 4, 30), 2)
    assert [one.unit.name for one in first.targets.all()] == ["东市局"]


FAULTS = [
    ({(3, "完成时限"): "年底"}, 3, "完成时限", "年底"),
    ({(3, "层级"): "4"}, 3, "层级", "4"),
    ({(3, "层级"): "x"}, 3, "层级", "x"),
    ({(4, "事项"): ""}, 4, "事项", ""),
    ({(4, "系统编号"): "99999999"}, 4, "系统编号", "99999999"),
    ({(4, "反馈周期"): "偶尔"}, 4, "反馈周期", "偶尔"),
    ({(4, "完成时限"): "2027-01-01"}, 4, "完成时限", "2027-01-01"),  # and for good
    ({(3, "量化目标"): "很多"}, 3, "量化目标", "很多"),
    ({(3, "验收标准"): "长" * 301}, 3, "验收标准", "长" * 60),
    ({(1, "事项"): "别的表头"}, 1, "事项", ""),
]


@pytest.mark.parametrize(("changes", "row", "column", "value"), FAULTS)
def test_a_cell_that_cannot_be_read_is_named_by_row_and_column_and_nothing_is_imported(
    client, town, plan, send, changes, row, column, value
):
    rows = _edited(_exported(client, town, plan), changes)
    page = send("draft-sheet", plan.pk, file=("改.xlsx", _xlsx(rows)))
    assert page.status_code == 422
    fault = page.context["found"].faults[0]
    assert (fault.row, fault.column, fault.value) == (row, column, value)
    plan.refresh_from_db()
    assert plan.version == 0


def test_the_same_number_twice_is_a_fault(client, town, plan, send):
    rows = [list(row) for row in _exported(client, town, plan).rows]
    page = send("draft-sheet", plan.pk, file=("改.xlsx", _xlsx([*rows, rows[-1]])))
    assert [(fault.row, fault.column) for fault in page.context["found"].faults] == [(5, "系统编号")]


@pytest.mark.parametrize("parcel", ["forged", "other plan", "old version"])
def test_a_preview_that_no_longer_holds_is_refused(client, town, plan, send, parcel):
    page = send("draft-sheet", plan.pk, file=("改.xlsx", _xlsx(_exported(client, town, plan).rows)))
    good, target, version = page.context["parcel"], plan.pk, plan.version
    if parcel == "other plan":
        target = draft_plan(actor=town.actor("省厅"), header=Header("另一份")).pk
    answer = send(
        "draft-sheet",
        target,
        parcel="x" + good if parcel == "forged" else good,
        seen_version=version + (parcel == "old version"),
    )
    assert answer.status_code == 409
    assert plan.items.count() == 3


@pytest.mark.parametrize(
    "kind", ["nothing", "a broken sheet", "a sheet with macros", "a picture", "a PDF called docx"]
)
def test_a_sheet_that_cannot_be_read_is_refused_at_the_field(plan, send, kind):
    answer = send("draft-sheet", plan.pk, file=HOSTILE[kind])
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["file"])


def test_a_new_plan_begins_with_a_filled_template_or_not_at_all(client, town, send):
    client.force_login(town.person("省厅"))
    template = read_sheet("x.xlsx", client.get(reverse("plan-blank-sheet")).content)
    head = list(template.rows[0])
    row = dict.fromkeys(head, "") | {
        "层级": "1",
        "事项": "一件事",
        "牵头单位": "东市局",
        "完成时限": "2027-01-01",
    }
    bad = row | {"完成时限": "明年"}
    answer = send(
        "plan-from-document", file=("新清单.xlsx", _xlsx([head, list(row.values()), list(bad.values())]))
    )
    assert (answer.status_code, len(answer.context["found"].faults)) == (422, 1)
    assert not Plan.objects.exists()
    send("plan-from-document", file=("新清单.xlsx", _xlsx([head, list(row.values())])))
    plan = Plan.objects.get()
    assert (plan.title, plan.items.get().targets.get().unit.name) == ("新清单", "东市局")


def test_a_list_of_a_thousand_goes_out_and_comes_back(
    client, town, plan, send, django_assert_max_num_queries
):
    tree = [
        Node(f"任务 {n}", children=[Node(f"措施 {m}", due_on=date(2027, 1, 1)) for m in range(99)])
        for n in range(10)
    ]
    big = draft_plan(actor=town.actor("省厅"), header=Header("大方案"), tree=tree)
    rows = _edited(_exported(client, town, big), {(3, "事项"): "改过的"})
    page = send("draft-sheet", big.pk, file=("大.xlsx", _xlsx(rows)))
    assert (page.context["preview"].same, len(page.context["preview"].edited)) == (999, 1)
    with django_assert_max_num_queries(60):
        send("draft-sheet", big.pk, parcel=page.context["parcel"], seen_version=big.version)
    assert big.items.filter(title="改过的").count() == 1


def test_rows_become_the_tree_their_levels_say(plan):
    items = list(with_details(plan.items.all()).order_by("position"))
    names = spreadsheets.headings()
    rows = [names] + [[str(cell) for cell in row] for row in spreadsheets.sheet_of(plan, None)[1]]
    blank = [["", *row[1:]] for row in rows[1:]]
    found = spreadsheets.imported(Sheet([names, *blank]), plan.issuer)
    tree = spreadsheets.tree_of_lines(found.lines)
    assert [node.title for node in tree] == [items[0].title]
    assert [child.title for child in tree[0].children] == [
        child.title for child in tree_of(plan.items.all())[0].children
    ]
