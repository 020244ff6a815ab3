"""The assignment on paper: the page and the docx say the same, and hostile words stay words."""

from io import BytesIO

from django.urls import reverse
from docx import Document

from bihuan.documents.form_docx import Form, Table, render
from bihuan.org.roles import Role
from bihuan.supervision.actions.handling import report_progress
from tests.supervision import scenes

HOSTILE = '<script>alert(1)</script> & "引号"'


def said_in(content: bytes) -> str:
    document = Document(BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_the_docx_tells_the_whole_story_and_so_does_the_page(client, town):
    one = scenes.written_off(town, title=HOSTILE)
    client.force_login(town.person("东市局", Role.HANDLER))
    answer = client.get(reverse("assignment-docx", args=[one.pk]))
    assert answer.headers["Content-Type"].endswith("wordprocessingml.document")
    said = said_in(answer.content)
    page = client.get(reverse("assignment-print", args=[one.pk])).content.decode()
    for words in ("全部核查完毕", "交办时定为", "销号", "东市局"):
        assert words in said
        assert words in page
    assert HOSTILE in said
    assert "<script>alert" not in page


def test_a_report_is_told_with_its_problems_and_characters_that_xml_cannot_hold(client, town):
    one = scenes.working(town)
    actor = town.actor("东市局", Role.HANDLER)
    report_progress(
        assignment_id=one.pk, actor=actor, text="已查\x0b三县", problems="缺人", next_steps="增派"
    )
    client.force_login(town.person("省厅"))
    said = said_in(client.get(reverse("assignment-docx", args=[one.pk])).content)
    for words in ("已查", "三县", "存在问题：缺人", "下步打算：增派"):
        assert words in said


def test_a_form_without_anything_is_a_document_still():
    empty = Form("表", [], [Table("空", ("甲", "乙"), [], (1, 1))])
    assert "空" in said_in(render(empty))
