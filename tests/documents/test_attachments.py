"""Files that go with a document: listed below its text, frozen, served, read by whoever reads the document."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from docx import Document

from bihuan.documents.actions import attach_files, detach_file, discard_file, review_paper, send_back_paper
from bihuan.documents.checking.checks import check
from bihuan.documents.gongwen import docx, pdf
from bihuan.documents.models import File, Paper
from bihuan.documents.names import title_of
from bihuan.documents.queries import said_by
from bihuan.documents.uploads import receive_with_form
from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.kernel.errors import Refused, StaleVersion
from bihuan.ledger.models import Entry
from bihuan.org.actions.changes import rename_unit
from bihuan.org.roles import Role
from bihuan.supervision.actions.letters import issue_letter
from tests.documents import samples as s
from tests.supervision.letter_scenes import KINDS, lettered


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def files(town, *names, unit="省厅", content=s.PDF):
    actor = town.actor(unit)
    uploads = [SimpleUploadedFile(name, content + str(n).encode()) for n, name in enumerate(names)]
    return [file.pk for file in receive_with_form(actor, uploads)]


@pytest.fixture
def draft(town) -> Paper:
    return lettered(town).paper


def signed(town, paper) -> Paper:
    review_paper(paper_id=paper.pk, actor=town.actor("省厅", Role.SUPERVISOR, "乙"))
    issue_letter(paper_id=paper.pk, actor=town.actor("省厅", Role.LEADER))
    return Paper.objects.select_related("issuer", "office").get(pk=paper.pk)


def attach(town, paper, *names):
    return attach_files(paper_id=paper.pk, actor=town.actor("省厅"), file_ids=files(town, *names))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("names", [("整改台账.pdf",), ("整改台账.pdf", "有关文件目录.pdf")])
def test_they_are_listed_below_the_text_and_nothing_deviates(town, kind, names):
    paper = lettered(town, kind).paper
    attach(town, paper, *names)
    paper = signed(town, paper)
    content = docx.render(said_by(paper))
    assert [str(one) for one in check(content)] == []
    lines = [one.text for one in Document(BytesIO(content)).paragraphs]
    at = next(n for n, line in enumerate(lines) if line.startswith("附件："))
    tables = [table["title"] for table in paper.tables]
    wanted = [*tables, *(name.removesuffix(".pdf") for name in names)]
    said = "".join(lines[at : at + len(wanted)])
    assert said == "附件：" + (
        wanted[0] if len(wanted) == 1 else "".join(f"{n}.{name}" for n, name in enumerate(wanted, 1))
    )
    assert pdf.render(said_by(paper)).startswith(b"%PDF")


def test_the_digest_of_the_document_covers_them_and_stands_in_the_ledger(town, draft):
    attach(town, draft, "台账.pdf")
    paper = signed(town, draft)
    assert paper.digest == paper.content_digest()
    assert Entry.objects.get(verb="documents.paper.issued").facts["digest"] == paper.digest
    paper.attachments.update(title="别的台账")
    assert paper.digest != paper.content_digest()
    digest = File.objects.get().content.digest
    assert Entry.objects.get(verb="documents.paper.attached").facts["files"] == [digest]


def test_a_document_without_any_keeps_the_digest_it_had(town, draft):
    before = draft.content_digest()
    attach(town, draft, "台账.pdf")
    assert draft.content_digest() != before
    detach_file(paper_id=draft.pk, actor=town.actor("省厅"), file_id=File.objects.get().pk)
    assert draft.content_digest() == before


def test_they_change_only_while_it_is_a_draft(town, draft):
    attach(town, draft, "台账.pdf")
    file_id = File.objects.get().pk
    with pytest.raises(Refused):
        discard_file(actor=town.actor("省厅"), file_id=file_id)
    review_paper(paper_id=draft.pk, actor=town.actor("省厅", Role.SUPERVISOR, "乙"))
    for change in (
        lambda: attach(town, draft, "另一份.pdf"),
        lambda: detach_file(paper_id=draft.pk, actor=town.actor("省厅"), file_id=file_id),
    ):
        with pytest.raises(Refused):
            change()
    send_back_paper(paper_id=draft.pk, actor=town.actor("省厅", Role.LEADER), reason="换附件")
    detach_file(paper_id=draft.pk, actor=town.actor("省厅"), file_id=file_id)
    assert not draft.attachments.exists()


@pytest.mark.parametrize(
    ("names", "code"), [((), "required"), (tuple(f"{n}.pdf" for n in range(21)), "too_many")]
)
def test_none_or_too_many_are_refused_with_nothing_kept(town, draft, names, code):
    with pytest.raises(Refused) as refusal:
        attach(town, draft, *names)
    assert (refusal.value.code, refusal.value.field) == (code, "files")
    assert not draft.attachments.exists()


def test_another_units_file_or_an_old_page_attaches_nothing(town, draft):
    theirs = files(town, "别人的.pdf", unit="东市局")
    with pytest.raises(Refused) as refusal:
        attach_files(paper_id=draft.pk, actor=town.actor("省厅"), file_ids=theirs)
    assert refusal.value.code == "file_gone"
    attach(town, draft, "台账.pdf")
    with pytest.raises(StaleVersion):
        attach_files(
            paper_id=draft.pk, actor=town.actor("省厅"), file_ids=files(town, "新.pdf"), seen_version=0
        )


@pytest.mark.parametrize(
    ("unit", "role", "draft_status", "issued_status"),
    [
        ("省厅", Role.SUPERVISOR, 200, 200),
        ("省厅", Role.LEADER, 200, 200),
        ("东市局", Role.HANDLER, 404, 200),
        ("西市局", Role.HANDLER, 404, 404),
        ("省厅", Role.SYSTEM_ADMIN, 404, 404),
    ],
)
def test_whoever_reads_the_document_reads_its_files(
    client, town, draft, unit, role, draft_status, issued_status
):
    attach(town, draft, "台账.pdf")
    here = reverse("file", args=[File.objects.get().pk])
    client.force_login(town.person(unit, role))
    assert client.get(here).status_code == draft_status
    signed(town, draft)
    assert client.get(here).status_code == issued_status
    page = client.get(reverse("paper", args=[draft.pk]))
    assert page.status_code == issued_status
    if issued_status == 200:
        assert page.content.count(b"data-attachment=") == 1


def test_the_form_uploads_shows_a_refusal_and_takes_off(client, town, draft):
    client.force_login(town.person("省厅"))
    add = reverse("paper-attach", args=[draft.pk])
    wrong = client.post(add, {"files": SimpleUploadedFile("工具.exe", s.EXE), "seen_version": draft.version})
    assert wrong.status_code == 422
    assert "不接收程序" in wrong.content.decode()
    many = [SimpleUploadedFile(f"附表{n}.pdf", s.PDF + bytes([n])) for n in (48, 49)]
    assert client.post(add, {"files": many, "seen_version": draft.version}).status_code == 302
    assert list(draft.attachments.values_list("title", flat=True)) == ["附表48", "附表49"]
    one = draft.attachments.first()
    draft.refresh_from_db()
    take = reverse("paper-detach", args=[draft.pk, one.file_id])
    assert client.post(take, {"seen_version": draft.version}).status_code == 302
    assert draft.attachments.count() == 1


@pytest.mark.parametrize(
    ("name", "title"),
    [("整改台账.xlsx", "整改台账"), ("报告。.pdf", "报告"), ("无扩展名", "无扩展名"), (".pdf", ".pdf")],
)
def test_a_file_is_called_by_its_name_without_extension_or_stop(name, title):
    assert title_of(name) == title


def test_the_text_on_the_page_names_them_as_they_are_printed(client, town, draft):
    """Numbered, below the red words; and the issuer as it was called when the document was signed."""
    attach(town, draft, "整改台账.pdf", "有关文件目录.pdf")
    paper = signed(town, draft)
    with clock.frozen(clock.now() + timedelta(days=100)):
        rename_unit(unit_id=paper.issuer_id, actor=system("tests"), name="新省厅", short_name="新省厅")
        client.force_login(town.person("省厅"))
        page = client.get(reverse("paper", args=[paper.pk])).content.decode()
    said = page[page.index('<article class="bh-doc bh-doc--flow"') :].partition("</article>")[0]
    assert "附件：1.整改台账</p>" in said
    assert ">2.有关文件目录</p>" in said
    assert '<div class="org">省厅</div>' in said
    assert "新省厅" not in said
