"""Word's automatic numbers as Word prints them, from definitions written by hand."""

import pytest

from bihuan.reading.numbering import format_number
from tests.reading.office import OFFICIAL, abstract, docx, level, num, p, paragraph_style, start_at, table
from tests.reading.shown import reading_of


def lines(*body, **parts):
    """The lines of the source text, numbers included."""
    return reading_of(docx(*body, **parts), "编号.docx").source.split("\n")[:-1]


@pytest.mark.parametrize(
    ("form", "numbers"),
    [
        ("decimal", {1: "1", 12: "12"}),
        ("decimalZero", {3: "03", 12: "12"}),
        (
            "chineseCounting",
            {1: "一", 10: "十", 12: "十二", 20: "二十", 21: "二十一", 99: "九十九", 105: "一百零五"},
        ),
        ("chineseCountingThousand", {110: "一百一十", 1001: "一千零一"}),
        ("chineseLegalSimplified", {3: "叁", 12: "拾贰"}),
        ("ideographDigital", {10: "一〇", 21: "二一"}),
        ("ideographTraditional", {1: "甲", 10: "癸"}),
        ("decimalEnclosedCircle", {1: "①", 20: "⑳", 21: "㉑"}),
        ("decimalEnclosedCircleChinese", {3: "③"}),
        ("decimalEnclosedParen", {2: "⑵"}),
        ("upperRoman", {4: "IV", 9: "IX", 14: "XIV", 40: "XL"}),
        ("lowerRoman", {4: "iv"}),
        ("upperLetter", {1: "A", 26: "Z", 27: "AA"}),
        ("lowerLetter", {2: "b"}),
        ("somethingNew", {7: "7"}),
    ],
)
def test_number_formats(form, numbers):
    assert {number: format_number(number, form) for number in numbers} == numbers


def test_levels_of_an_official_document():
    assert lines(
        p("总体要求", num=1, level=0),
        p("指导思想", num=1, level=1),
        p("基本原则", num=1, level=1),
        p("其一", num=1, level=2),
        p("其二", num=1, level=2),
        p("细分", num=1, level=3),
        p("主要任务", num=1, level=0),
        p("排查", num=1, level=1),
        p("甲", num=1, level=2),
        numbering=OFFICIAL,
    ) == [
        "一、总体要求",
        "（一）指导思想",
        "（二）基本原则",
        "1.其一",
        "2.其二",
        "（1）细分",
        "二、主要任务",
        "（一）排查",
        "1.甲",
    ]


def test_a_level_that_is_never_restarted_runs_on():
    numbering = abstract(
        0,
        level(0, "chineseCounting", "%1、"),
        level(1, "chineseCounting", "（%2）", inside='<w:lvlRestart w:val="0"/>'),
    ) + num(1, 0)
    assert lines(
        p("甲", num=1, level=0),
        p("子", num=1, level=1),
        p("乙", num=1, level=0),
        p("丑", num=1, level=1),
        numbering=numbering,
    ) == [
        "一、甲",
        "（一）子",
        "二、乙",
        "（二）丑",
    ]


def test_a_level_may_restart_only_after_a_certain_level():
    numbering = abstract(
        0,
        level(0, "decimal", "%1."),
        level(1, "decimal", "%2)"),
        level(2, "lowerLetter", "%3)", inside='<w:lvlRestart w:val="1"/>'),
    ) + num(1, 0)
    body = [p("x", num=1, level=depth) for depth in (0, 1, 2, 1, 2, 0, 1, 2)]
    assert lines(*body, numbering=numbering) == ["1.x", "1)x", "a)x", "2)x", "b)x", "2.x", "1)x", "a)x"]


def test_joined_and_legal_numbers():
    numbering = abstract(
        0,
        level(0, "upperRoman", "%1."),
        level(1, "decimal", "%1.%2", inside="<w:isLgl/>"),
        level(2, "decimal", "%1.%2.%3"),
    ) + num(1, 0)
    body = [
        p("甲", num=1, level=0),
        p("甲", num=1, level=0),
        p("乙", num=1, level=1),
        p("丙", num=1, level=2),
    ]
    assert lines(*body, numbering=numbering) == ["I.甲", "II.甲", "2.1 乙", "II.1.1 丙"]


def test_a_level_used_before_the_one_above_it_counts_that_as_begun():
    numbering = abstract(0, level(0, "decimal", "%1"), level(1, "decimal", "%1.%2")) + num(1, 0)
    assert lines(p("甲", num=1, level=1), p("乙", num=1, level=0), numbering=numbering) == ["1.1 甲", "1 乙"]


def test_lists_of_one_definition_count_together_until_one_starts_anew():
    numbering = (
        abstract(0, level(0, "decimal", "%1."))
        + num(1, 0)
        + num(2, 0)
        + num(3, 0, start_at(0, 1))
        + num(4, 0, start_at(0, 5))
    )
    assert lines(
        p("甲", num=1, level=0),
        p("乙", num=2, level=0),
        p("丙", num=3, level=0),
        p("丁", num=3, level=0),
        p("戊", num=4, level=0),
        numbering=numbering,
    ) == ["1.甲", "2.乙", "1.丙", "2.丁", "5.戊"]


def test_an_override_may_replace_the_level_itself():
    override = f'<w:lvlOverride w:ilvl="0">{level(0, "chineseCounting", "第%1条", start=3)}</w:lvlOverride>'
    numbering = abstract(0, level(0, "decimal", "%1.")) + num(1, 0, override)
    assert lines(p("甲", num=1, level=0), p("乙", num=1, level=0), numbering=numbering) == [
        "第三条 甲",
        "第四条 乙",
    ]


def test_numbers_come_from_styles_and_their_ancestors():
    styles = (
        paragraph_style("Base", num=1, level=0)
        + paragraph_style("Child", based_on="Base")
        + paragraph_style("Deeper", based_on="Base", level=1)
        + paragraph_style("Plain", based_on="Base", num=0)
    )
    assert lines(
        p("甲", style="Base"),
        p("乙", style="Child"),
        p("丙", style="Deeper"),
        p("丁", style="Plain"),
        p("戊", style="Base", num=0),
        p("己", style="Child", level=1),
        styles=styles,
        numbering=OFFICIAL,
    ) == ["一、甲", "二、乙", "（一）丙", "丁", "戊", "（二）己"]


def test_a_heading_style_finds_its_level_through_the_definition():
    numbering = abstract(
        0,
        level(0, "chineseCounting", "%1、", inside='<w:pStyle w:val="H1"/>'),
        level(1, "decimal", "%2.", inside='<w:pStyle w:val="H2"/>'),
    ) + num(1, 0)
    styles = paragraph_style("H1", num=1) + paragraph_style("H2", num=1)
    assert lines(
        p("甲", style="H1"), p("乙", style="H2"), p("丙", style="H2"), styles=styles, numbering=numbering
    ) == ["一、甲", "1.乙", "2.丙"]


def test_a_definition_may_be_borrowed_from_a_list_style():
    numbering = (
        abstract(0, level(0, "chineseCounting", "%1、"), inside='<w:styleLink w:val="L"/>')
        + abstract(1, inside='<w:numStyleLink w:val="L"/>')
        + num(1, 0)
        + num(2, 1)
    )
    styles = paragraph_style("L", num=1).replace('"paragraph"', '"numbering"')
    assert lines(p("甲", num=2, level=0), styles=styles, numbering=numbering) == ["一、甲"]


def test_empty_paragraphs_count_and_bullets_do_not_show():
    numbering = OFFICIAL + abstract(7, level(0, "bullet", "●")) + num(2, 7)
    body = [p("甲", num=1, level=0), p("", num=1, level=0), p("乙", num=1, level=0), p("点", num=2, level=0)]
    assert [line for line in lines(*body, numbering=numbering) if line] == ["一、甲", "三、乙", "点"]


def test_a_deleted_paragraph_does_not_count():
    gone = p(num=1, level=0, inside="<w:del><w:r><w:delText>删</w:delText></w:r></w:del>")
    gone = gone.replace("</w:pPr>", "<w:rPr><w:del/></w:rPr></w:pPr>")
    assert lines(p("甲", num=1, level=0), gone, p("乙", num=1, level=0), numbering=OFFICIAL) == [
        "一、甲",
        "二、乙",
    ]


def test_numbers_inside_table_cells_are_counted_in_reading_order():
    numbering = abstract(0, level(0, "decimal", "%1")) + num(1, 0)
    number = p(num=1, level=0)
    assert lines(
        table(["序号", "任务", "责任单位"], [number, "甲", "教务处"], [number, "乙", "学生处"]),
        numbering=numbering,
    )[1:3] == [
        "1\t甲\t教务处",
        "2\t乙\t学生处",
    ]


@pytest.mark.parametrize(
    "numbering",
    [
        "",
        num(1, 99),
        abstract(0) + num(1, 0),
        abstract(0, level(0, "decimal", "%1.").replace('w:val="1"', 'w:val="x"')) + num(1, 0),
        abstract(0, inside='<w:numStyleLink w:val="missing"/>') + num(1, 0),
        abstract(0, level(42, "decimal", "%1.")) + num(1, 0, '<w:lvlOverride w:ilvl="x"/>'),
    ],
)
def test_damaged_definitions_leave_the_text_standing(numbering):
    assert lines(p("甲", num=1, level=0), numbering=numbering)[-1].endswith("甲")


def test_styles_that_inherit_in_a_circle_end():
    styles = paragraph_style("A", based_on="B") + paragraph_style("B", based_on="A")
    assert lines(p("甲", style="A"), styles=styles, numbering=OFFICIAL) == ["甲"]


def test_what_the_author_sees_is_what_is_read():
    body = [
        p(
            "正文",
            inside="<w:ins><w:r><w:t>加</w:t></w:r></w:ins><w:del><w:r><w:delText>删</w:delText></w:r></w:del>",
        ),
        p("看得见", inside="<w:r><w:rPr><w:vanish/></w:rPr><w:t>看不见</w:t></w:r>"),
        "<w:sdt><w:sdtContent>" + p("控件里") + "</w:sdtContent></w:sdt>",
        p("链接", inside="<w:hyperlink><w:r><w:t>之中</w:t></w:r></w:hyperlink>"),
        p("上", inside="<w:r><w:br/><w:t>下</w:t></w:r>"),
        p("框", inside="<w:r><w:pict><w:txbxContent>" + p("框内") + "</w:txbxContent></w:pict></w:r>"),
        p("目录项", style="TOC1"),
    ]
    assert lines(*body, styles=paragraph_style("TOC1", name="toc 1")) == [
        "正文加",
        "看得见",
        "控件里",
        "链接之中",
        "上",
        "下",
        "框",
        "框内",
    ]
