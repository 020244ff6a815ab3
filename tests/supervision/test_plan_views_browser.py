"""The plan pages in a real browser: from a file to an issued list, read by machine for accessibility."""

from collections.abc import Callable

import pytest
from django.conf import settings

from bihuan.supervision.models import Assignment, Plan
from tests.supervision.story import story_plan
from tests.town import Town

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

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
2.推行一表通。（责任单位：某某委员会）
3.清理工作群，2027年6月30日前完成。（责任单位：西市局）
"""


@pytest.fixture
def desk(visit, live_server, client, office_hours) -> Callable:
    """A window of somebody who is signed in, as wide as wanted."""

    def sit(town: Town, unit: str, width: int = 1280, **options):
        page = visit(width, 900, **options)
        client.force_login(town.person(unit))
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
        )
        return page

    return sit


@pytest.fixture
def cities(office_hours) -> Town:
    town = Town()
    for name in ("东市局", "西市局"):
        town.post(name, "handler")
    return town


def _fits(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_file_becomes_an_issued_list(desk, cities, axe, tmp_path, scripts):
    """Import, correct, rehearse, issue; without scripts the same by plain forms."""
    (tmp_path / "方案.txt").write_text(LETTER)
    page = desk(cities, "省厅", java_script_enabled=scripts)
    page.goto("/plans/new/")
    if scripts:
        assert axe(page) == []
    page.set_input_files("[data-field=file] input[type=file]", tmp_path / "方案.txt")
    page.click("form[data-upload] button.btn-primary")
    page.wait_for_url("**/draft/")
    if scripts:
        assert axe(page) == []
    plan = Plan.objects.get()

    # the name that stands for no unit, once for the whole list
    page.check("#names input[value=other]")
    page.fill("#names input[type=text]", "东市局")
    page.click("#names form button.btn-primary")
    page.wait_for_selector("#names", state="detached")

    # the deadline that was not written, in its own row
    item = plan.items.get(number="2.")
    row = f"#item-{item.pk}"
    page.click(f"{row} [data-open]")
    page.fill(f"#id_item-{item.pk}-due_on", "2027-05-31")
    if scripts:
        assert axe(page) == []
    page.click(f"#edit-{item.pk} button.btn-primary")
    page.wait_for_selector(f"#edit-{item.pk}", state="detached")
    assert "2027-05-31" in page.inner_text(row)

    page.click("a[href$='/rehearsal/']")
    page.wait_for_selector("#issue")
    if scripts:
        assert axe(page) == []
    page.click("#issue button.btn-primary")
    page.wait_for_url(f"**/plans/{plan.pk}/")
    assert Assignment.objects.filter(item__plan=plan).count() == 4


def test_the_source_and_the_list_show_each_other(desk, cities, tmp_path):
    (tmp_path / "方案.txt").write_text(LETTER)
    page = desk(cities, "省厅")
    page.goto("/plans/new/")
    page.set_input_files("[data-field=file] input[type=file]", tmp_path / "方案.txt")
    page.click("form[data-upload] button.btn-primary")
    page.wait_for_url("**/draft/")
    item = Plan.objects.get().items.get(number="3.")
    page.hover(f"#item-{item.pk}")
    lit = page.locator(".bh-source-text .is-lit")
    assert "清理工作群" in lit.inner_text()
    page.focus(".bh-src >> nth=0")
    assert page.locator("article.is-lit").count() == 1


def test_units_are_offered_and_taken_by_keyboard(desk, cities, tmp_path):
    (tmp_path / "方案.txt").write_text(LETTER)
    page = desk(cities, "省厅")
    page.goto("/plans/new/")
    page.set_input_files("[data-field=file] input[type=file]", tmp_path / "方案.txt")
    page.click("form[data-upload] button.btn-primary")
    page.wait_for_url("**/draft/")
    item = Plan.objects.get().items.get(number="3.")
    page.click(f"#item-{item.pk} [data-open]")
    field = page.locator(f"#id_item-{item.pk}-leads")
    field.fill("西市局、东市")
    page.wait_for_selector("[role=listbox] button")
    field.press("ArrowDown")
    page.keyboard.press("Enter")
    assert field.input_value() == "西市局、东市局"


def test_rows_move_without_loading_the_page_again(desk, cities, tmp_path):
    (tmp_path / "方案.txt").write_text(LETTER)
    page = desk(cities, "省厅")
    page.goto("/plans/new/")
    page.set_input_files("[data-field=file] input[type=file]", tmp_path / "方案.txt")
    page.click("form[data-upload] button.btn-primary")
    page.wait_for_url("**/draft/")
    page.evaluate("window.stayed = true")
    item = Plan.objects.get().items.get(number="3.")
    page.click(f"#item-{item.pk} [data-open]")
    for shift, depth in (("deeper", 3), ("higher", 2)):
        page.click(f"#shape-{item.pk} [value={shift}]")
        page.wait_for_selector(f"#item-{item.pk}[data-depth='{depth}']")
    assert page.evaluate("window.stayed")


@pytest.fixture
def told(office_hours) -> tuple[Town, Plan]:
    town = Town()
    return town, story_plan(town)


@pytest.mark.parametrize("width", [1440, 390])
def test_story_two_is_read_on_any_screen(desk, told, axe, width):
    town, plan = told
    page = desk(town, "学院", width)
    for tab in ("", "matrix/", "timeline/", "work/", "history/", "print/", "amend/"):
        page.goto(f"/plans/{plan.pk}/{tab}")
        assert axe(page) == [], tab
        assert _fits(page), tab
    page.goto("/plans/")
    assert (axe(page), _fits(page)) == ([], True)


def test_a_branch_opens_in_place_and_keeps_the_focus(desk, told):
    town, plan = told
    page = desk(town, "学院")
    page.goto(f"/plans/{plan.pk}/")
    page.evaluate("window.stayed = true")
    measure = plan.items.get(number="1")
    page.click(f"#twist-{measure.pk}")
    page.wait_for_selector(f"#twist-{measure.pk}[aria-expanded=true]")
    assert page.evaluate("document.activeElement.id") == f"twist-{measure.pk}"
    assert page.locator("a.bh-plain", has_text="年度重点任务全部列入督办清单").count() == 1
    assert f"flip={measure.pk}" in page.url
    assert page.evaluate("window.stayed")
    page.reload()
    assert page.locator("a.bh-plain", has_text="年度重点任务全部列入督办清单").count() == 1


def test_the_leading_group_opens_as_a_dialog_and_closes_by_escape(desk, told):
    town, plan = told
    page = desk(town, "学院")
    page.goto(f"/plans/{plan.pk}/")
    page.click("[data-dialog=leading-group]")
    assert page.is_visible("dialog#leading-group >> text=党委书记")
    page.keyboard.press("Escape")
    assert not page.is_visible("dialog#leading-group")
