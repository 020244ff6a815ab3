"""Expressions of responsibility and the roles they give."""

import pytest

from bihuan.reading.duties import mode_of
from bihuan.reading.pieces import Piece
from bihuan.reading.reasons import Reason
from bihuan.reading.responsibility import read_expression
from bihuan.reading.result import Found, Mode, Role

COLUMN = (Role.LEAD, Reason.LABEL_RESPONSIBLE)


def said(text, **how):
    mentions = read_expression(Piece(text, 0), Found.BRACKET, **how)
    for mention in mentions:
        assert text[mention.span.start : mention.span.end].replace("\n", "") == mention.name
    lead = [mention.name for mention in mentions if mention.role is Role.LEAD and not mention.generic]
    assisting = [
        mention.name for mention in mentions if mention.role is Role.ASSISTING and not mention.generic
    ]
    return lead, assisting, [mention.name for mention in mentions if mention.generic]


@pytest.mark.parametrize(
    ("text", "lead", "assisting", "generic"),
    [
        ("教务处负责", ["教务处"], [], []),
        ("教务处、学生处负责", ["教务处", "学生处"], [], []),
        ("教务处牵头，学生处、团委配合", ["教务处"], ["学生处", "团委"], []),
        ("教务处牵头，学生处参与", ["教务处"], ["学生处"], []),
        ("教务处、研究生院牵头，人事处协助", ["教务处", "研究生院"], ["人事处"], []),
        ("教育部会同有关部门负责", ["教育部"], [], ["有关部门"]),
        ("财政部会同教育部、科技部负责", ["财政部"], ["教育部", "科技部"], []),
        ("商务部指导，供销合作总社参与", [], ["商务部", "供销合作总社"], []),
        (
            "自然资源部牵头，住房城乡建设部等国务院相关部门及各地区按职责分工负责",
            ["自然资源部"],
            ["住房城乡建设部"],
            ["国务院相关部门", "各地区"],
        ),
        ("科技部、财政部，各省级人民政府按职责分工负责", ["科技部", "财政部"], [], ["各省级人民政府"]),
        ("财政部、民政部等有关部门和单位按职责分工负责", ["财政部", "民政部"], [], ["有关部门和单位"]),
        ("教务处、学生处，按职责分工负责", ["教务处", "学生处"], [], []),
        ("教务处负责课程改革，人事处负责师资建设", ["教务处", "人事处"], [], []),
        ("由教务处牵头负责，各学院具体落实", ["教务处"], [], ["各学院"]),
        ("牵头单位：教务处；配合单位：学生处、团委", ["教务处"], ["学生处", "团委"], []),
        ("责任单位：教务处、学生处", ["教务处", "学生处"], [], []),
        ("牵头：教务处，配合：学生处", ["教务处"], ["学生处"], []),
        ("牵头部门：基教处；责任部门：财务处、人事处", ["基教处"], ["财务处", "人事处"], []),
        ("教务处（牵头）、学生处、团委", ["教务处"], ["学生处", "团委"], []),
        ("组织部、督导室配合", [], ["组织部", "督导室"], []),
        ("体卫艺、基础教育处负责", ["体卫艺", "基础教育处"], [], []),
        ("教务处、学生处", ["教务处", "学生处"], [], []),
        ("各科室、各直属单位", [], [], ["各科室", "各直属单位"]),
        ("各地区、各部门负责", [], [], ["各地区", "各部门"]),
        (
            "生态环境部指导，试点城市政府负责落实。以下均需试点城市政府落实，不再列出",
            [],
            ["生态环境部"],
            ["试点城市政府"],
        ),
    ],
)
def test_roles(text, lead, assisting, generic):
    assert said(text) == (lead, assisting, generic)


@pytest.mark.parametrize(
    "text",
    [
        "含技工院校",
        "市、区、旗",
        "以下简称国考",
        "其中2人负责联络",
        "图书馆藏书丰富",
        "2026—2028年",
        "PPP",
        "由负责人签字",
        "转自国家卫健委官网",
        "单位",
        "有关部门",
    ],
)
def test_other_brackets_name_nobody(text):
    assert said(text) == ([], [], [])


@pytest.mark.parametrize(
    ("text", "lead", "assisting"),
    [
        ("人力资源社会保障部、财政部负责。列第一位者为牵头单位，下同", ["人力资源社会保障部"], ["财政部"]),
        ("市教育局，市财政局，排名第一位为牵头单位，下同", ["市教育局"], ["市财政局"]),
        ("教务处牵头，学生处、团委配合", ["教务处"], ["学生处", "团委"]),
        ("教务处负责", ["教务处"], []),
    ],
)
def test_the_first_unit_leads_where_the_document_says_so(text, lead, assisting):
    assert said(text, first_leads=True)[:2] == (lead, assisting)


@pytest.mark.parametrize(
    ("text", "lead", "assisting", "generic"),
    [
        ("县委宣传部\n县教育局\n县河长办", ["县委宣传部", "县教育局", "县河长办"], [], []),
        ("体卫艺", ["体卫艺"], [], []),
        ("两办", ["两办"], [], []),
        ("教务处牵头，学生处配合", ["教务处"], ["学生处"], []),
        ("牵头：教务处\n配合：学生处、各学院", ["教务处"], ["学生处"], ["各学院"]),
        ("党委组织部（党校）", ["党委组织部（党校）"], [], []),
        ("/", [], [], []),
        ("", [], [], []),
    ],
)
def test_in_a_column_every_short_text_is_a_name(text, lead, assisting, generic):
    assert said(text, default=COLUMN) == (lead, assisting, generic)


@pytest.mark.parametrize(
    ("text", "mode", "reason"),
    [
        ("教务处、学生处负责", Mode.EACH, Reason.SEVERAL_LEADS),
        ("教务处负责", Mode.EACH, Reason.ONE_LEAD),
        ("教务处牵头", Mode.EACH, Reason.ONE_LEAD),
        ("教务处牵头，学生处配合", Mode.JOINT, Reason.LEAD_IS_NAMED),
        ("教务处、学生处牵头", Mode.JOINT, Reason.LEAD_IS_NAMED),
        ("各市（州）教育局负责", Mode.EACH, Reason.SEVERAL_LEADS),
        ("学生处配合", None, None),
    ],
)
def test_several_leads_get_an_assignment_each_unless_one_is_named(text, mode, reason):
    assert mode_of(read_expression(Piece(text, 0), Found.BRACKET)) == (mode, reason)
