"""The figures that differ from authority to authority (参数), each with its default and the ground for it.

domain.md §15: rules graded C, S or N are configuration. A row in `Setting` overrides the default for a unit
and everything below it; the nearest one counts.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Parameter:
    key: str
    default: int
    label: Any
    ground: str


PARAMETERS = {
    one.key: one
    for one in (
        Parameter("sign_for.work_hours", 8, _("签收时限（工作小时）"), "domain.md §15, C"),
        Parameter("sign_for.urgent_hours", 2, _("紧急件签收时限（小时）"), "domain.md §15, C"),
        Parameter("decline.decide_workdays", 1, _("退办决定时限（工作日）"), "domain.md §15, C"),
        Parameter("review.workdays", 3, _("审核时限（工作日）"), "DESIGN §3.1"),
        Parameter("remedy.workdays", 3, _("退回后补正的最短时间（工作日）"), "DESIGN §3.1"),
        Parameter("assist.before_lead_workdays", 5, _("配合单位提前于牵头单位（工作日）"), "DESIGN §3.0"),
        Parameter("extension.max_times", 1, _("延期次数上限"), "domain.md §15, C"),
        Parameter("extension.decide_workdays", 3, _("延期审批时限（工作日）"), "domain.md §15, C"),
        Parameter("extension.max_percent", 50, _("延期最长占原时长（%）"), "domain.md §4.5, C"),
        Parameter("extension.max_days", 30, _("延期至少可到的日数"), "domain.md §4.5, C"),
        Parameter("suspension.max_days", 90, _("暂停复核期限（日）"), "DESIGN §3.0"),
        Parameter("publicity.workdays", 5, _("公示期（工作日）"), "domain.md §15, C"),
        Parameter(
            "look_back.min_months", 6, _("销号后可回头看的最短时间（月）"), "domain.md §5.4, S [GAOMI]"
        ),
        Parameter("obstacle.answer_workdays", 5, _("协调事项答复时限（工作日）"), "DESIGN §3, C"),
        Parameter("period.due_workdays", 0, _("周期结束后的办结宽限（工作日）"), "features.md R2, C"),
        Parameter(
            "report.due_workdays", 5, _("定期反馈：期内第几个工作日前报"), "domain.md §15, S [DISTRICT]"
        ),
        Parameter(
            "evidence.required", 0, _("办结须附佐证（1 是 0 否）"), "features.md C6, domain.md §9.5, C"
        ),
        Parameter("score.objection_days", 10, _("计分异议期（公布后日数）"), "domain.md §4.8, C"),
        Parameter("message.from_hour", 8, _("邮件开始发送的钟点（工作日）"), "features.md R8, C"),
        Parameter("message.to_hour", 18, _("邮件停止发送的钟点（工作日）"), "features.md R8, C"),
        Parameter("message.urgent_at_once", 1, _("紧急事项随时发邮件（1 是 0 否）"), "features.md R47, C"),
        Parameter("message.daily_cap", 5, _("每人每天邮件上限，超出并入摘要（封）"), "features.md R47, C"),
        Parameter("message.titles_outside", 1, _("通道消息写明事项标题（1 是 0 否）"), "features.md B16, C"),
        Parameter("contest.workdays", 3, _("通报数字核对期（工作日）"), "features.md E7, C"),
        Parameter("alike.on", 1, _("雷同提示（1 启用 0 停用）"), "DESIGN §6, C"),
        Parameter("alike.percent", 50, _("文字重复达到多少即提示（%）"), "docs/alike.md, C"),
        Parameter("circular.praise_percent", 100, _("通报表扬：按期率不低于（%）"), "domain.md §7.2, C"),
        Parameter("circular.praise_least", 1, _("通报表扬：应办件数不少于"), "domain.md §7.2, C"),
        Parameter("circular.praise_most", 5, _("通报表扬：最多列出的单位数"), "domain.md §7.2, C"),
        Parameter("circular.late_least", 1, _("通报逾期：逾期未完成不少于（件）"), "domain.md §7.2, C"),
        Parameter("circular.late_most", 8, _("通报逾期：最多列出的单位数"), "domain.md §7.2, C"),
        Parameter("objection.workdays", 10, _("对文书提出异议的期限（送达后工作日）"), "domain.md §7.1, C"),
        Parameter(
            "objection.decide_days", 30, _("文书异议复核时限（日）"), "domain.md §3.1, F [D733 Art.17]"
        ),
        Parameter("light.override_days", 30, _("人工调灯最长日数"), "domain.md §4.4, C"),
    )
}
