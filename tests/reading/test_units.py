"""Names of units, of groups, and lists of them."""

import pytest

from bihuan.reading.pieces import Piece
from bihuan.reading.units import is_generic, looks_like_unit, split_names


@pytest.mark.parametrize(
    "name",
    [
        "教育部",
        "文化和旅游部",
        "人力资源社会保障部",
        "国家发展改革委",
        "人民银行",
        "银保监会",
        "海关总署",
        "供销合作总社",
        "中央网信办",
        "国务院办公厅",
        "北京冬奥组委",
        "市教育局教师工作科",
        "党委教师工作部（人事处）",
        "学生工作部（处）",
        "现代教育技术中心",
        "马克思主义学院",
        "兰州市第一中学",
        "团省委",
        "市妇联",
        "纪委",
        "县河长办",
        "县水文站",
        "驻厅纪检监察组",
        "组织部",
        "应急管理局",
        "若羌县教育局",
        "如东县教育局",
    ],
)
def test_units_are_known_by_their_last_word(name):
    assert looks_like_unit(name)
    assert not is_generic(name)


@pytest.mark.parametrize(
    "words",
    [
        "干部",
        "全部",
        "格局",
        "到处",
        "网站",
        "督办",
        "推进教育部",
        "本科",
        "体系",
        "以人民为中心",
        "处",
        "住院",
        "此件公开发布",
        "张三",
        "食堂，图书馆",
    ],
)
def test_words_that_end_alike_are_no_units(words):
    assert not looks_like_unit(words)


@pytest.mark.parametrize(
    "name",
    [
        "有关部门",
        "各地区",
        "国务院相关部门",
        "各省级人民政府",
        "各市（州）教育局",
        "市州教育局",
        "县级教育行政部门",
        "省级主管部门（单位）",
        "各二级学院",
        "省属高校",
        "局属学校",
        "试点城市政府",
        "其他有关单位",
        "地方各级人民政府",
        "高等职业学校",
        "中小学校",
        "各县〈市、区〉教育局",
    ],
)
def test_groups_are_told_from_units(name):
    assert is_generic(name)


@pytest.mark.parametrize("name", ["市教育局", "市政府", "省地方金融监管局", "机构编制委员会办公室"])
def test_definite_names_with_words_of_groups_stay_units(name):
    assert looks_like_unit(name)
    assert not is_generic(name)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("教务处、学生处", ["教务处", "学生处"]),
        ("文化和旅游部、工业和信息化部", ["文化和旅游部", "工业和信息化部"]),
        ("财政部和教育部", ["财政部", "教育部"]),
        ("国务院相关部门及各地区", ["国务院相关部门", "各地区"]),
        ("有关部门和单位", ["有关部门和单位"]),
        ("教育部等有关部门", ["教育部", "有关部门"]),
        ("高等教育处、中等职业学校", ["高等教育处", "中等职业学校"]),
        ("县委宣传部\n县教育局\n县河长办", ["县委宣传部", "县教育局", "县河长办"]),
        ("县委宣\n传部\n县教育局", ["县委宣\n传部", "县教育局"]),
        ("德育科  基教科　市教科院", ["德育科", "基教科", "市教科院"]),
        ("党委办公室（校长办公室、督查室）、人事处", ["党委办公室（校长办公室、督查室）", "人事处"]),
        ("教务处/学生处", ["教务处", "学生处"]),
    ],
)
def test_lists_are_taken_apart_without_breaking_names(text, names):
    source = "前文" + text
    pieces = split_names(Piece(text, 2))
    assert [piece.text for piece in pieces] == names
    assert all(source[piece.start : piece.end] == piece.text for piece in pieces)
