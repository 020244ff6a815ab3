"""Story 2 of DESIGN §1 through the pages alone: a college's plan from the Word file to the issued circular."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from playwright.sync_api import Page, expect

from bihuan.circulars.models import Inquiry
from bihuan.kernel.clock import OFFICE_TZ
from bihuan.org.roles import Role
from bihuan.supervision.models import Assignment, Plan
from bihuan.supervision.rules import Stage
from tests.browser import mandate
from tests.supervision.story import college
from tests.town import Town

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ISSUED = datetime(2026, 3, 2, 9, 0, tzinfo=OFFICE_TZ)  # a Monday
SUPERVISOR, SECRETARY = ("学院", Role.SUPERVISOR), ("学院", Role.SUPERVISOR, "核稿人")
APPROVER = ("学院", Role.LEADER)
REVIEWED = ("3.1", "4.1", "12.1")  # those that get criteria
OFFICES = ("信息中心", "后勤保障部", "审计处", "财务处", "党政办公室")


@pytest.fixture
def days():
    """The days of the story, running on in every thread; `days.move_to` goes to another."""
    with time_machine.travel(ISSUED, tick=True) as traveller:
        yield traveller


@pytest.fixture
def town(days, live_server) -> Town:
    town = Town()
    town.units |= college(town)
    for who in (SUPERVISOR, SECRETARY, APPROVER):
        town.post(*who)
    for office in OFFICES:
        town.post(office, Role.HANDLER)
        town.post(office, Role.LEADER)
    return town


@pytest.fixture
def sit(visit, town) -> Callable[..., Page]:
    """Gives the window to somebody, who comes in by the door the first time; what it has loaded stays loaded."""
    page = visit(1280, 900)
    inside: dict[tuple, list] = {}

    def sit(unit: str, role: str, name: str = "") -> Page:
        who = (unit, role, name)
        page.context.clear_cookies()
        page.context.add_cookies(inside.get(who, []))
        page.goto("/workbench/")
        if page.locator("#id_password").count():  # for the first time, or after days
            page.get_by_label("账号").fill("-".join(who))
            page.locator("#id_password").fill("x")
            page.keyboard.press("Enter")
        page.locator("#queue").wait_for()
        page.wait_for_load_state()
        inside[who] = page.context.cookies()
        return page

    return sit


def test_story_two_is_played_from_the_word_file_to_the_circular(sit, town, days, tmp_path):
    page = sit(*SUPERVISOR)
    plan = _import(page, tmp_path)
    _correct(page, plan)
    _rehearse_and_issue(page, plan)
    evidence = tmp_path / "报表清单.pdf"
    evidence.write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")
    _handle(sit, evidence)
    _decide(sit(*SUPERVISOR))
    _sign_off(sit)
    _review(sit)
    days.move_to(ISSUED + timedelta(days=11))  # the publicity is over
    _strike_and_look_back(sit(*SUPERVISOR))
    _report(sit, plan)


def duty(number: str) -> Assignment:
    """The assignment of a focus point that stands now: the newest round, with whoever has it."""
    return Assignment.objects.filter(item__number=number).latest("pk")


def act(page: Page, number: str, operation: str, /, **words: str) -> None:
    """Do one thing on the page of an assignment; `words` are fields by name."""
    one = duty(number)
    page.goto(f"/assignments/{one.pk}/")
    panel = page.locator("#panel")
    if not panel.get_by_role("button", name=operation, exact=True).count():
        seldom = panel.locator("details.bh-seldom summary")
        link = panel.get_by_role("link", name=operation, exact=True)
        if not link.is_visible():
            seldom.click()
        link.click()
        panel.get_by_role("button", name=operation, exact=True).wait_for()
    for name, value in words.items():
        field = panel.locator(f"[name={name}]")
        if field.first.get_attribute("type") == "radio":
            panel.locator(f"[name={name}][value={value}]").check()
        elif field.get_attribute("type") == "file":
            field.set_input_files(value)
        else:
            field.fill(value)
    panel.get_by_role("button", name=operation, exact=True).click()
    page.locator("#sheet [data-focus]").wait_for()


def _import(page: Page, tmp_path) -> Plan:
    """The file becomes a list of 49 points beside its source."""
    (tmp_path / "行动方案.docx").write_bytes(mandate.word_file())
    page.locator("nav").get_by_role("link", name="清单").first.click()
    page.get_by_role("link", name="新建方案").first.click()
    page.set_input_files("[data-field=file] input[type=file]", tmp_path / "行动方案.docx")
    page.get_by_role("button", name="读取并建草案").click()
    page.wait_for_url("**/draft/")
    plan = Plan.objects.get()
    assert [plan.items.filter(depth=depth).count() for depth in (1, 2, 3)] == [3, 14, 49]
    same = plan.items.get(number=mandate.SILENT[1])
    page.hover(f"#item-{same.pk}")
    expect(page.locator(".bh-source-text .is-lit")).to_contain_text("基础数据共享")
    expect(page.locator(f"#item-{same.pk}")).to_contain_text("信息中心")
    return plan


def _correct(page: Page, plan: Plan) -> None:
    """What was guessed or missing: head, name, unit, cycle, criteria for some, then all looked at."""
    page.get_by_role("link", name="改方案信息").first.click()
    page.fill("[name=title]", "2026年作风建设提质增效行动方案")
    page.fill("[name=starts_on]", "2026-03-01")
    page.fill("[name=ends_on]", "2027-03-31")
    page.check("[name=publicises]")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/draft/")

    page.locator("#names input[value=other]").check()
    page.locator("#names input[type=text]").fill("就业指导中心")
    page.locator("#names").get_by_label("记为别称").check()
    page.get_by_role("button", name="对应选好的名称").click()
    page.locator("#names").wait_for(state="detached")

    page.get_by_role("link", name="缺责任单位 1").click()
    homeless = plan.items.get(number=mandate.HOMELESS)
    page.locator(f"#item-{homeless.pk} [data-open]").press("Enter")
    field = page.locator(f"#id_item-{homeless.pk}-leads")
    field.fill("组织")
    page.locator("[role=listbox] button").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(field).to_have_value("组织部")
    field.press("Enter")
    page.locator(f"#edit-{homeless.pk}").wait_for(state="detached")

    page.get_by_role("link", name="缺反馈周期 1").click()
    standing = plan.items.get(number=mandate.STANDING)
    page.locator(f"#item-{standing.pk} [data-open]").click()
    page.locator(f"#id_item-{standing.pk}-cycle").select_option("quarterly")
    page.locator(f"#edit-{standing.pk} button.btn-primary").click()
    page.locator(f"#edit-{standing.pk}").wait_for(state="detached")

    page.goto(f"/plans/{plan.pk}/draft/")
    for number in REVIEWED:
        page.locator(f"#item-{plan.items.get(number=number).pk} [data-select]").check()
    page.get_by_role("button", name="批量设置").click()
    page.get_by_label("验收标准", exact=True).check()
    page.locator("[name=criteria]").fill("有佐证材料\n责任到人")
    page.get_by_role("button", name=f"改 {len(REVIEWED)} 条").click()
    page.wait_for_url("**/draft/")

    page.locator("[data-select-all]").check()
    page.get_by_role("button", name="核对无误").click()
    page.wait_for_url("**/draft/")
    expect(page.locator("#draft-state")).to_contain_text("49 条全部完善")


def _rehearse_and_issue(page: Page, plan: Plan) -> None:
    page.get_by_role("link", name="下发预演").click()
    expect(page.locator(".bh-strip")).to_contain_text("49")
    page.locator("#issue").get_by_role("button").click()
    page.wait_for_url(f"**/plans/{plan.pk}/")
    assert Assignment.objects.filter(item__plan=plan, stage=Stage.DISPATCHED).count() == 49


def _handle(sit, evidence) -> None:
    """The offices sign, report, break down, ask for more time, or say that it is not theirs."""
    page = sit("信息中心", Role.HANDLER)
    for left in (2, 1, 0):
        page.get_by_role("button", name="签收", exact=True).first.click()
        expect(page.locator("[data-done]")).to_have_count(3 - left)
    act(page, "3.1", "填报进展", text="已梳理 186 张", progress="80", files=evidence)
    act(page, "3.2", "填报进展", text="合并到 120 张", progress="40")
    act(page, "3.2", "申请延期", due_at="2026-11-30", reason="新系统十月底上线", progress="合并到 120 张")
    act(page, "3.1", "申请办结", text="1. 清单已附\n2. 每表一人", files=evidence)

    page = sit("信息中心", Role.LEADER)
    act(page, "3.2", "同意上报延期")
    page.goto(f"/assignments/{duty('3.3').pk}/parts/")
    for row, (title, unit) in enumerate((("教务数据核对", "教务处"), ("学工数据核对", "学生工作处"))):
        page.locator(f"[name=part-{row}-title]").fill(title)
        page.locator(f"[name=part-{row}-unit_ids-q]").fill(unit)
        page.locator(f"#id_part-{row}-unit_ids-found").get_by_label(unit, exact=True).check()
    page.locator("#panel").get_by_role("button", name="分解下发").click()
    page.locator("#sheet [data-focus]").wait_for()

    page = sit("审计处", Role.HANDLER)
    act(page, "11.1", "退办", reason="采购归口财务处")

    page = sit("后勤保障部", Role.HANDLER)
    act(page, "4.1", "填报进展", text="窗口清单已上墙", progress="90", files=evidence)
    act(page, "4.1", "申请办结", text="窗口事项已一次告知")


def _decide(page: Page) -> None:
    """The supervisor answers: the extension granted, what was declined given to another."""
    act(page, "3.2", "同意延期", opinion="同意")
    page.goto(f"/assignments/{duty('11.1').pk}/reassignment/")
    page.locator("[name=unit_id-q]").fill("财务处")
    page.locator("#id_unit_id-found").get_by_label("财务处", exact=True).check()
    page.locator("[name=reason]").fill("采购归口财务处")
    page.locator("#panel").get_by_role("button", name="改派").click()
    page.locator("#sheet [data-focus]").wait_for()
    assert duty("11.1").unit.name == "财务处"


def _sign_off(sit) -> None:
    for office, number in (("信息中心", "3.1"), ("后勤保障部", "4.1")):
        page = sit(office, Role.LEADER)
        page.get_by_role("link", name="审签", exact=True).click()
        page.locator(".bh-q-x").get_by_role("button", name="审签申报").click()
        page.locator("[data-done]").wait_for()
        assert duty(number).stage == Stage.COMPLETED


def _review(sit) -> None:
    """Two people: one sends back what lacks something, the rest passes both and is made public."""
    _judge(sit(*SUPERVISOR), "4.1", met=1, conclusion="return", opinion="缺责任到人的名单")
    assert duty("4.1").stage == Stage.WORKING
    act(
        sit("后勤保障部", Role.HANDLER),
        "4.1",
        "补充并重新申请办结",
        text="窗口事项已一次告知，责任人名单已附",
    )
    act(sit("后勤保障部", Role.LEADER), "4.1", "审签申报")
    for who, met in ((SUPERVISOR, 2), (APPROVER, 0)):
        page = sit(*who)
        for number in ("3.1", "4.1"):
            _judge(page, number, met)
    page = sit(*SUPERVISOR)
    for number in ("3.1", "4.1"):
        assert duty(number).stage == Stage.ACCEPTED
        act(page, number, "公示")


def _judge(page: Page, number: str, met: int, conclusion: str = "pass", opinion: str = "") -> None:
    page.goto("/reviews/")
    page.locator(f"a[href='/assignments/{duty(number).pk}/review/']").first.click()
    page.wait_for_url("**/review/")
    for n in range(2 if met else 0):
        verdict = "met" if n < met else "unmet"
        page.locator(f"[data-crit='{n + 1}'] input[value={verdict}]").check()
        expect(page.locator("#criteria-counts")).to_contain_text(f"已判 {n + 1} 条")
    page.locator(f"#conclusion-{conclusion}:not([disabled])").check()
    if opinion:
        page.locator("[name=opinion]").fill(opinion)
    here = page.url
    page.keyboard.press("Control+Enter")
    page.wait_for_url(lambda url: url != here)  # the next that waits, or the queue


def _strike_and_look_back(page: Page) -> None:
    """Publicity, write-off, and a look-back that starts a new round."""
    for number in ("3.1", "4.1"):
        act(page, number, "销号", outcome="done")
        assert duty(number).stage == Stage.WRITTEN_OFF
    act(
        page,
        "4.1",
        "回头看",
        verdict="relapsed",
        finding="抽查两个窗口仍未一次告知",
        due_at="2026-06-30",
        early="学生集中反映",
    )
    again = duty("4.1")
    assert (again.round, again.stage) == (2, Stage.DISPATCHED)


def _report(sit, plan: Plan) -> None:
    """The circular is drawn up, reviewed and signed by three people, and read by a unit it counts."""
    page = sit(*SUPERVISOR)
    page.goto(f"/plans/{plan.pk}/")
    page.get_by_role("navigation", name="方案页签").get_by_role("link", name="通报").click()
    page.get_by_role("link", name="生成通报").click()
    page.fill("[name=first_on]", "2026-03-01")
    page.fill("[name=last_on]", "2026-03-31")
    page.get_by_role("button", name="生成草稿").click()
    page.wait_for_url("**/circulars/*/")
    address = page.url
    _figures_have_as_many_rows(page)
    page.get_by_role("button", name="送请核对").click()
    page.get_by_text("个单位核对无异议").wait_for()
    for inquiry in Inquiry.objects.select_related("unit"):
        page = sit(inquiry.unit.short_name, Role.HANDLER)
        page.goto("/circulars/")
        page.locator("#asked a").click()
        page.get_by_role("button", name="核对无异议").click()
        expect(page.locator("main")).to_contain_text("无异议")

    page = sit(*SECRETARY)
    page.goto(address)
    page.get_by_role("button", name="核稿通过").click()
    page.locator("[data-stage=reviewed]").wait_for()
    page = sit(*APPROVER)
    page.goto(address)
    page.get_by_role("button", name="签发并送达").click()
    page.locator("[data-stage=issued]").wait_for()
    expect(page.locator(".bh-doc .no")).to_have_text("学院党发〔2026〕1号")

    page = sit("财务处", Role.HANDLER)
    page.locator("nav").get_by_role("link", name="通报").click()
    page.get_by_role("link", name="进展情况的通报").click()
    page.get_by_role("button", name="签阅").click()
    expect(page.get_by_text("1 / ")).to_be_visible()


def _figures_have_as_many_rows(page: Page) -> None:
    """Every number on the circular opens a list of exactly so many assignments."""
    links = page.locator("a[href*='/figures/']")
    addresses = sorted({link.get_attribute("href") for link in links.all()})
    assert len(addresses) > 10
    for address in addresses:
        told = page.request.get(address).text()
        figure = re.search(r"<h1>[^<]*：([\d.]+)(%?)</h1>", told)
        if not figure[2]:
            assert told.count("data-assignment=") == float(figure[1]), address
