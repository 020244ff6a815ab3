"""The pages of the organisation as people use them: by mouse, by keyboard, on a telephone, without scripts."""

from collections.abc import Callable

import pytest
from django.conf import settings

from bihuan.kernel.actor import system
from bihuan.org import actions
from bihuan.org.models import Unit
from bihuan.org.roles import Role
from tests.town import Town

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def province(office_hours) -> Town:
    town = Town()
    for name in ("基教处", "一中", "东二县局", "西市局"):
        town.unit(name)
    return town


@pytest.fixture
def desk(province, visit, live_server, client) -> Callable:
    """A browser window of a person, on any screen, with or without scripts."""

    def sit(role: str, width: int = 1280, *, scripts: bool = True):
        client.force_login(province.person("省厅", role))
        page = visit(width, 900, java_script_enabled=scripts)
        session = {"name": settings.SESSION_COOKIE_NAME, "url": live_server.url}
        page.context.add_cookies([session | {"value": client.cookies[settings.SESSION_COOKIE_NAME].value}])
        return page

    return sit


@pytest.mark.parametrize("scripts", [True, False])
def test_the_tree_opens_branch_by_branch_and_its_address_keeps_it_open(desk, scripts):
    page = desk(Role.SYSTEM_ADMIN, scripts=scripts)
    page.goto("/org/units/")
    assert page.get_by_role("link", name="东一县局", exact=True).count() == 0
    page.get_by_role("link", name="展开：东市局").press("Enter")
    page.get_by_role("link", name="东一县局", exact=True).wait_for()
    page.get_by_role("link", name="展开：东一县局").click()
    page.get_by_role("link", name="一中", exact=True).wait_for()
    if scripts:
        assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "收起：东一县局"
    page.reload()
    assert page.get_by_role("link", name="一中", exact=True).count() == 1
    page.get_by_role("link", name="收起：东市局").click()
    page.get_by_role("link", name="展开：东市局").wait_for()
    assert page.get_by_role("link", name="一中", exact=True).count() == 0


def test_units_are_found_while_typing(desk):
    page = desk(Role.HANDLER)
    page.goto("/org/units/")
    page.get_by_role("searchbox", name="单位名称").press_sequentially("dexj")
    page.get_by_role("link", name="东二县局").click()
    page.wait_for_selector("h1:has-text('东二县局')")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_unit_is_founded_below_one_that_was_looked_up(desk, province, scripts):
    page = desk(Role.SYSTEM_ADMIN, scripts=scripts)
    page.goto("/org/units/new/")
    page.get_by_label("名称", exact=False).first.fill("东二县第一小学")
    page.get_by_label("类别").select_option("school")
    page.get_by_label("上级单位").fill("东二")
    if not scripts:
        page.get_by_role("button", name="查找").click()
    page.get_by_label("东二县局").check()
    page.get_by_role("button", name="设立单位").click()
    page.wait_for_selector("h1:has-text('东二县第一小学')")
    assert Unit.objects.get(name="东二县第一小学").parent == province.unit("东二县局")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_leaver_is_seen_off_on_one_page(desk, province, scripts):
    leaver, heir = (
        province.person("一中", Role.LIAISON, "陈老师"),
        province.person("一中", Role.HANDLER, "李老师"),
    )
    page = desk(Role.SECURITY_ADMIN, 390, scripts=scripts)
    page.goto(f"/org/people/{leaver.pk}/")
    page.get_by_role("link", name="离任交接").click()
    page.get_by_label("李老师").check()
    page.get_by_role("button", name="办理交接").click()
    page.wait_for_selector("h1:has-text('陈老师')")
    assert heir.appointments.filter(role="liaison", unit=province.unit("一中")).exists()


def test_a_password_is_issued_after_a_question_and_shown_once(desk, province):
    person = province.person("一中", Role.LIAISON, "陈老师")
    page = desk(Role.SECURITY_ADMIN)
    page.goto(f"/org/people/{person.pk}/")
    page.get_by_role("link", name="重置密码").click()
    page.get_by_role("dialog").get_by_role("button", name="重置密码").click()
    shown = page.locator("[data-password]").inner_text()
    person.refresh_from_db()
    assert person.check_password(shown)


@pytest.fixture
def places(province):
    """The pages that people look at, each with something on it."""
    school, county = province.unit("一中"), province.unit("东一县局")
    person = province.person("一中", Role.LIAISON, "陈老师")
    actions.merge_units(unit_ids=[province.unit("东二县局").pk], into_id=county.pk, actor=system("t"))
    group = actions.set_group(
        actor=system("t"), owner_id=province.unit("省厅").pk, name="各校", rule_kind="school"
    )
    draft = actions.upload_import(
        actor=province.actor("省厅", Role.SYSTEM_ADMIN),
        subject="units",
        file_name="名单.csv",
        content="名称,类别,上级\n新校,学校,西市局\n坏校,商店,没有的局\n".encode(),
    )
    ended = Unit.objects.get(name="东二县局").pk
    units = ["", "?q=局", "new/", "externals/", "changes/", "groups/", "groups/new/", "import/"]
    units += [f"{school.pk}/", f"{ended}/", f"{school.pk}/edit/", f"groups/{group.pk}/"]
    units += [f"{school.pk}/{kind}/" for kind in ("rename", "move", "merge", "split", "close")]
    people = ["", "new/", "vacancies/", f"{person.pk}/", f"{person.pk}/edit/", f"{person.pk}/appoint/"]
    people += [f"{person.pk}/hand-over/", f"appointments/{person.appointments.get().pk}/end/", "import/"]
    return {
        Role.SYSTEM_ADMIN: [*(f"/org/units/{path}" for path in units), f"/org/imports/{draft.pk}/"],
        Role.AUDIT_ADMIN: ["/org/audit/", "/org/audit/?first_on=2026-11-02&last_on=2026-11-01"],
        Role.SECURITY_ADMIN: [f"/org/people/{path}" for path in people],
    }


@pytest.mark.parametrize("width", [390, 1440])
def test_every_page_fits_its_screen_and_axe_finds_nothing(desk, places, axe, width):
    found = {}
    for role, paths in places.items():
        page = desk(role, width)
        for path in paths:
            assert page.goto(path).status in (200, 422), path
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            found[path] = axe(page)
    assert {path: violations for path, violations in found.items() if violations} == {}
