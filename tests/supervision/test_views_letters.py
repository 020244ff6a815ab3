"""Who may open what of the documents of the loop, and how far a page goes: a ceiling for its statements."""

import pytest
from django.urls import reverse

from bihuan.documents import urls as paper_urls
from bihuan.documents.actions import acknowledge_paper, ask_countersign, review_paper, send_back_paper
from bihuan.documents.models import Paper
from bihuan.org.roles import Role
from bihuan.supervision.actions.answering import object_to_letter, reply_to_letter
from bihuan.supervision.actions.letters import issue_letter
from bihuan.supervision.actions.templating import draft_template, put_template_in_force
from bihuan.supervision.letters import LETTERS, as_rows
from bihuan.supervision.models import Letter, LetterObjection, TemplateEdition
from bihuan.supervision.queries.letters import replies_of
from bihuan.supervision.urls import letters
from tests.supervision.letter_scenes import issued, lettered, reviewed
from tests.town import TODAY

READERS = {
    "author": ("省厅", Role.SUPERVISOR),
    "leader": ("省厅", Role.LEADER),
    "office": ("基教处", Role.LEADER),
    "handler": ("东市局", Role.HANDLER),
    "own_leader": ("东市局", Role.LEADER),
    "stranger": ("西市局", Role.SUPERVISOR),
    "system": ("省厅", Role.SYSTEM_ADMIN),
}
WRITERS = {"author", "leader", "office", "own_leader", "stranger"}  # they draft for their own unit
SERVED = {"author", "leader", "handler", "own_leader"}
PAGES = {
    # name: (arguments, who gets it, what the others get)
    "letter-choose": ([], WRITERS, 403),
    "letter-new": (["rectification"], WRITERS, 403),
    "letter-reply": (["issued"], {"handler"}, 404),
    "letter-contest": (["issued"], {"handler"}, 404),
    "letter-objection": (["objection"], {"author", "leader"}, 404),
    "templates": ([], set(READERS) - {"system"}, 404),
    "template-draft": (["slip"], {"author", "stranger"}, {"system": 404}),
    "template": (["edition"], set(READERS) - {"system"}, 404),
    "papers": ([], set(READERS), None),
    "paper": (["issued"], SERVED, 404),
    "paper-preview": (["issued"], SERVED, 404),
    "paper-docx": (["issued"], SERVED, 404),
    "paper-pdf": (["issued"], SERVED, 404),
    "paper-edit": (["draft"], {"author", "leader"}, 404),
}
POSTED = {
    # name: (arguments, what each reader gets)
    "letter-new-preview": (["slip"], dict.fromkeys(WRITERS, 200), 403),
    "letter-close": (["issued"], {"author": 409, "leader": 409}, 404),
    "template-force": (["edition"], {"author": 422}, 404),
    "template-discard": (["edition"], {"author": 302}, 404),
    "template-retire": (["edition"], {"author": 422}, 404),
    "paper-review": (["draft"], {"author": 409, "leader": 302}, 404),
    "paper-send-back": (["issued"], {"author": 409, "leader": 409}, 404),
    "paper-issue": (["issued"], {"author": 409, "leader": 409}, 404),
    "paper-read": (["issued"], {"handler": 302}, 404),
    "paper-countersign-ask": (["reviewed"], {"author": 422, "leader": 422}, 404),
    "paper-countersign": (["asked"], {"office": 302}, 404),
    "paper-attach": (["reviewed"], {"author": 409, "leader": 409}, 404),
    "paper-detach": (["reviewed", "issued"], {"author": 409, "leader": 409}, 404),
}


@pytest.fixture
def things(town) -> dict[str, int | str]:
    for unit, role in READERS.values():
        town.post(unit, role)
    done = issued(town, "recommendation")
    contested = issued(town, "recommendation")
    object_to_letter(paper_id=contested.paper_id, actor=town.actor("东市局", Role.HANDLER), reason="不符")
    asked = reviewed(town, "handover")
    ask_countersign(paper_id=asked.paper_id, actor=town.actor("省厅"), unit_ids=[town.unit("基教处").pk])
    edition = draft_template(
        actor=town.actor("省厅"), kind="handover", rows=as_rows(LETTERS["handover"].template)
    )
    put_template_in_force(edition_id=edition.pk, actor=town.actor("省厅"), reason="统一")
    return {
        "issued": done.paper_id,
        "draft": lettered(town, "handover").paper_id,
        "reviewed": reviewed(town, "handover").paper_id,
        "asked": asked.paper_id,
        "objection": LetterObjection.objects.get().pk,
        "edition": edition.pk,
        "rectification": "rectification",
        "slip": "slip",
    }


def test_pages_by_every_reader(client, town, things):
    for name, (arguments, allowed, otherwise) in PAGES.items():
        url = reverse(name, args=[things[one] for one in arguments])
        for reader, who in READERS.items():
            client.force_login(town.person(*who))
            status = client.get(url).status_code
            refused = otherwise.get(reader, 403) if isinstance(otherwise, dict) else otherwise
            assert status == (200 if reader in allowed else refused), (name, reader)
        client.logout()
        assert client.get(url).status_code == 302, name


def test_posts_by_every_reader(client, town, things):
    for name, (arguments, given, otherwise) in POSTED.items():
        url = reverse(name, args=[things[one] for one in arguments])
        for reader in sorted(READERS, key=lambda one: one in given):
            client.force_login(town.person(*READERS[reader]))
            status = client.post(url).status_code
            if reader in given:
                assert status == given[reader], (name, reader)
            else:
                assert status == otherwise, (name, reader)
        client.logout()
        assert client.post(url).status_code == 302, name
    assert TemplateEdition.objects.get().state == "in_force"


def test_every_address_stands_in_the_matrix():
    names = {one.name for one in letters.urlpatterns}
    names |= {one.name for one in paper_urls.urlpatterns if one.name.startswith("paper")}
    assert names == set(PAGES) | set(POSTED)


def test_the_page_of_a_document_asks_as_much_for_many_addressees(client, town, django_assert_max_num_queries):
    letter = issued(
        town, "rectification", ("东市局", "西市局", "学院"), about=False, words={"problem": "台账不全。"}
    )
    client.force_login(town.person("省厅"))
    page = reverse("paper", args=[letter.paper_id])
    client.get(page)
    with django_assert_max_num_queries(48):
        answer = client.get(page)
    assert answer.content.count(b"data-answer=") == 3


def test_the_list_asks_as_much_for_many_documents(client, town, django_assert_max_num_queries):
    for _turn in range(4):
        issued(town, "handover", about=False, words={"matter": "排查隐患。"})
    client.force_login(town.person("省厅"))
    client.get(reverse("papers"))
    with django_assert_max_num_queries(16):
        answer = client.get(reverse("papers"))
    assert answer.content.count(b'data-kind="handover"') == 4


def test_the_form_drafts_and_says_what_is_wrong_at_its_field(client, town):
    town.unit("东市局")
    client.force_login(town.person("省厅"))
    url = reverse("letter-new", args=["handover"])
    page = client.get(url)
    assert 'id="paper-form"' in page.content.decode()
    said = {
        "title": "关于交办有关事项的函",
        "code": "省督函",
        "part_opening": "现将下列事项交你单位办理。",
        "part_matter": "排查隐患。",
        "part_demand": "按时办结。",
        "reply_by": f"{TODAY:%Y-%m-%d}",
    }
    wrong = client.post(url, said)
    assert wrong.status_code == 422
    assert b'data-field="unit_ids"' in wrong.content
    assert not Paper.objects.exists()
    done = client.post(url, {**said, "unit_ids": [town.unit("东市局").pk]})
    assert done.status_code == 302
    assert Paper.objects.get().addressees == "东市局"


def test_the_pages_follow_the_words_that_are_not_kept_yet(client, town):
    client.force_login(town.person("省厅"))
    url = reverse("letter-new-preview", args=["brief"])
    answer = client.post(
        url, {"title": "简报", "code": "省简", "part_work": "动态。"}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    assert b"<html" not in answer.content
    assert b"<svg" in answer.content
    assert not Paper.objects.exists()


def test_from_draft_to_the_files_through_the_pages(client, town):
    """What a browser without scripts does."""
    town.post("东市局", Role.HANDLER)
    letter = lettered(town, "recommendation")
    key = letter.paper_id

    def act(who, name, **said):
        client.force_login(town.person(*who))
        answer = client.post(reverse(name, args=[key]), said)
        assert answer.status_code == 302, answer.content.decode()[-3000:]

    act(("省厅", Role.LEADER), "paper-review")
    second = town.person("省厅", Role.LEADER, "丙")
    client.force_login(second)
    assert client.post(reverse("paper-issue", args=[key])).status_code == 302
    act(("东市局", Role.HANDLER), "paper-read")
    act(("东市局", Role.HANDLER), "letter-contest", reason="事项已移交")
    objection = LetterObjection.objects.get()
    client.force_login(second)
    decided = client.post(
        reverse("letter-objection", args=[objection.pk]), {"upheld": "no", "answer": "经复核不成立"}
    )
    assert decided.status_code == 302
    act(
        ("东市局", Role.HANDLER),
        "letter-reply",
        adoption="full",
        text="全部采纳",
        promises="补录台账｜2026-12-20\n修订制度，2026-12-25",
    )
    reply = replies_of(Letter.objects.get(pk=letter.pk)).get()
    assert reply.stage == "completed"
    assert [str(one.due_on) for one in letter.addressed.get().promises.all()] == ["2026-12-20", "2026-12-25"]
    client.force_login(town.person("东市局", Role.HANDLER))
    bad = client.get(reverse("letter-reply", args=[key]))
    assert bad.status_code == 200
    page = client.get(reverse("paper", args=[key])).content.decode()
    assert 'data-objection="rejected"' in page


def test_words_of_a_promise_that_cannot_be_read_are_named(client, town):
    town.post("东市局", Role.HANDLER)
    letter = issued(town, "recommendation")
    client.force_login(town.person("东市局", Role.HANDLER))
    url = reverse("letter-reply", args=[letter.paper_id])
    answer = client.post(url, {"adoption": "full", "text": "采纳", "promises": "补录台账，尽快"})
    assert answer.status_code == 422
    assert 'data-field="promises"' in answer.content.decode()
    assert replies_of(letter).get().is_open


def test_an_addressee_sees_its_own_answer_and_receipt_and_not_how_the_text_came_about(client, town):
    names = ("东市局", "西市局", "学院")
    letter = reviewed(town, "rectification", names, about=False, words={"problem": "台账不全。"})
    send_back_paper(paper_id=letter.paper_id, actor=town.actor("省厅", Role.LEADER), reason="口气太软")
    review_paper(paper_id=letter.paper_id, actor=town.actor("省厅", Role.SUPERVISOR, "乙"))
    issue_letter(paper_id=letter.paper_id, actor=town.actor("省厅", Role.LEADER))
    for name in names[:2]:
        reply_to_letter(paper_id=letter.paper_id, actor=town.actor(name, Role.HANDLER), text="已整改。")
        acknowledge_paper(paper_id=letter.paper_id, actor=town.actor(name, Role.HANDLER))
    page = reverse("paper", args=[letter.paper_id])

    def seen_by(*who):
        client.force_login(town.person(*who))
        answer = client.get(page)
        beside, services = answer.context["beside"], answer.context["services"]
        text = answer.content.decode()
        return len(beside["answers"]), beside["replied"], len(services), "口气太软" in text

    assert seen_by("省厅") == (3, 2, 3, True)
    assert seen_by("东市局", Role.HANDLER) == (1, 1, 1, False)
    assert seen_by("学院", Role.HANDLER) == (1, 0, 1, False)


def test_a_unit_that_is_written_into_the_address_is_not_looked_up(client, town):
    """`?unit=` told the name of any unit there is."""
    stranger, own = town.unit("西市局"), town.unit("东一县局")
    client.force_login(town.person("东市局"))
    page = client.get(reverse("letter-new", args=["handover"]), {"unit": [stranger.pk, own.pk, 10**9]})
    shown = page.content.decode()
    assert (own.short_name in shown, stranger.short_name in shown) == (True, False)
    found = client.get(reverse("pick-units"), {"unit_ids": stranger.pk, "name": "unit_ids"})
    assert stranger.short_name not in found.content.decode()
