"""Plans as education departments and colleges write them, in running text."""

from datetime import date

from tests.reading.shown import expected, reading_of, shown


def test_a_notice_and_the_action_plan_it_issues():
    reading = reading_of("""甘肃省教育厅文件
甘教督办〔2026〕37号

甘肃省教育厅关于印发《全省教育系统
“校园餐”专项整治行动方案》的通知

各市（州）教育局，省属各高等学校，厅机关各处室、直属各单位：
现将《全省教育系统“校园餐”专项整治行动方案》印发给你们，请结合实际抓好落实。

附件：1.重点任务清单
      2.联络员名单

甘肃省教育厅
2026年3月5日

（此件公开发布）

全省教育系统“校园餐”专项整治行动方案
为切实维护学生权益，制定本方案。
一、总体要求
坚持以人民为中心，到2027年，校园餐管理水平明显提升。
二、重点任务
（一）全面开展自查自纠。2026年4月15日前报告。（体卫艺处牵头，基础教育一处、财务处、督导室配合）
（二）强化资金监管。严禁挤占挪用。（责任单位：财务处、审计处；完成时限：2026年5月底前）
（三）规范食材采购。推行集中采购，三季度末前建立台账。（各市（州）教育局、省属高校按职责分工负责）
（四）畅通监督渠道。设立举报电话。（厅办公室、机关纪委负责，长期坚持）
三、组织领导
（一）成立领导小组。
组  长：王建国  省委教育工委书记、省教育厅厅长
副组长：李晓明  省教育厅副厅长
        赵  芳  省教育厅总督学
成  员：体卫艺处、财务处、督导室、机关纪委主要负责同志
领导小组办公室设在体卫艺处。
（二）加强督促检查。每月5日前各市（州）教育局报送工作进展。
""")
    assert shown(reading) == expected("""
        1 总体要求
        2.1 全面开展自查自纠 | 牵头：体卫艺处 | 配合：基础教育一处、财务处、督导室 | 时限：2026-04-15
        2.2 强化资金监管 | 各办：财务处、审计处 | 时限：2026-05-31
        2.3 规范食材采购 | 统称：各市（州）教育局、省属高校 | 时限：2026-09-30
        2.4 畅通监督渠道 | 各办：厅办公室、机关纪委 | 时限：长期坚持
        3.1 成立领导小组
        3.2 加强督促检查 | 时限：每月5日前
    """)
    heading = reading.heading
    assert heading.title == "甘肃省教育厅关于印发《全省教育系统“校园餐”专项整治行动方案》的通知"
    assert (heading.number, heading.issued_on) == ("甘教督办〔2026〕37号", date(2026, 3, 5))
    assert heading.issuers == ("甘肃省教育厅",)
    assert heading.annexes == ("重点任务清单", "联络员名单")
    assert [(member.seat, member.name, member.post) for member in heading.group] == [
        ("组长", "王建国", "省委教育工委书记、省教育厅厅长"),
        ("副组长", "李晓明", "省教育厅副厅长"),
        ("副组长", "赵芳", "省教育厅总督学"),
        ("成员", "", "体卫艺处、财务处、督导室、机关纪委主要负责同志"),
    ]
    assert [reading.source[passage.span.start :][:6] for passage in reading.unread] == [
        "现将《全省教",
        "为切实维护学",
    ]


def test_duties_on_lines_of_their_own():
    reading = reading_of("""XX师范学院2026年重点工作任务分解方案
（2026年2月28日）
一、党建引领
1.深化理论学习。落实“第一议题”制度，开展主题党日。
责任领导：张伟
牵头单位：校办（党办）
配合单位：组织部、各二级学院党组织
完成时限：长期坚持
2.推进干部队伍建设。完成中层干部换届。
牵头单位：党委组织部（党校）
完成时限：2026年6月
二、人才培养
1.修订人才培养方案。
责任单位：教务处、各二级学院　完成时限：2026年9月底
2.建设一流课程10门。责任单位：教务处；完成时限：12月
""")
    assert shown(reading) == expected(
        """
        1.1 深化理论学习 | 牵头：校办（党办） | 配合：组织部 | 统称：各二级学院党组织 | 时限：长期坚持
        1.2 推进干部队伍建设 | 各办：党委组织部（党校） | 时限：2026-06-30
        2.1 修订人才培养方案 | 各办：教务处 | 统称：各二级学院 | 时限：2026-09-30
        2.2 建设一流课程10门 | 各办：教务处 | 时限：2026-12-31
    """
    )
    assert [(field.label, field.text) for field in reading.leaves[0].fields] == [("责任领导", "张伟")]


def test_the_rule_that_the_first_unit_leads_holds_from_where_it_is_stated():
    reading = reading_of("""某市教育局关于印发《2025年任务分工》的通知
一、完善规划布局
（一）摸清底数。（市教育局、市统计局负责）
（二）编制规划。（市教育局、市自然资源局、市住建局负责，排名第一位的为牵头单位，下同）
（三）新建学校，8月底前建成。（市住建局、市教育局、各县区人民政府）
二、保障措施
（四）加大投入。（市财政局、市教育局、市税务局等按职责分工负责）
某市教育局
2025年1月20日
""")
    assert shown(reading) == expected("""
        1.1 摸清底数 | 各办：市教育局、市统计局
        1.2 编制规划 | 牵头：市教育局 | 配合：市自然资源局、市住建局
        1.3 新建学校，8月底前建成 | 牵头：市住建局 | 配合：市教育局 | 统称：各县区人民政府 | 时限：2025-08-31
        2.4 加大投入 | 牵头：市财政局 | 配合：市教育局、市税务局
    """)


def test_a_rectification_plan_whose_labels_follow_a_list_of_measures():
    reading = reading_of("""中共XX职业技术学院委员会关于巡察反馈问题的整改方案
根据省委巡视工作统一安排，制定本整改方案。
一、关于党的建设方面存在的问题
（一）问题1：“第一议题”制度落实不到位
整改措施：
1.完善党委会议事规则，明确学习要求。
2.建立学习台账，每季度检查一次。
责任领导：党委书记
责任部门：党政办公室
整改时限：2025年10月底前，并长期坚持
（二）发展党员程序不规范
整改措施：
1.修订发展党员工作细则。
2.开展全面排查。
牵头部门：组织人事处
责任部门：各党总支
整改时限：立行立改
二、关于作风建设方面存在的问题
（一）公务接待管理不严
整改措施：修订《公务接待管理办法》，2025年9月30日前印发执行。
牵头单位：后勤处　配合单位：财务处、纪检监察室
整改完成时限：2025年11月
中共XX职业技术学院委员会
2025年8月18日
""")
    assert shown(reading) == expected("""
        1.1.1 完善党委会议事规则，明确学习要求 | 各办：党政办公室 | 时限：2025-10-31
        1.1.2 建立学习台账，每季度检查一次 | 各办：党政办公室 | 时限：2025-10-31
        1.2.1 修订发展党员工作细则 | 牵头：组织人事处 | 统称：各党总支 | 时限：立行立改
        1.2.2 开展全面排查 | 牵头：组织人事处 | 统称：各党总支 | 时限：立行立改
        2.1 公务接待管理不严 | 牵头：后勤处 | 配合：财务处、纪检监察室 | 时限：2025-11-30
    """)
    assert all(unit.inherited for unit in reading.leaves[0].units)
    assert not any(unit.inherited for unit in reading.leaves[-1].units)


def test_three_tasks_fourteen_measures_and_forty_nine_focus_points():
    measures = [5, 5, 4]
    points = iter([4, 3, 4, 3, 4, 3, 4, 3, 4, 3, 4, 3, 4, 3])
    lines = ["XX学院“清单管理、跟踪督办、限时办结、定期通报”实施方案"]
    number = 0
    for task, count in enumerate(measures):
        lines.append(f"{'一二三'[task]}、主要任务")
        for measure in range(count):
            number += 1
            lines.append(f"（{'一二三四五'[measure]}）具体措施。（党政办牵头，各学院配合）")
            lines += [
                f"{point}.着力点{number}之{point}。2026年{point}月底前完成。"
                for point in range(1, next(points) + 1)
            ]
    reading = reading_of("\n".join(lines))
    assert [len(node.path) for node in reading.walk()].count(2) == 14
    assert len(reading.leaves) == 49
    assert {tuple(node.lead_units) for node in reading.leaves} == {("党政办",)}
    assert all(node.deadline and node.deadline.due_on for node in reading.leaves)


def test_brackets_of_every_shape():
    reading = reading_of("""全市职业教育提质行动计划任务分工方案
一、优化布局（牵头单位：市教育局；责任单位：市发展改革委、市人社局）
1．整合资源，2026年年底前完成。
2．建设市域产教联合体。（市工业和信息化局牵头，市教育局、兰州新区管委会参与，2027年6月底前完成）
二、提升质量
1．实施名师工程。【责任单位：市教育局教师工作科、市人社局；完成时限：2026年年底前】
2．开展技能大赛。牵头单位：市人社局；配合单位：市总工会、团市委、市妇联。每年5月举办。
3．市教育局负责课程标准制定，市财政局负责经费保障。
4.推进“双师型”教师培养。(市教育局会同市人社局、市财政局负责)
5.强化治理。〔市教育局、市公安局〕
三、加强保障
由市教育局牵头，会同有关部门建立联席会议制度，自本方案印发之日起3个月内制定配套措施。
2026年1月15日
""")
    assert shown(reading) == expected("""
        1.1 整合资源，2026年年底前完成 | 牵头：市教育局 | 配合：市发展改革委、市人社局 | 时限：2026-12-31
        1.2 建设市域产教联合体 | 牵头：市工业和信息化局 | 配合：市教育局、兰州新区管委会 | 时限：2027-06-30
        2.1 实施名师工程 | 各办：市教育局教师工作科、市人社局 | 时限：2026-12-31
        2.2 开展技能大赛 | 牵头：市人社局 | 配合：市总工会、团市委、市妇联
        2.3 市教育局负责课程标准制定，市财政局负责经费保障 | 各办：市教育局、市财政局
        2.4 推进“双师型”教师培养 | 牵头：市教育局 | 配合：市人社局、市财政局
        2.5 强化治理 | 各办：市教育局、市公安局
        3 加强保障 | 各办：市教育局 | 时限：2026-04-15
    """)


def test_numbers_run_on_across_sections_and_decimals_below_them():
    reading = reading_of("""2025年全市教育工作要点
2025年全市教育工作的总体要求是：全面贯彻党的教育方针。
一、坚持党对教育工作的全面领导
1、深化理论武装。（机关党委、组织人事科）
2、维护安全稳定。3月底前、9月底前各开展一次大排查。（安稳科，各县〈市、区〉教育局，局属学校）
二、落实立德树人根本任务
3、推进思政课一体化。(德育科  基教科  市教科院)
4、推进劳动教育。（德育科牵头，基教科、市教科院、市青少年活动中心配合）
4.1 编制劳动清单（基教科）
4.2 评选示范学校（德育科；2025年11月）
三、其他
5、完成市委、市政府交办的其他工作。（各科室、各直属单位）
""")
    assert shown(reading) == expected("""
        1.1 深化理论武装 | 各办：机关党委、组织人事科
        1.2 维护安全稳定 | 各办：安稳科 | 统称：各县〈市、区〉教育局、局属学校 | 时限：2025-09-30
        2.3 推进思政课一体化 | 各办：德育科、基教科、市教科院
        2.4.1 编制劳动清单 | 各办：基教科
        2.4.2 评选示范学校 | 各办：德育科 | 时限：2025-11-30
        3.5 完成市委、市政府交办的其他工作 | 统称：各科室、各直属单位
    """)
    assert reading.heading.year_source == "title"


def test_a_page_copied_without_its_line_breaks():
    reading = reading_of(
        "某市方案\n一、总体要求（一）指导思想。坚持。（二）目标。到2027年。二、主要任务（三）抓好甲。（教务处负责）"
        "（四）抓好乙，包括：（一）丙；（二）丁。（人事处负责）三、保障措施。加强领导。"
    )
    assert shown(reading) == expected("""
        1.1 指导思想
        1.2 目标
        2.3 抓好甲 | 各办：教务处
        2.4 抓好乙，包括 | 各办：人事处
        3 保障措施
    """)
    assert "run_on_number" in {node.reason for node in reading.walk()}


def test_articles_and_chapters():
    reading = reading_of("""督查工作办法
第一章 总则
第一条 为了规范督查工作，制定本办法。
第二条 督查工作由办公室负责。
依照第一条的规定办理。
第二章 职责
第三条 督查内容包括：
（一）重大决策落实情况；
（二）重要工作部署落实情况。
第三条所称部署，是指书面部署。
""")
    assert [node.path for node in reading.leaves] == [(1, 1), (1, 2), (2, 3, 1), (2, 3, 2)]
    assert reading.leaves[-1].text.endswith("是指书面部署。")


def test_a_plan_without_numbers_is_a_clear_nothing():
    reading = reading_of("""关于做好期末工作的通知
各学院：
请各学院认真做好期末工作，注意安全。1.5万名学生按时放假。
教务处
2025年1月3日
""")
    assert reading.nodes == ()
    assert [
        (passage.reason, reading.source[passage.span.start : passage.span.end]) for passage in reading.unread
    ] == [("unnumbered", "请各学院认真做好期末工作，注意安全。1.5万名学生按时放假。")]


def test_closing_paragraphs_belong_to_no_item():
    reading = reading_of("""关于开展自查的通知
一、自查内容
各单位要逐项自查。（办公室负责）
二、自查要求
各单位要实事求是。（监察室负责）
三、重点抽查
适时抽查。（督导室负责）
各单位贯彻落实情况，于2026年12月31日前报学校。
特此通知。
""")
    assert shown(reading)[-1] == "3 重点抽查 | 各办：督导室"
    assert [passage.reason for passage in reading.unread] == ["closing", "closing"]


def test_numbers_that_only_look_like_items():
    reading = reading_of("""方案
一、控制作业总量
一、二年级不布置书面作业。
12345热线受理举报。
3.5万名教师参加培训。
2025年，经费增长10%。
（2026年4月）
7.这一行没有前文的序号。
二、其他
""")
    assert [node.path for node in reading.leaves] == [(1,), (2,)]


def test_a_table_of_contents_is_not_read_twice():
    reading = reading_of("""实施方案
目录
一、总体要求..........1
二、重点任务……………………3
一、总体要求
坚持原则。
二、重点任务
抓好落实。
""")
    assert shown(reading) == ["1 总体要求", "2 重点任务"]


def test_seats_without_posts_and_posts_without_names():
    reading = reading_of("""方案
一、成立领导小组
组长：校长
副组长：张三、李四
成员：人事处、财务处
组员由各学院院长组成。
""")
    seats = [(member.seat, member.name, member.post) for member in reading.heading.group]
    assert seats == [
        ("组长", "", "校长"),
        ("副组长", "张三", ""),
        ("副组长", "李四", ""),
        ("成员", "", "人事处、财务处"),
    ]


def test_a_bracket_on_a_line_of_its_own_behind_a_list_is_about_the_whole_list():
    reading = reading_of("""方案
一 、强化管理
1 .建立台账。
2 .定期调度。
（教务处牵头，各学院配合，2026年6月底前完成）
二、强化考核
1.制定办法。（人事处负责）
2.兑现奖惩。
（财务处负责）
""")
    assert shown(reading) == expected("""
        1.1 建立台账 | 牵头：教务处 | 统称：各学院 | 时限：2026-06-30
        1.2 定期调度 | 牵头：教务处 | 统称：各学院 | 时限：2026-06-30
        2.1 制定办法 | 各办：人事处
        2.2 兑现奖惩 | 各办：财务处
    """)


def test_same_below_is_for_the_silent_items_of_the_same_list_up_to_the_next_statement():
    reading = reading_of("""方案
一、减少报表
1.梳理报表。（责任单位：信息中心，下同）
2.合并报表，2026年6月底前完成。
3.公开报表。（党政办公室负责）
4.清理报表。
二、减少会议
1.合并会议。（党政办公室牵头，下同）
2.压缩会议。
三、减少文件
1.压减文件。
""")
    assert shown(reading) == expected("""
        1.1 梳理报表 | 各办：信息中心
        1.2 合并报表 | 各办：信息中心 | 时限：2026-06-30
        1.3 公开报表 | 各办：党政办公室
        1.4 清理报表
        2.1 合并会议 | 各办：党政办公室
        2.2 压缩会议 | 各办：党政办公室
        3.1 压减文件
    """)


def test_full_width_numbers_with_every_form_of_limit_on_lines_of_their_own():
    reading = reading_of("""某市教育局关于印发《重点工作清单》的通知
某教发〔2026〕8号
某市教育局
2026年3月5日
重点工作清单
１．开展课堂教学评估。责任单位：教研室
完成时限：２０２６年９月底前
２．完善校园安防。
责任单位：安全处、各县区教育局
完成时限：9月底前
３．清理学籍数据
牵头单位：基教处
配合单位：信息中心、各学校
时限要求：三季度末前
４．报送月度进展
责任单位：办公室
完成时限：每月25日前
５．坚持家访
责任单位：各学校
完成时限：长期
６．整改食堂问题
责任单位：后勤处
完成时限：立行立改
７．公示收费项目
责任单位：财务处
完成时限：自印发之日起15个工作日内
８．新建幼儿园
责任单位：基建处
进度安排：一季度选址；二季度开工；9月底前竣工
""")
    assert shown(reading) == expected("""
        1 开展课堂教学评估 | 各办：教研室 | 时限：2026-09-30
        2 完善校园安防 | 各办：安全处 | 统称：各县区教育局 | 时限：2026-09-30
        3 清理学籍数据 | 牵头：基教处 | 配合：信息中心 | 统称：各学校 | 时限：2026-09-30
        4 报送月度进展 | 各办：办公室 | 时限：每月25日前
        5 坚持家访 | 统称：各学校 | 时限：长期
        6 整改食堂问题 | 各办：后勤处 | 时限：立行立改
        7 公示收费项目 | 各办：财务处 | 时限：自印发之日起15个工作日内
        8 新建幼儿园 | 各办：基建处 | 时限：2026-09-30
    """)


def test_a_limit_that_closes_a_sentence_is_no_part_of_the_title():
    reading = reading_of("""关于做好近期工作的通知
一、清理档案，由人事科负责，2026年5月底前完成。
二、自查，6月底前完成。
""")
    assert [node.title for node in reading.leaves] == ["清理档案，由人事科负责", "自查，6月底前完成"]
