"""Turns of phrase of responsibility brackets, labels and broken lines that other tests do not have; all invented."""

import pytest

from tests.reading.shown import reading_of, shown


def said(duties: str) -> str:
    """What the one item of a plan is read to say about who and until when."""
    [line] = shown(reading_of(f"2026年工作方案\n一、某项工作要做好。{duties}\n"))
    return line.removeprefix("1 某项工作要做好").removeprefix(" | ")


@pytest.mark.parametrize(
    ("duties", "meant"),
    [
        (
            "（学生处、各高校；8月底、12月底前分别报送进展）",
            "各办：学生处 | 统称：各高校 | 时限：2026-12-31",
        ),
        ("（财务处；按序时进度，11月底前化解率达到90%）", "各办：财务处 | 时限：2026-11-30"),
        ("（信访办、教研室；2个月内）", "各办：信访办、教研室 | 时限：2个月内"),
        ("（教务处，30个工作日内）", "各办：教务处 | 时限：30个工作日内"),
        (
            "（牵头部门：市教育局，责任部门：市财政局，2026年底前取得阶段性成效，2027年底前全面完成）",
            "牵头：市教育局 | 配合：市财政局 | 时限：2027-12-31",
        ),
        (
            "（由市教育局牵头，市财政局、市人社局等单位参加，分阶段推进）",
            "牵头：市教育局 | 配合：市财政局、市人社局",
        ),
        ("（办公室牵头、人事处落实，立即启动、持续推进）", "牵头：办公室 | 配合：人事处 | 时限：持续推进"),
        (
            "（教务处牵头、学生处配合、团委协助，9月底前完成）",
            "牵头：教务处 | 配合：学生处、团委 | 时限：2026-09-30",
        ),
        ("（教务处、学生处牵头、协调推进）", "牵头：教务处、学生处"),
        ("（教务处牵头，体卫艺配合）", "牵头：教务处 | 配合：体卫艺"),
        ("（教务处牵头，加强配合）", "各办：教务处"),
        ("〔责任单位：教务处；时限：2026年第四季度〕", "各办：教务处 | 时限：2026-12-31"),
        (
            "（责任领导：李明；责任科室：基教科、职成科；2026年5月底前）",
            "各办：基教科、职成科 | 时限：2026-05-31",
        ),
        ("责任单位：教务处，长期坚持", "各办：教务处 | 时限：长期坚持"),
        ("责任单位：2026年招生工作专班、持续教育学院", "各办：2026年招生工作专班、持续教育学院"),
    ],
)
def test_a_limit_is_never_a_unit_and_a_clause_of_its_own_hides_none(duties, meant):
    assert said(duties) == meant


def test_the_same_as_above_is_what_the_last_item_said():
    table = """序号,工作任务,责任领导,牵头单位,配合单位,完成时限
1,甲项工作,王强,教务处,学生处、团委,2026年6月底前
2,乙项工作,同上,同上,同上,同上
3,丙项工作,李明,人事处,同上,〃
"""
    reading = reading_of(table, "清单.csv")
    assert shown(reading) == [
        "1 甲项工作 | 牵头：教务处 | 配合：学生处、团委 | 时限：2026-06-30",
        "2 乙项工作 | 牵头：教务处 | 配合：学生处、团委 | 时限：2026-06-30",
        "3 丙项工作 | 牵头：人事处 | 配合：学生处、团委 | 时限：2026-06-30",
    ]
    leaders = [
        next(field.text for field in leaf.fields if field.label == "责任领导") for leaf in reading.leaves
    ]
    assert leaders == ["王强", "王强", "李明"]


@pytest.mark.parametrize("cell", ["教务处 王强", "教务处、王强", '"教务处\n王强"', "教务处（王强）"])
def test_a_person_beside_the_unit_is_kept_and_is_no_unit(cell):
    reading = reading_of(f"序号,工作任务,责任单位及责任人,完成时限\n1,甲项工作,{cell},6月底\n", "清单.csv")
    (leaf,) = reading.leaves
    assert ([unit.name for unit in leaf.units], [(one.label, one.text) for one in leaf.fields]) == (
        ["教务处"],
        [("责任人", "王强")],
    )


def limits_of(lines: list[str]) -> list[str]:
    return [line.rpartition("时限：")[2] if "时限：" in line else "" for line in lines]


@pytest.mark.parametrize(
    ("cells", "meant"),
    [
        (["6月底前（下同）", "", "9月底前", ""], ["2026-06-30", "2026-06-30", "2026-09-30", ""]),
        (["6月底前，下同", "", "", "长期坚持"], ["2026-06-30", "2026-06-30", "2026-06-30", "长期坚持"]),
        (["6月底前", "下同", "", "同上"], ["2026-06-30", "2026-06-30", "", "2026-06-30"]),
        (["下同", "6月底前", "", ""], ["下同", "2026-06-30", "", ""]),
    ],
)
def test_a_limit_that_holds_below_is_copied_to_the_silent_rows(cells, meant):
    rows = [f"{n},第{n}项工作,教务处,{cell}" for n, cell in enumerate(cells, 1)]
    table = "2026年工作清单,,,\n序号,工作任务,责任单位,完成时限\n" + "\n".join(rows)
    assert limits_of(shown(reading_of(table, "清单.csv"))) == meant


def test_a_limit_that_holds_below_ends_with_its_list_and_leaves_the_units_alone():
    reading = reading_of("""2026年工作方案
一、排查
（一）全面排查食堂。（责任单位：后勤处；完成时限：4月底前，下同）
（二）全面排查宿舍。（责任单位：学生处）
二、整治
（一）整治突出问题。（责任单位：保卫处）
""")
    assert shown(reading) == [
        "1.1 全面排查食堂 | 各办：后勤处 | 时限：2026-04-30",
        "1.2 全面排查宿舍 | 各办：学生处 | 时限：2026-04-30",
        "2.1 整治突出问题 | 各办：保卫处",
    ]


def test_the_same_as_above_may_stand_under_another_heading():
    reading = reading_of("""2026年工作方案
一、排查
（一）全面排查食堂。（责任单位：后勤处；完成时限：2026年4月底前）
二、整治
（一）整治突出问题。（责任单位：同上；完成时限：2026年6月底前）
""")
    assert shown(reading)[1] == "2.1 整治突出问题 | 各办：后勤处 | 时限：2026-06-30"


def test_a_label_in_front_of_the_number_is_no_title():
    reading = reading_of("""关于进一步规范招生入学工作的整改任务交办单

编号：督〔2026〕31号

一、退还报名材料。（责任单位：平川县教育局）
""")
    assert (reading.heading.title, reading.heading.number) == (
        "关于进一步规范招生入学工作的整改任务交办单",
        "督〔2026〕31号",
    )


PARAGRAPHS = """全市“双减”巩固提升行动实施方案
一、强化学校主阵地
　　（一）提升课堂教学质量。深化教学改革，推广大单元教学，定期开展课堂教学展示活动，遴选市级优秀课例300节。（牵头单位：市教育局基础教育科；责任单位：市教科院；完成时限：2026年12月底前）
　　（二）报送自查情况。对落实较好的要认真总结，对进展缓慢的要逐一查明原因，提出改进办法，于6月20日18：00前报送市教育局。（责任单位：市教育局基础教育科）
二、规范校外培训
　　（三）严查隐形变异培训。建立部门联合执法机制，寒暑假和法定节假日期间每周至少开展一次巡查。（市教育局牵头，市公安局、市市场监管局、市住房和城乡建设局配合，长期坚持）
　　（四）预收费全额监管。全面使用全国校外教育培训监管与服务综合平台缴费，2027年3月底前实现非学科类机构全覆盖。（市教育局、市金融办、人民银行沙河市分行按职责分工负责）
各有关部门制定的实施办法，于2026年9月30日前报送市政府办公室，由市政府办公室汇总后报市政府审定。"""


def broken(width: int, *, columns: bool) -> str:
    """The paragraphs with lines broken at so many characters, or at so many columns (two for a Chinese one)."""
    lines = []
    for paragraph in PARAGRAPHS.split("\n"):
        line = ""
        for char in paragraph:
            taken = sum(2 if ord(one) > 0x2000 or not columns else 1 for one in line)
            if taken >= 2 * width - 1:
                lines.append(line)
                line = ""
            line += char
        lines.append(line)
    return "\n".join(lines)


@pytest.mark.parametrize("columns", [False, True], ids=["characters", "columns"])
@pytest.mark.parametrize("width", range(29, 40))
def test_lines_broken_at_any_width_say_what_the_paragraphs_say(width, columns):
    whole = shown(reading_of(PARAGRAPHS))
    assert whole[-1] == "2.4 预收费全额监管 | 各办：市教育局、市金融办、人民银行沙河市分行 | 时限：2027-03-31"
    assert shown(reading_of(broken(width, columns=columns))) == whole


@pytest.mark.parametrize(
    ("duties", "meant"),
    [
        (
            "\n部门分工：县教育局牵头，县财政局、各乡镇配合。",
            "牵头：县教育局 | 配合：县财政局 | 统称：各乡镇",
        ),
        ("\n责任分工：县教育局、县财政局", "各办：县教育局、县财政局"),
        ("\n职责分工：按照各自职责抓好落实。", ""),
        (
            "\n责任单位：市财政局、市税务局（除标注“分别牵头”外，列第一位为牵头或汇总单位，下同）",
            "牵头：市财政局 | 配合：市税务局",
        ),
        ("（牵头单位：县工信局，配合单位：县工商联、县商务局）", "牵头：县工信局 | 配合：县工商联、县商务局"),
        ("（县教育局商县财政局办理）", "牵头：县教育局 | 配合：县财政局"),
        ("（人民银行白河县支行牵头，白河海关配合）", "牵头：人民银行白河县支行 | 配合：白河海关"),
        (
            "\n牵头负责领导：王强。\n牵头责任单位：县教育局。\n协同责任单位：县财政局等。",
            "牵头：县教育局 | 配合：县财政局",
        ),
    ],
)
def test_a_division_of_duties_says_itself_who_leads(duties, meant):
    assert said(duties) == meant


def test_small_forms_of_punctuation_count_like_the_usual_ones():
    reading = reading_of(
        "2026年工作方案\n一、总体目标\n1﹒新建学校﹙教育局牵头﹐财政局配合﹚\n2﹒改造校舍﹙教育局牵头﹚\n"
    )
    assert shown(reading) == [
        "1.1 新建学校 | 牵头：教育局 | 配合：财政局",
        "1.2 改造校舍 | 各办：教育局",
    ]


@pytest.mark.parametrize("day", ["4月20日（星期五）前", "4月20日(周五)前"])
def test_the_day_of_the_week_may_stand_within_a_limit(day):
    assert said(f"各牵头单位于{day}上报。").endswith("时限：2026-04-20")


def test_what_a_site_prints_below_a_document_says_nothing_about_duties():
    reading = reading_of("""2026年工作方案
一、工作要求
1.加强领导
2.严格考核
主办单位：白河县人民政府办公室 版权所有：白河县人民政府
甘公网安备 62000000000001号
""")
    assert shown(reading) == ["1.1 加强领导", "1.2 严格考核"]
