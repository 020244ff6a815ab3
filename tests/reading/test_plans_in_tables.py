"""Task lists as workbooks, comma-separated files and tables in Word."""

from datetime import date

from tests.reading.office import OFFICIAL, abstract, docx, level, num, p, table, xlsx
from tests.reading.shown import expected, reading_of, shown


def test_a_workbook_with_title_two_header_rows_sections_and_merged_tasks():
    reading = reading_of(
        xlsx(
            [
                ["XX市教育局2026年重点工作任务清单"],
                ["填报单位：XX市教育局        填报日期：2026年3月1日"],
                ["序号", "重点任务", "具体举措", "责任分工", None, None, "完成时限", "备注"],
                [None, None, None, "牵头科室", "责任科室", "配合单位"],
                ["一、加强党的建设"],
                [
                    1,
                    "落实“第一议题”制度",
                    "制定学习计划",
                    "机关党委",
                    "人事科\n基教科",
                    None,
                    "2026年3月底前",
                ],
                [None, None, "开展专题研讨4次", "办公室", None, None, "每季度"],
                [2, "师德师风建设", "开展警示教育", "人事科", None, "各县区教育局、局属学校", 46174],
                ["二、深化改革"],
                [
                    3,
                    "推进“双减”",
                    "1.压减作业总量。\n2.10月底前完成检查。",
                    "基教科、职成科",
                    None,
                    None,
                    "长期坚持",
                ],
                ["注：牵头科室负责统筹。"],
            ],
            merged=[
                "A1:H1",
                "A2:H2",
                "A3:A4",
                "B3:B4",
                "C3:C4",
                "D3:F3",
                "G3:G4",
                "H3:H4",
                "A5:H5",
                "A6:A7",
                "B6:B7",
                "A9:H9",
                "A11:H11",
            ],
            formats={(7, 6): 'yyyy"年"m"月"'},
        ),
        "任务清单.xlsx",
    )
    assert shown(reading) == expected("""
        1.1.1 制定学习计划 | 牵头：机关党委 | 配合：人事科、基教科 | 时限：2026-03-31
        1.1.2 开展专题研讨4次 | 各办：办公室 | 时限：每季度
        1.2 师德师风建设 | 牵头：人事科 | 统称：各县区教育局、局属学校 | 时限：2026-06-30
        2.3 推进“双减” | 牵头：基教科、职成科 | 时限：长期坚持
    """)
    assert reading.heading.title == "XX市教育局2026年重点工作任务清单"
    assert reading.leaves[2].cell.row == 8
    assert [passage.reason for passage in reading.unread] == ["outside_list"]


def test_a_workbook_with_categories_and_a_rule_in_the_header():
    reading = reading_of(
        xlsx(
            [
                [
                    "类别",
                    "序号",
                    "工作任务",
                    "责任单位（列第一位的为牵头单位）",
                    "完成时间",
                    "考核指标",
                    "责任人",
                ],
                ["师资队伍", 1, "引进博士20名", "人事处、各学院", "2026-09-30", "20名", "张三"],
                [None, 2, "建设教学团队", "教务处 教师发展中心 各学院", "2026年11月", "5个", "李四"],
                ["科学研究", 3, "申报国家级项目", "科研处（牵头）、各学院", "2026.3", "10项", "王五"],
                ["科学研究", 4, "建设平台", "科研处", "2026年6月30日", "1个", "王五"],
            ],
            ["这一页不显示"],
            merged=["A2:A3"],
            hidden=[1],
        ),
        "清单.xlsx",
    )
    assert shown(reading) == expected(
        """
        1 引进博士20名 | 牵头：人事处 | 统称：各学院 | 时限：2026-09-30
        2 建设教学团队 | 牵头：教务处 | 配合：教师发展中心 | 统称：各学院 | 时限：2026-11-30
        3 申报国家级项目 | 牵头：科研处 | 统称：各学院 | 时限：2026-03-31
        4 建设平台 | 各办：科研处 | 时限：2026-06-30
    """
    )
    assert [node.title for node in reading.nodes] == ["师资队伍", "科学研究"]
    assert [(field.label, field.text) for field in reading.leaves[0].fields] == [
        ("考核指标", "20名"),
        ("责任人", "张三"),
    ]
    assert reading.hidden_sheets == ("Sheet2",)


def test_tasks_merged_over_numbered_measures_are_their_headings():
    reading = reading_of(
        xlsx(
            [
                ["专项行动任务分工表"],
                ["重点任务", "序号", "主要措施", "牵头单位", "配合单位", "时间节点"],
                ["一、开展自查自纠", 1, "动员部署", "市教育局", "市财政局", "3月底"],
                [None, 2, "全面摸排", "各县区教育局", None, "4月底前"],
                ["二、集中整治", 3, "联合检查", "市市场监管局", "市教育局", "9月底前"],
                [None, 4, "总结评估", "市教育局", None, "11月"],
            ],
            merged=["A1:F1", "A3:A4", "A5:A6"],
        ),
        "2025年行动.xlsx",
    )
    assert shown(reading) == expected("""
        1.1 动员部署 | 牵头：市教育局 | 配合：市财政局 | 时限：2025-03-31
        1.2 全面摸排 | 统称：各县区教育局 | 时限：2025-04-30
        2.3 联合检查 | 牵头：市市场监管局 | 配合：市教育局 | 时限：2025-09-30
        2.4 总结评估 | 各办：市教育局 | 时限：2025-11-30
    """)
    assert reading.heading.year_source == "file_name"


def test_a_rectification_register_without_numbers():
    reading = reading_of(
        xlsx(
            [
                ["问题清单", "整改措施", "整改责任单位", "整改时限", "整改进展"],
                ["食堂管理不规范", "修订制度", "后勤处", "立行立改", "已完成"],
                [None, "开展培训", "后勤处、学工部", "2025年12月31日", "进行中"],
                ["师德考核不严", "完善考核办法", "人事处", "2026年1月底", "正在推进"],
            ],
            merged=["A2:A3"],
        ),
        "整改台账.xlsx",
    )
    assert shown(reading) == expected("""
        1.1 修订制度 | 各办：后勤处 | 时限：立行立改
        1.2 开展培训 | 各办：后勤处、学工部 | 时限：2025-12-31
        2 师德考核不严 | 各办：人事处 | 时限：2026-01-31
    """)


def test_a_comma_separated_list_whose_merged_cells_became_blanks():
    reading = reading_of(
        '某县2026年工作任务清单\n序号,任务,措施,责任单位,时限\n一、,强化管理,,,\n1,建台账,逐项登记,"办公室\n督查科",6月底前\n'
        ",,逐月更新,督查科,每月\n2,抓落实,下发清单,办公室,7月15日\n合计,,,,\n",
        "清单.csv",
    )
    assert shown(reading) == expected("""
        1.1.1 逐项登记 | 各办：办公室、督查科 | 时限：2026-06-30
        1.1.2 逐月更新 | 各办：督查科 | 时限：每月
        1.2 抓落实 | 各办：办公室 | 时限：2026-07-15
    """)


def test_a_word_document_with_automatic_numbers_and_an_annexed_list():
    reading = reading_of(
        docx(
            p("XX省教育厅文件"),
            p("X教发〔2026〕9号"),
            p("关于印发《行动方案》的通知"),
            p("各市州教育局："),
            p("现印发给你们。"),
            p("XX省教育厅"),
            p("2026年2月3日"),
            p("行动方案"),
            p("总体要求", num=1, level=0),
            p("到2027年，取得成效。"),
            p("重点任务", num=1, level=0),
            p("开展排查。2026年4月底前完成。（基教处牵头，财务处配合）", num=1, level=1),
            p("建立台账。", num=1, level=1),
            p("2025年问题分类建账", num=1, level=2),
            p("逐项销号，12月底前完成", num=1, level=2),
            p("附件1"),
            p("任务清单"),
            table(
                ["序号", "任务", "责任单位", "时限"],
                [p(num=2, level=0), "甲任务", "基教处", "2026年6月"],
                [p(num=2, level=0), "乙任务", "人事处\n财务处", "长期"],
                ["4>合计"],
            ),
            numbering=OFFICIAL + abstract(5, level(0, "decimal", "%1")) + num(2, 5),
        ),
        "方案.docx",
    )
    assert shown(reading) == expected("""
        1 总体要求
        2.1 开展排查 | 牵头：基教处 | 配合：财务处 | 时限：2026-04-30
        2.2.1 2025年问题分类建账
        2.2.2 逐项销号 | 时限：2026-12-31
        1 甲任务 | 各办：基教处 | 时限：2026-06-30
        2 乙任务 | 各办：人事处、财务处 | 时限：长期
    """)
    assert [node.part for node in reading.nodes] == [2, 2, 3, 3]
    assert reading.nodes[0].reason == "automatic_number"
    assert (reading.heading.number, reading.heading.issued_on) == ("X教发〔2026〕9号", date(2026, 2, 3))


def test_a_word_table_with_merged_numbers_and_captions():
    reading = reading_of(
        docx(
            p("2026年工作方案"),
            table(
                ["序号", "2>责任", "时限"],
                ["^", "措施", "责任单位", "^"],
                ["1", "做甲", "教务处", "6月底前"],
                ["^", "做乙", "学生处", "9月底前"],
            ),
            table(["2", "做丙", "人事处", "10月底前"]),
        ),
        "方案.docx",
    )
    assert shown(reading) == expected("""
        1.1 做甲 | 各办：教务处 | 时限：2026-06-30
        1.2 做乙 | 各办：学生处 | 时限：2026-09-30
        2 做丙 | 各办：人事处 | 时限：2026-10-31
    """)


def test_a_table_under_an_item_and_a_table_that_is_no_list():
    reading = reading_of(
        docx(
            p("方案"),
            p("一、基本情况"),
            table(["年份", "人数"], ["2024", "300"]),
            p("二、重点任务"),
            table(["任务", "责任单位"], ["做甲", "教务处"], ["做乙", "学生处"]),
        ),
        "方案.docx",
    )
    assert shown(reading) == ["1 基本情况", "2.1 做甲 | 各办：教务处", "2.2 做乙 | 各办：学生处"]
    assert [passage.reason for passage in reading.unread] == ["foreign_table"]


def test_rows_copied_into_plain_text_with_their_tabs():
    reading = reading_of("工作分工\n序号\t任务\t责任单位\n1\t做甲\t教务处\n2\t做乙\t学生处、团委\n")
    assert shown(reading) == ["1 做甲 | 各办：教务处", "2 做乙 | 各办：学生处、团委"]


def test_a_column_for_departments_and_persons_names_only_the_departments():
    rows = [["序号", "整改任务", "责任部门及责任人", "责任领导"], [1, "做甲", "教务处 张三", "王五"]]
    assert shown(reading_of(xlsx(rows), "台账.xlsx")) == ["1 做甲 | 各办：教务处"]


def test_rows_do_not_inherit_from_the_item_that_the_table_happens_to_follow():
    rows = table(["任务", "责任单位", "时限"], ["做乙", "", "6月底前"], ["做丙", "学生处", ""])
    reading = reading_of(docx(p("2026年方案"), p("一、做甲（教务处负责，2026年5月底前）"), rows), "方案.docx")
    assert shown(reading) == ["1.1 做乙 | 时限：2026-06-30", "1.2 做丙 | 各办：学生处"]


def test_an_annex_mark_above_the_title_and_a_section_above_the_header():
    rows = [["附件1"], ["工作清单"], ["一、党建"], ["序号", "任务", "责任单位"], [1, "做甲", "教务处"]]
    rows += [["二、业务"], ["序号", "任务", "责任单位"], [1, "做乙", "学生处"]]
    reading = reading_of(xlsx(rows), "清单.xlsx")
    assert shown(reading) == ["1.1 做甲 | 各办：教务处", "2.1 做乙 | 各办：学生处"]
    assert reading.heading.title == "工作清单"


def test_as_above_stands_for_the_cell_above():
    document = docx(
        p("2026年重点任务分解表"),
        table(
            ["序号", "主要任务", "具体措施", "责任部门", "完成时限"],
            ["1", "改进作风", "压减会议", "党政办", "2026年底前"],
            ["^", "^", "清理工作群", "同上", "同上"],
            ["2", "改进服务", "公开电话", "〃", "长期"],
        ),
    )
    assert shown(reading_of(document, "表.docx")) == expected("""
        1.1 压减会议 | 各办：党政办 | 时限：2026-12-31
        1.2 清理工作群 | 各办：党政办 | 时限：2026-12-31
        2 改进服务 | 各办：党政办 | 时限：长期
    """)
