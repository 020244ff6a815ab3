"""What scripts add to pages that also work without them."""

import pytest
from django.conf import settings
from playwright.sync_api import expect

from tests.web import workshop

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.web.workshop"),
]


@pytest.fixture(autouse=True)
def nothing_received():
    workshop.received.clear()


@pytest.fixture
def queue(desk):
    page = desk()
    page.goto("/queue/")
    return page


def open_form(page):
    page.locator("#q1 [data-opens]").click()
    page.wait_for_selector("#q1-form form")
    return page.locator("#q1-form form")


def test_a_row_opens_its_form_with_the_focus_inside_and_closes_it_again(queue):
    form = open_form(queue)
    assert queue.locator("#q1").get_attribute("class") == "bh-q is-open"
    assert queue.evaluate("document.activeElement.name") == "progress"
    queue.locator("#q1 [data-opens]").click()
    assert form.count() == 0
    assert queue.locator("#q1 [data-opens]").get_attribute("aria-expanded") == "false"


def test_escape_closes_the_form_and_the_draft_is_there_when_it_opens_again(queue):
    form = open_form(queue)
    form.locator("textarea").fill("走访 4 所学校")
    form.locator("[type=checkbox]").check()
    form.locator("textarea").press("Escape")  # at once: the pause before saving is not over
    assert form.count() == 0
    form = open_form(queue)
    expect(form.locator("textarea")).to_have_value("走访 4 所学校")
    expect(form.locator("[type=checkbox]")).to_be_checked()


def test_a_form_with_an_error_comes_back_with_the_focus_at_the_field(queue):
    form = open_form(queue)
    form.locator("textarea").evaluate("field => field.removeAttribute('required')")
    form.locator("button").click()
    queue.wait_for_selector('#q1-form [aria-invalid="true"]')
    assert queue.evaluate("document.activeElement.name") == "progress"


def test_a_refusal_is_said_above_the_form_and_what_was_typed_stays(queue):
    form = open_form(queue)
    form.locator("textarea").fill("抢先")
    form.locator("button").click()
    queue.wait_for_selector('#q1-form [role="alert"]')
    assert queue.evaluate("document.activeElement.getAttribute('role')") == "alert"
    assert queue.locator("#q1-form textarea").input_value() == "抢先"


def test_an_accepted_form_tells_so_and_forgets_its_draft(queue):
    form = open_form(queue)
    form.locator("textarea").fill("走访 4 所学校")
    form.locator("button").click()
    queue.wait_for_selector("[data-done]")
    assert queue.locator("#toasts [data-toast]").count() == 1
    assert queue.evaluate("sessionStorage.getItem('draft:q1')") is None


def test_a_failure_of_the_server_leaves_everything_and_names_the_request(queue):
    form = open_form(queue)
    form.locator("textarea").fill("故障")
    form.locator("button").click()
    note = queue.locator('#q1-form [data-failure="server"]')
    note.wait_for()
    assert len(note.locator("[data-number]").inner_text()) == 9
    assert queue.evaluate("document.activeElement.dataset.failure") == "server"
    assert form.locator("textarea").input_value() == "故障"


def test_a_lost_line_is_said_and_the_form_can_be_sent_again(queue):
    form = open_form(queue)
    form.locator("textarea").fill("走访")
    queue.context.set_offline(True)
    form.locator("button").click()
    queue.locator('[data-failure="network"]').wait_for()
    queue.context.set_offline(False)
    queue.locator("[data-retry]").click()
    queue.wait_for_selector("[data-done]")
    assert [sent["progress"] for sent in workshop.received] == ["走访"]


def test_an_expired_session_leads_to_the_door_and_not_into_a_row(queue):
    session = settings.SESSION_COOKIE_NAME
    queue.context.clear_cookies(name=session)
    queue.locator("#q1 [data-opens]").click()
    queue.wait_for_url("**/sign-in/?next=%2Fqueue%2F")


def test_pressing_twice_sends_once(queue):
    form = open_form(queue)
    form.locator("textarea").fill("走访")
    form.evaluate(
        "form => { const b = form.querySelector('button'); form.requestSubmit(b); form.requestSubmit(b); }"
    )
    queue.wait_for_selector("[data-done]")
    assert len(workshop.received) == 1


def test_what_is_held_back_can_be_undone_and_is_then_never_sent(queue):
    queue.clock.install()
    queue.reload()
    queue.locator("#q2 button").click()
    toast = queue.locator("#toasts [role=status]")
    toast.locator("[data-undo]").click()
    assert toast.count() == 0
    queue.clock.run_for(20_000)
    queue.goto("/first/")
    assert workshop.received == []


def test_what_is_held_back_is_sent_after_ten_seconds(queue):
    queue.clock.install()
    queue.reload()
    queue.locator("#q2 button").click()
    queue.locator("#toasts [data-undo]").wait_for()
    queue.clock.run_for(9_000)
    assert workshop.received == []
    queue.clock.run_for(2_000)
    queue.wait_for_selector("[data-signed]")
    assert len(workshop.received) == 1


def test_what_is_held_back_is_sent_when_the_reader_leaves(queue):
    queue.locator("#q2 button").click()
    queue.locator("#toasts [data-undo]").wait_for()
    for _visit in range(20):  # it travels on its own, beside the pages that follow
        queue.goto("/first/")
        if workshop.received:
            break
    assert len(workshop.received) == 1


def test_a_plain_form_keeps_its_draft_until_it_is_accepted(desk):
    page = desk()
    page.goto("/draft/")
    page.locator("textarea").fill("走访")
    page.locator("[data-draft-sign]:not(:empty)").wait_for(state="attached")
    page.goto("/first/")
    page.goto("/draft/")
    assert page.locator("textarea").input_value() == "走访"
    page.locator("main button.btn").click()
    page.wait_for_url("**/queue/")
    page.goto("/draft/")
    assert page.locator("textarea").input_value() == ""


def test_selecting_counts_and_enables_and_clears(desk):
    page = desk()
    page.goto("/bulk/")
    act, clear = page.locator("button[name=do]"), page.locator("[data-bulk-clear]")
    boxes, all_ = page.locator("[data-select]"), page.locator("[data-select-all]")
    assert act.is_disabled()
    boxes.nth(1).click()
    boxes.nth(4).click(modifiers=["Shift"])
    assert page.locator("[data-select]:checked").count() == 4
    assert "4" in page.locator("[data-bulk-count]").inner_text()
    assert all_.evaluate("box => box.indeterminate")
    all_.click()
    assert page.locator("[data-select]:checked").count() == 6
    clear.click()
    assert page.locator("[data-select]:checked").count() == 0
    assert act.is_disabled()
    boxes.nth(0).click()
    act.click()
    page.wait_for_load_state()
    assert workshop.received == [{"do": "urge", "selected": ["1"]}]


def test_keys_walk_the_rows_select_and_open_but_never_while_typing(desk):
    page = desk()
    page.goto("/bulk/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert page.locator("[data-select]:checked").evaluate_all("all => all.map(box => box.value)") == ["2"]
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_selector("#first")
    page.goto("/draft/")
    page.locator("textarea").press_sequentially("j?x/")
    assert page.locator("textarea").input_value() == "j?x/"
    assert not page.locator("dialog[open]").count()


def test_the_action_of_a_row_answers_to_its_key_and_keys_can_be_switched_off(desk):
    page = desk()
    page.goto("/queue/")
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.wait_for_selector("#q1-form form")
    page = desk(keys="off")
    page.goto("/queue/")
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.keyboard.press("?")
    assert not page.locator("#q1-form form, dialog[open]").count()


def test_the_list_of_keys_opens_by_key_and_by_link_and_gives_the_focus_back(desk):
    page = desk()
    page.goto("/queue/")
    page.keyboard.press("?")
    page.wait_for_selector("dialog#keys[open]")
    page.keyboard.press("Escape")
    assert not page.locator("dialog[open]").count()
    page.locator("[data-dialog=keys]").click()
    page.wait_for_selector("dialog#keys[open]")


def test_a_page_left_open_under_another_post_acts_no_more(desk):
    page = desk()
    page.goto("/draft/")
    page.locator("textarea").fill("走访")
    page.context.add_cookies([{"name": "bh-post", "value": "999999", "url": page.url}])
    page.locator("main form button.btn").click()
    page.locator('[data-failure="post"]').wait_for()
    assert page.url.endswith("/draft/")
    assert page.locator("textarea").input_value() == "走访"


def test_files_are_listed_can_be_removed_and_arrive(desk):
    page = desk()
    page.goto("/upload/")
    files = [{"name": "报告.pdf", "mimeType": "application/pdf", "buffer": b"x" * 2048}]
    page.locator("input[type=file]").set_input_files(files)
    row = page.locator("[data-files] .bh-file")
    assert row.locator("[data-name]").inner_text() == "报告.pdf"
    assert row.locator("[data-size]").inner_text() == "2.0 KB"
    row.locator("[data-remove]").click()
    assert row.count() == 0
    page.locator("input[type=file]").set_input_files(files)
    page.locator("main form button.btn").click()
    page.wait_for_url("**/queue/")
    assert workshop.received == [{"files": ["报告.pdf"]}]


def test_a_refused_upload_shows_the_form_with_its_error(desk):
    page = desk()
    page.goto("/upload/")
    page.locator("input[type=file]").set_input_files(
        [{"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"x"}]
    )
    page.locator("input[name=title]").evaluate(
        "field => { field.removeAttribute('maxlength'); field.value = '六个字太长了' }"
    )
    page.locator("main form button.btn").click()
    page.wait_for_selector('[aria-invalid="true"]')
    assert page.evaluate("document.activeElement.name") == "title"


def test_a_file_over_the_limit_is_not_sent(desk, settings):
    settings.MAX_FILE_BYTES = 1024
    page = desk()
    page.goto("/upload/")
    page.locator("input[type=file]").set_input_files(
        [{"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"x" * 2048}]
    )
    assert page.locator(".bh-file [data-too-large]").is_visible()
    page.locator("main form button.btn").click()
    assert page.url.endswith("/upload/")
    assert workshop.received == []


def test_a_filter_applies_itself_and_its_button_stays_for_the_keyboard(desk):
    page = desk()
    page.goto("/corner/")
    page.locator("select[name=light]").select_option("r")
    page.wait_for_url("**/corner/?light=r")
    assert page.locator("#asked").inner_text() == "r"
    button = page.locator("[data-auto-hide]")
    assert button.bounding_box()["width"] <= 1
    button.focus()
    assert button.bounding_box()["width"] > 20


@pytest.mark.parametrize("closing", ["Escape", "elsewhere"])
def test_a_menu_opens_and_closes_like_one(desk, closing):
    page = desk()
    page.goto("/corner/")
    menu = page.locator(".bh-menu")
    menu.locator("summary").click()
    assert menu.locator("a").is_visible()
    if closing == "Escape":
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    else:
        page.locator("#asked").dispatch_event("click")
    assert not menu.locator("a").is_visible()


def test_a_question_opens_in_place_can_be_declined_and_is_answered_by_its_form(desk):
    page = desk()
    page.goto("/corner/")
    dialog = page.locator("dialog#sure")
    page.locator("[data-dialog=sure]").click()
    assert dialog.is_visible()
    dialog.locator("[data-close]").click()
    assert not dialog.is_visible()
    page.locator("[data-dialog=sure]").click()
    dialog.locator(".btn-danger").click()
    page.wait_for_selector("[data-signed]")
    assert set(workshop.received[0]) == {"csrfmiddlewaretoken", "request_key"}


@pytest.mark.parametrize("path", ["/queue/", "/draft/", "/upload/", "/bulk/", "/corner/"])
def test_axe_finds_nothing_in_the_workshop(desk, axe, path):
    page = desk()
    page.goto(path)
    assert axe(page) == []


def test_everything_works_without_scripts(desk):
    page = desk(scripts=False)
    page.goto("/queue/")
    page.locator("#q2 button").click()
    assert len(workshop.received) == 1
    page.goto("/queue/")
    page.locator("#q1 a.btn").click()
    page.locator("textarea").fill("走访")
    page.locator("form button.btn").click()
    assert workshop.received[-1]["progress"] == "走访"
    page.goto("/bulk/")
    page.locator("[data-select]").first.check()
    page.locator("button[name=do]").click()
    assert workshop.received[-1] == {"do": "urge", "selected": ["1"]}
    page.goto("/me/")
    page.locator("button[name=theme][value=dark]").last.click()
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
