"""The words of circulars and bulletins: settled by an authority version by version, and remembered by each circular."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import translation

from bihuan.circulars.actions import draft_circular, issue_circular, refresh_circular
from bihuan.circulars.models import Circular
from bihuan.circulars.queries import counted_again, listed_for
from bihuan.circulars.wording import SHIPPED, sections_for, tables
from bihuan.documents.actions import review_paper
from bihuan.documents.gongwen import docx, pdf
from bihuan.documents.models import Paper
from bihuan.documents.queries import said_by
from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.kernel.errors import Refused
from bihuan.org.actions.changes import rename_unit
from bihuan.org.roles import Role
from bihuan.supervision.actions.templating import draft_template, put_template_in_force
from bihuan.supervision.letters import LETTERS, as_rows, flaws, from_rows
from bihuan.supervision.models import TemplateEdition
from tests.circulars.scenes import LATER, checked, drawn
from tests.circulars.test_bulletins import bulletin
from tests.town import TODAY


def settle(town, kind="circular", by="省厅", **words):
    """A version in force, that says this of its parts (by key) or of its head."""
    rows = as_rows(SHIPPED[kind])
    for part in rows["parts"]:
        part["text"] = words.pop(part["key"], part["text"])
    rows |= words
    edition = draft_template(actor=town.actor(by), kind=kind, rows=rows)
    return put_template_in_force(edition_id=edition.pk, actor=town.actor(by), reason="统一表述")


def said(circular, key):
    part = next(one for one in circular.paper.sections if one["key"] == key)
    return part["paragraphs"]


def test_a_circular_begins_with_the_words_of_its_authority(town, history):
    edition = settle(
        town,
        title="{事项}{期间}督查情况通报",
        code="甘教督通",
        cc="驻厅纪检监察组",
        state="{期间}共交办{累计交办}件，在办{在办}件，逾期{逾期未完成}件，按期率{按期率}。",
    )
    circular = drawn(town, history)
    paper = circular.paper
    assert circular.template == edition
    assert paper.title.startswith(history.title)
    assert paper.title.endswith("督查情况通报")
    assert (paper.code, paper.cc) == ("甘教督通", "驻厅纪检监察组")
    (line,) = said(circular, "state")
    assert "共交办12件" in line
    assert "逾期7件" in line
    assert "按期率33.3%" in line


def test_a_bulletin_has_words_of_its_own(town, history):
    edition = settle(town, "bulletin", next="请各单位对照清单逐项整改。")
    assert said(drawn(town, history), "next") != ["请各单位对照清单逐项整改。"]
    circular = bulletin(town)
    assert circular.template == edition
    assert said(circular, "next") == ["请各单位对照清单逐项整改。"]


def test_the_nearest_authority_above_counts_and_without_any_the_words_that_ship(town, history):
    assert drawn(town, history).template is None
    settle(town, by="东市局", next="只对东市局。")
    assert drawn(town, history).template is None


def test_a_version_put_in_force_later_changes_nothing_that_was_drafted(town, history):
    first = settle(town, next="按第一版要求办。")
    circular = drawn(town, history)
    settle(town, next="按第二版要求办。")
    with clock.frozen(LATER):
        refresh_circular(circular_id=circular.pk, actor=town.actor("省厅"))
    again = Circular.objects.select_related("paper").get(pk=circular.pk)
    assert again.template == first
    assert said(again, "next") == ["按第一版要求办。"]
    assert said(drawn(town, history), "next") == ["按第二版要求办。"]


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"problem": "{逾期情况}"}, "problem"),  # what was decided to be named, and the help owed, stay
        ({"state": "共{交办总数}件。"}, "state"),
        ({"title": "{总体情况}的通报"}, "title"),
        ({"title": ""}, "title"),
    ],
)
def test_what_no_version_may_say_is_told_at_its_part(town, words, field):
    rows = as_rows(SHIPPED["circular"])
    for part in rows["parts"]:
        part["text"] = words.get(part["key"], part["text"])
    rows |= {name: text for name, text in words.items() if name == "title"}
    assert field in [one for one, _text in flaws("circular", from_rows("circular", rows))]
    edition = draft_template(actor=town.actor("省厅"), kind="circular", rows=rows)
    with pytest.raises(Refused):
        put_template_in_force(edition_id=edition.pk, actor=town.actor("省厅"), reason="x")


def test_what_is_shipped_has_no_flaw():
    assert [flaws(kind, template) for kind, template in SHIPPED.items()] == [[], []]


def test_a_title_of_a_letter_has_nothing_filled_in(town):
    rows = as_rows(LETTERS["handover"].template) | {"title": "关于交办{事项}的函"}
    assert "title" in [field for field, _text in flaws("handover", from_rows("handover", rows))]


def test_documents_are_chinese_whatever_the_language_of_their_author(town, history):
    chinese = drawn(town, history)
    with translation.override("en"):
        english = drawn(town, history)
        overall = bulletin(town)
    assert english.paper.sections == chinese.paper.sections
    assert english.paper.tables == chinese.paper.tables
    assert english.paper.title == chinese.paper.title
    assert overall.titles[0] == "未列入方案的事项"
    assert overall.paper.title.endswith("督办事项办理情况的通报")


def test_years_later_with_another_organisation_and_other_words_it_is_the_same_to_the_byte(town, history):
    """Text, tables, docx and PDF, made anew from the records in another language."""
    settle(town, state="{期间}{事项}共交办{累计交办}件。")
    with clock.frozen(LATER):
        circular = draft_circular(
            actor=town.actor("省厅"),
            plan_id=history.pk,
            first_on=TODAY,
            last_on=LATER.date(),
            region_id=town.unit("西市局").pk,
        )
    paper = Paper.objects.select_related("issuer", "office").get()
    with clock.frozen(LATER):
        checked(town, circular)
        review_paper(paper_id=paper.pk, actor=town.actor("省厅", Role.LEADER))
        issue_circular(paper_id=paper.pk, actor=town.actor("省厅", Role.LEADER))
    paper = Paper.objects.select_related("issuer", "office").get()
    printed, drawn_then = docx.render(said_by(paper)), pdf.render(said_by(paper))
    with clock.frozen(LATER + timedelta(days=300)):
        for name in ("西市局", "省厅"):
            rename_unit(
                unit_id=town.unit(name).pk, actor=system("tests"), name=f"新{name}", short_name=f"新{name}"
            )
        settle(town, state="改了写法：{总体情况}", title="{事项}的新式通报")
        history.title = "改了名的方案"
        history.save()
    with clock.frozen(LATER + timedelta(days=1500)), translation.override("en"):
        again = Circular.objects.select_related("template").get()
        rows, counts = counted_again(again)
        paper = Paper.objects.select_related("issuer", "office").get()
        paper.sections = sections_for(again, rows, counts, listed_for(again))
        paper.tables = tables(rows, counts)
        assert docx.render(said_by(paper)) == printed
        assert pdf.render(said_by(paper)) == drawn_then


def test_the_page_offers_both_and_keeps_a_draft(client, town, history):
    client.force_login(town.person("省厅"))
    page = client.get(reverse("templates")).content.decode()
    assert 'data-kind="circular"' in page
    assert 'data-kind="bulletin"' in page
    url = reverse("template-draft", args=["bulletin"])
    form = client.get(url).context["form"]
    assert "{总体情况}" in form.initial.get("part_state", form["part_state"].value())
    given = {bound.html_name: bound.value() or "" for bound in form}
    bad = client.post(url, given | {"part_problem": "没有"})
    assert bad.status_code == 422
    assert "列入通报" in bad.content.decode()
    kept = client.post(url, given | {"part_next": "请抓紧办理。"})
    assert kept.status_code == 302
    edition = TemplateEdition.objects.get()
    assert "请抓紧办理。" in client.get(kept.headers["Location"]).content.decode()
    client.post(reverse("template-force", args=[edition.pk]), {"reason": "统一"})
    circular = bulletin(town)
    page = client.get(reverse("circular", args=[circular.pk])).content.decode()
    assert reverse("template", args=[edition.pk]) in page
    assert "1 份文书用过这一版" in client.get(reverse("template", args=[edition.pk])).content.decode()
