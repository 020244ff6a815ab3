"""Story 2 of DESIGN §1 as a small world: a college's action plan of 3 tasks, 14 measures and 49 focus points."""

from datetime import date, datetime, timedelta

from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.kernel.clock import OFFICE_TZ
from bihuan.org.actions import found_unit
from bihuan.org.models import Unit
from bihuan.supervision.actions.planning import Header, draft_plan, issue_plan
from bihuan.supervision.models import Assignment, Plan
from bihuan.supervision.nodes import Aim, Node
from bihuan.supervision.rules import Outcome, Stage
from tests.town import Town

ISSUED = datetime(2026, 3, 2, 9, 0, tzinfo=OFFICE_TZ)

LIST = """
一、转变工作作风，提升执行效能
1 建立“清单管理、跟踪督促、限时办结、定期通报”督办机制
1.1 年度重点任务全部列入督办清单|党政办公室|2026-06-30|✓
1.2 滞后事项 3 个工作日内发出督促单|党政办公室|2027-03-31|86
1.3 完成事项当月核验销号|党政办公室|2027-03-31|90
1.4 督办通报每季度 1 期|纪委办公室|2027-01-31|75
2 精简会议文件，治理“指尖上的形式主义”
2.1 全校性会议每周不超过 2 次|党政办公室|2026-09-30|✓
2.2 发文数量较上年压减 10%|宣传部|2027-03-31|88
2.3 清理工作群和小程序 41 个|党政办公室|2027-03-31|85
3 推行“一表通”，减少重复填报
3.1 梳理校内报表 186 张|信息中心|2026-05-31|✓
3.2 合并同源报表至 97 张以内|信息中心|2026-10-31|71
3.3 人事、教务、学工基础数据共享|信息中心|2026-10-31|64
3.4 填报耗时每周公开|党政办公室|2027-01-31|60
4 落实首问负责与限时办结
4.1 窗口事项一次告知|后勤保障部|2026-06-30|✓
4.2 服务事项清单上墙上网|机关党委|2026-09-30|✓
4.3 师生投诉 2 个工作日回应|学生工作处|2027-03-31|95
5 校领导联系学院、班级制度
5.1 每名校领导联系 1 个学院 2 个班级|组织部|2027-03-31|80
5.2 每月至少进班听课、座谈 1 次|教务处|2027-03-31|78
5.3 联系中收集的问题 10 日内办复|党政办公室|2027-03-31|76
5.4 联系情况期末公开|组织部|2026-07-15|✓
二、提升教育教学质量，优化育人环境
6 本科专业结构优化调整
6.1 停招撤销 4 个专业点|教务处|2027-03-31|80
6.2 新增服务本省产业的专业 2 个|教务处|2027-03-31|78
6.3 专业认证材料自查|材料工程学院|2027-03-31|76
7 课堂教学质量提升行动
7.1 推门听课每学期全覆盖|教学督导组|2027-03-31|82
7.2 思政课集体备课每两周 1 次|马克思主义学院|2027-01-31|70
7.3 学业预警“一生一策”|学生工作处|2027-03-31|80
7.4 实验课程开出率 100%|教务处|2027-03-31|79
8 师德师风专题教育
8.1 新入职教师岗前师德培训|教师工作部|2026-09-30|✓
8.2 师德失范典型案例通报学习|纪委办公室|2027-03-31|84
8.3 研究生导师培训全覆盖|研究生处|2026-10-31|✓
8.4 师德考核结果进档案|人事处|2027-03-31|80
9 学生“急难愁盼”办实事
9.1 维修学生公寓 3 栋|后勤保障部|2026-08-31|✓
9.2 食堂价格与质量月公示|后勤保障部|2027-03-31|90
9.3 困难学生资助精准到人|学生工作处|2027-03-31|94
10 就业帮扶“一对一”
10.1 未就业毕业生台账周更新|就业指导中心|2027-03-31|76
10.2 校领导访企拓岗 40 家|就业指导中心|2027-03-31|78
10.3 帮扶记录一人一档|就业指导中心|2027-01-31|74
三、严明纪律规矩，涵养清风正气
11 采购、基建、招生廉政风险排查
11.1 采购项目全流程复核|审计处|2026-11-15|60
11.2 在建工程变更签证清查|审计处|2027-03-31|90
11.3 招生考试环节风险点公示|纪委办公室|2026-06-30|✓
11.4 合同归口管理|财务处|2027-03-31|92
12 科研经费与“三公”经费监督
12.1 “三公”经费季度公开|财务处|2027-03-31|88
12.2 公务用车使用核查|后勤保障部|2026-09-30|✓
12.3 科研经费报销抽查 5%|财务处|2027-03-31|87
13 巡察整改“回头看”
13.1 未完成整改事项逐项销号|巡察办|2027-03-31|74
13.2 整改措施现场核验|巡察办|2027-03-31|75
13.3 巡察反馈问题公开|纪委办公室|2026-12-20|72
14 廉洁文化与警示教育
14.1 警示教育大会每年 2 次|纪委办公室|2026-12-20|70
14.2 廉洁家访到教师家庭|宣传部|2026-08-31|✓
14.3 廉洁文化作品征集展示|宣传部|2026-10-15|✓
14.4 新任职干部廉政谈话|组织部|2027-03-31|75
"""

HEADER = Header(
    "2026年作风建设提质增效行动方案",
    number="兰工院党发〔2026〕18号",
    issued_on=date(2026, 2, 27),
    starts_on=date(2026, 3, 1),
    ends_on=date(2027, 3, 31),
    leading_group=[
        ("李建国", "组长", "党委书记"),
        ("王文华", "组长", "校长"),
        ("张敏", "成员", "党委副书记"),
        ("刘志强", "成员", "副校长"),
        ("陈立群", "成员", "纪委书记"),
    ],
)


def college(town: Town) -> dict[str, Unit]:
    """The college and its offices by name."""
    home = town.unit("学院")
    names = sorted({line.split("|")[1] for line in LIST.splitlines() if "|" in line})
    return {name: _office(name, home) for name in names}


def story_tree(units: dict[str, Unit]) -> list[Node]:
    """The list as nodes: a line that begins with 一、 is a task, 1 a measure, 1.1 a focus point."""
    tasks: list[Node] = []
    for line in LIST.strip().splitlines():
        words, *rest = line.split("|")
        if "、" in words[:2]:
            tasks.append(Node(words[2:], number=words[:2], children=[]))
        elif not rest:
            number, _space, title = words.partition(" ")
            tasks[-1].children.append(Node(title, number=number, children=[]))
        else:
            number, _space, title = words.partition(" ")
            unit = units[rest[0]]
            aims = [Aim(unit.name, unit_id=unit.pk)]
            due_on = date.fromisoformat(rest[1])
            tasks[-1].children[-1].children.append(Node(title, number=number, leads=aims, due_on=due_on))
    return tasks


def story_plan(town: Town) -> Plan:
    """The plan as it stands on the fixed morning: 13 written off, 3 overdue, some due soon, the rest on track."""
    units = college(town)
    with clock.frozen(ISSUED):
        plan = draft_plan(actor=town.actor("学院"), header=HEADER, tree=story_tree(units))
        issue_plan(plan_id=plan.pk, actor=town.actor("学院"))
    for line in LIST.strip().splitlines():
        if "|" in line:
            _bring_on(plan, line)
    plan.refresh_from_db()
    return plan


def _bring_on(plan: Plan, line: str) -> None:
    words, _unit, due_on, said = line.split("|")
    number = words.partition(" ")[0]
    rows = Assignment.objects.filter(item__plan=plan, item__number=number)
    signed_at = ISSUED + timedelta(hours=3)
    if said == "✓":
        done_at = clock.end_of(date.fromisoformat(due_on)) - timedelta(days=3)
        rows.update(
            stage=Stage.WRITTEN_OFF,
            outcome=Outcome.DONE,
            progress=100,
            signed_at=signed_at,
            completed_at=done_at,
            accepted_at=done_at,
            ended_at=done_at,
            next_alarm_at=None,
        )
    else:
        rows.update(stage=Stage.WORKING, progress=int(said), signed_at=signed_at)


def _office(name: str, home: Unit) -> Unit:
    known = Unit.objects.filter(name=name, parent=home).first()
    return known or found_unit(
        actor=system("tests"), name=name, kind="office", parent_id=home.pk, starts_on=date(2020, 1, 1)
    )
