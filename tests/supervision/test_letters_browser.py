"""A document in a browser: the pages follow the words, and its life goes from the draft to the files."""

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import expect

from bihuan.documents.models import Paper
from bihuan.org.roles import Role
from bihuan.supervision.actions.closing import write_off_assignment
from bihuan.supervision.actions.reviewing import approve_submission, pre_review_submission
from bihuan.supervision.models import Letter
from bihuan.supervision.queries.letters import replies_of
from tests.supervision import scenes
from tests.supervision.letter_scenes import issued
from tests.town import Town

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def town(office_hours):
    return Town()


@pytest.fixture
def open_as(visit, live_server, client):
    """A window in which somebody of the town is signed in."""

    def open_window(person, path: str, width: int = 1440):
        client.force_login(person)
        page = visit(width)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
        )
        page.goto(path)
        return page

    return open_window


def test_from_the_form_to_the_files(town, open_as, axe):
    """Drafted beside its pages, reviewed, signed, objected to, decided, replied to, accepted, closed."""
    one = scenes.given(town)
    second, leader = town.person("省厅", Role.SUPERVISOR, "乙"), town.person("省厅", Role.LEADER)
    page = open_as(town.person("省厅"), f"{reverse('letter-new', args=['recommendation'])}?about={one.pk}")
    expect(page.locator("#preview .bh-doc--page svg").first).to_be_visible()
    before = page.locator("#preview .bh-doc--page").first.inner_html()
    page.get_by_label("监察建议").fill("（一）明确责任人员。\n（二）按月核对台账。")
    expect(page.locator("#preview .bh-doc--page").first).not_to_have_js_property("innerHTML", before)
    page.get_by_text("行格 28×22").click()
    expect(page.locator("#sheet-grid")).to_be_checked()
    with page.expect_response(lambda answer: "9704" in (answer.request.post_data or "")):
        page.get_by_label("监察建议").press_sequentially("9704")
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    expect(page.locator("#sheet-grid")).to_be_checked()
    assert axe(page) == []
    page.get_by_role("button", name="保存草稿").click()
    expect(page.locator("h1")).to_contain_text("拟稿")
    paper = Paper.objects.get(kind="recommendation")
    address = reverse("paper", args=[paper.pk])

    page = open_as(second, address)
    page.get_by_role("button", name="核稿通过").click()
    page = open_as(leader, address)
    page.get_by_role("button", name="签发并送达").click()
    expect(page.locator("h1")).to_contain_text("待答复 0/1")

    handler = town.person("东市局", Role.HANDLER)
    page = open_as(handler, address)
    page.get_by_role("button", name="签阅").click()
    page.get_by_role("link", name="提出异议").click()
    page.get_by_label("异议的事实和理由").fill("事项已于上月移交。")
    page.get_by_role("button", name="提交异议").click()
    expect(page.locator("[data-objection=open]")).to_be_visible()

    page = open_as(leader, address)
    page.get_by_role("link", name="复核", exact=True).click()
    page.get_by_label("异议不成立，继续办理").check()
    page.get_by_label("复核意见").fill("经核对，移交手续没有办结。")
    page.get_by_role("button", name="作出决定").click()
    expect(page.locator("[data-objection=rejected]")).to_be_visible()

    page = open_as(handler, address)
    page.get_by_role("link", name="答复", exact=True).click()
    page.get_by_label("全部采纳").check()
    page.get_by_label("答复内容").fill("全部采纳，已明确责任人员。")
    page.get_by_label("承诺措施和时限").fill("按月核对台账｜2027-01-20")
    page.get_by_role("button", name="提交答复").click()
    expect(page.locator("[data-promise]")).to_contain_text("按月核对台账")

    letter = Letter.objects.get(paper=paper)
    reply = replies_of(letter).get()
    pre_review_submission(assignment_id=reply.pk, actor=town.actor("省厅"))
    approve_submission(assignment_id=reply.pk, actor=town.actor("省厅", Role.LEADER))
    write_off_assignment(assignment_id=reply.pk, actor=town.actor("省厅"), outcome="done")
    page = open_as(town.person("省厅"), address)
    expect(page.locator("[data-promise] a")).to_have_text("已转办")
    page.get_by_role("button", name="办结归档").click()
    expect(page.locator("h1")).to_contain_text("已办结")
    assert axe(page) == []


@pytest.mark.parametrize("width", [390, 1440])
def test_every_page_fits_and_axe_finds_nothing(town, open_as, axe, width):
    letter = issued(town, "recommendation")
    author, handler = town.person("省厅"), town.person("东市局", Role.HANDLER)
    addresses = [
        (author, reverse("papers")),
        (author, reverse("paper", args=[letter.paper_id])),
        (author, reverse("letter-choose")),
        (author, reverse("letter-new", args=["interview"])),
        (author, reverse("paper-preview", args=[letter.paper_id])),
        (author, reverse("templates")),
        (author, reverse("template-draft", args=["slip"])),
        (handler, reverse("letter-reply", args=[letter.paper_id])),
        (handler, reverse("letter-contest", args=[letter.paper_id])),
    ]
    for person, address in addresses:
        page = open_as(person, address, width)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        assert axe(page) == [], address
