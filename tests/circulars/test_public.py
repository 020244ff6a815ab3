"""The public version of a circular: nobody signs in, nothing but what was published is told, anybody can check it."""

import json

import pytest
from django.urls import reverse

from bihuan.circulars.actions import issue_circular, publish_circular, withdraw_publication
from bihuan.circulars.models import Publication
from bihuan.circulars.publicity import checkable, names_in
from bihuan.documents.actions import edit_paper, review_paper
from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.kernel.errors import AlreadyDone, Refused
from bihuan.ledger.actions import seal
from bihuan.ledger.models import Entry
from bihuan.ledger.offline import check_publication, main
from bihuan.org.roles import Role
from tests.circulars.scenes import LATER, checked, drawn

SAID = "东市局承办人马晓燕多次迟报，家长代表赵四反映。"


@pytest.fixture
def issued(town, history, settings, tmp_path):
    settings.SEAL_KEY_FOLDER = tmp_path / "keys"
    town.person("东市局", Role.HANDLER, name="马晓燕")
    circular = drawn(town, history)
    paper = circular.paper
    with clock.frozen(LATER):
        words = {"title": paper.title, "addressees": paper.addressees, "code": paper.code}
        sections = [*paper.sections, {"heading": "附带说明", "paragraphs": [SAID]}]
        note = "联系人：钱七 0931-1234567"
        edit_paper(paper_id=paper.pk, actor=town.actor("省厅"), sections=sections, note=note, **words)
        checked(town, circular)
        review_paper(paper_id=paper.pk, actor=town.actor("省厅", Role.SUPERVISOR, "乙"))
        issue_circular(paper_id=paper.pk, actor=town.actor("省厅", Role.LEADER))
    circular.refresh_from_db()
    return circular


@pytest.fixture
def public(town, issued) -> Publication:
    with clock.frozen(LATER):
        shown = publish_circular(circular_id=issued.pk, actor=town.actor("省厅"), also=["赵四"])
        seal(actor=system("tests"))
    return shown


def address(shown, name="publication"):
    return reverse(name, args=[shown.pk])


def test_nothing_is_public_before_somebody_publishes_it(client, issued):
    assert not Publication.objects.exists()
    assert client.get("/public/circulars/").content.count(b"data-publication") == 0
    assert client.get(f"/public/circulars/{issued.pk}/").status_code == 404


def test_anybody_reads_figures_text_and_number_and_no_name(
    client, issued, public, django_assert_max_num_queries
):
    with django_assert_max_num_queries(6):
        page = client.get(address(public))
    said = page.content.decode()
    assert (page.status_code, issued.paper.number in said, 'data-sealed="yes"' in said) == (200, True, True)
    for figure in issued.figures.filter(unit__isnull=True):
        assert {"key": figure.key, "shown": figure.shown} in public.content["figures"]
    assert "马**多次迟报，家长代表赵*反映" in said
    whole = said + json.dumps(public.content, ensure_ascii=False)
    whole += client.get(address(public, "publication-json")).content.decode()
    for hidden in ("马晓燕", "赵四", "钱七", "0931", "data-assignment", "/assignments/"):
        assert hidden not in whole


def test_the_file_is_checked_offline_and_every_change_shows(client, public, tmp_path, capsys):
    record = json.loads(client.get(address(public, "publication-json")).content)
    key = record["proofs"][0]["head"]["key"]
    assert check_publication(record, [key]) is None
    path = tmp_path / "circular.json"
    path.write_text(json.dumps(record))
    assert main([str(path), "--key", key]) == 0
    assert capsys.readouterr().out == "sound\n"

    def falsified(change):
        copy = json.loads(json.dumps(record))
        change(copy)
        return check_publication(copy, [key])

    assert falsified(lambda one: one["content"]["figures"][0].update(shown="999"))
    assert falsified(lambda one: one["content"].update(number="省教督〔2026〕2号"))
    assert falsified(lambda one: one["line"].update(at="2020-01-01T00:00:00+00:00"))
    assert falsified(lambda one: one["line"]["facts"].update(issued="0" * 64))
    assert falsified(lambda one: one["proofs"].pop())
    assert falsified(lambda one: one["proofs"][1].update(leaf=0, digest=one["proofs"][0]["digest"]))
    assert check_publication(record, ["0" * 64])
    issuing = Entry.objects.get(verb="documents.paper.issued")
    assert record["line"]["facts"]["issued"] == issuing.digest


def test_before_it_is_sealed_the_page_says_wait(client, town, issued):
    with clock.frozen(LATER):
        shown = publish_circular(circular_id=issued.pk, actor=town.actor("省厅"))
    assert b'data-sealed="waiting"' in client.get(address(shown)).content
    assert client.get(address(shown, "publication-json")).status_code == 404
    assert checkable(shown) is None


def test_withdrawn_it_says_so_and_nothing_else_and_another_version_may_follow(client, town, issued, public):
    with pytest.raises(Refused, match="已经公开"):
        publish_circular(circular_id=issued.pk, actor=town.actor("省厅"))
    with pytest.raises(Refused) as empty:
        withdraw_publication(publication_id=public.pk, actor=town.actor("省厅"), reason=" ")
    assert empty.value.field == "reason"
    withdraw_publication(publication_id=public.pk, actor=town.actor("省厅"), reason="附表有误")
    with pytest.raises(AlreadyDone):
        withdraw_publication(publication_id=public.pk, actor=town.actor("省厅"), reason="附表有误")
    page = client.get(address(public))
    assert page.status_code == 410
    for told in (issued.paper.title, issued.paper.number, "马**", "附表有误"):
        assert told not in page.content.decode()
    assert client.get(address(public, "publication-json")).status_code == 404
    assert client.get("/public/circulars/").content.count(b"data-publication") == 0
    again = publish_circular(circular_id=issued.pk, actor=town.actor("省厅"), with_tables=False)
    assert again.content["tables"] == []
    assert client.get(address(again)).status_code == 200


def test_only_the_issuer_publishes_and_only_what_is_issued(client, town, history):
    draft = drawn(town, history)
    with pytest.raises(Refused) as early:
        publish_circular(circular_id=draft.pk, actor=town.actor("省厅"))
    assert early.value.code == "not_issued"


@pytest.mark.parametrize(
    ("unit", "role", "status"),
    [
        ("省厅", Role.SUPERVISOR, 200),
        ("东市局", Role.HANDLER, 404),
        ("东市局", Role.SUPERVISOR, 404),
        ("省厅", Role.SYSTEM_ADMIN, 404),
        ("省厅", Role.AUDIT_ADMIN, 404),
    ],
)
def test_who_may_publish_and_withdraw(client, town, issued, public, unit, role, status):
    client.force_login(town.person(unit, role))
    assert client.get(reverse("circular-publish", args=[issued.pk])).status_code == status
    answer = client.post(address(public, "publication-withdraw"), {"reason": "有误"})
    assert answer.status_code == (302 if status == 200 else 404)
    assert Publication.objects.public().exists() is (status != 200)


def test_what_is_found_is_shown_first_and_a_word_that_is_no_name_stays(client, town, issued):
    town.person("西市局", Role.HANDLER, name="迟报")
    assert names_in(issued) == ["马晓燕", "迟报"]
    client.force_login(town.person("省厅"))
    here = reverse("circular-publish", args=[issued.pk])
    assert "马**多次迟*" in client.get(here).content.decode()
    look = {"masked": ["马晓燕"], "also": "赵四", "with_tables": "on"}
    seen = client.post(here, look | {"look": "1"})
    assert (seen.status_code, Publication.objects.count()) == (200, 0)
    assert "马**多次迟报，家长代表赵*" in seen.content.decode()
    assert client.post(here, look | {"also": "赵"}).status_code == 422
    assert client.post(here, look | {"masked": ["张三"]}).status_code == 422
    assert client.post(here, look).status_code == 302
    assert "马**多次迟报，家长代表赵*" in json.dumps(Publication.objects.get().content, ensure_ascii=False)


def test_a_form_sent_twice_publishes_once(client, town, issued):
    client.force_login(town.person("省厅"))
    here, key = reverse("circular-publish", args=[issued.pk]), "1b671a64-40d5-491e-99b0-da01ff1f3341"
    for _turn in range(2):
        assert client.post(here, {"also": "", "request_key": key}).status_code == 302
    assert Publication.objects.count() == 1


def test_before_it_is_signed_its_page_says_which_names_stand_in_it(client, town, history):
    town.person("东市局", Role.HANDLER, name="马晓燕")
    circular = drawn(town, history)
    client.force_login(town.person("省厅"))
    here = reverse("circular", args=[circular.pk])
    assert client.get(here).context["named"] == []
    words = {"title": "关于马晓燕的通报", "addressees": "各单位", "code": "省教督", "sections": []}
    edit_paper(paper_id=circular.paper_id, actor=town.actor("省厅"), **words)
    assert client.get(here).context["named"] == ["马晓燕"]
