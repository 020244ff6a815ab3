"""Ledger verbs of the closed loop."""

from django.utils.translation import gettext_lazy as _

from bihuan.ledger.catalogue import Verb, code, day, digest_of, flag, ident, many, moment, number, register

register(
    Verb("supervision.plan.drafted", _("拟订方案"), {}, {"items": number, "follows": ident}),
    Verb("supervision.plan.edited", _("修改草案"), {}, {"items": number}),
    Verb("supervision.plan.issued", _("印发方案"), {"items": number, "units": number}),
    Verb("supervision.plan.amended", _("调整清单"), {"edition": number, "changes": number}),
    Verb("supervision.plan.served_newcomers", _("补发"), {"units": number, "due": day}),
    Verb("supervision.plan.inherited", _("随机构调整转移"), {"from": ident, "to": ident}),
    Verb("supervision.plan.closed", _("方案结束")),
    Verb("supervision.plan.deleted", _("删除草案")),
    Verb("supervision.item.registered", _("登记事项"), {"source": code}),
    Verb(
        "supervision.item.amended",
        _("调整条目"),
        {"edition": number},
        {"due_on": day, "was_due_on": day, "fields": many(code), "units": many(ident)},
    ),
    Verb("supervision.item.period_opened", _("开启新一期"), {"period": code, "units": number}),
    Verb("supervision.item.withdrawn", _("撤下条目"), {"edition": number}),
    Verb(
        "supervision.assignment.dispatched",
        _("交办"),
        {"unit": ident, "duty": code, "due": moment, "round": number},
        {"relapsed_from": ident, "reassigned_from": ident, "parent": ident},
    ),
    Verb("supervision.assignment.signed", _("签收")),
    Verb("supervision.assignment.declined", _("退办")),
    Verb("supervision.assignment.insisted", _("维持交办"), {}, {"sign_by": moment}),
    Verb("supervision.assignment.reassigned", _("改派"), {"to": ident, "unit": ident}),
    Verb("supervision.assignment.relinked", _("更换牵头单位"), {"lead": ident}),
    Verb("supervision.assignment.reparented", _("转入其他办件"), {"parent": ident, "was_parent": ident}),
    Verb("supervision.assignment.broken_down", _("分解下发"), {"parts": number}),
    Verb(
        "supervision.assignment.reported",
        _("反馈进展"),
        {"report": ident},
        {"progress": number, "files": number, "digests": many(digest_of)},
    ),
    Verb("supervision.assignment.report_accepted", _("认可进展"), {"report": ident}),
    Verb("supervision.assignment.report_returned", _("退回进展"), {"report": ident}),
    Verb(
        "supervision.assignment.submission_drafted",
        _("起草办结申报"),
        {"submission": ident},
        {"files": number, "digests": many(digest_of)},
    ),
    Verb("supervision.assignment.submission_withdrawn", _("撤回申报"), {"submission": ident}),
    Verb("supervision.assignment.submission_sent_back", _("本单位退改"), {"submission": ident}),
    Verb(
        "supervision.assignment.completed",
        _("申报办结"),
        {"submission": ident, "on_time": flag},
        {"files": number, "digests": many(digest_of), "open_parts": many(ident), "open_assists": many(ident)},
    ),
    Verb("supervision.assignment.criteria_checked", _("对照标准"), {"submission": ident, "checks": number}),
    Verb("supervision.assignment.pre_reviewed", _("初审通过"), {"submission": ident}),
    Verb("supervision.assignment.returned", _("退回补充"), {"submission": ident, "due": moment}),
    Verb(
        "supervision.assignment.accepted",
        _("认定办结"),
        {"submission": ident, "on_time": flag},
        {"single": flag, "override": flag},
    ),
    Verb("supervision.assignment.publicised", _("公示"), {"until": moment}),
    Verb("supervision.assignment.objected", _("公示异议"), {"founded": flag}),
    Verb("supervision.assignment.written_off", _("销号"), {"outcome": code}),
    Verb(
        "supervision.assignment.looked_back",
        _("回头看"),
        {"verdict": code},
        {"new_round": ident, "early": flag},
    ),
    Verb("supervision.assignment.cancelled", _("撤销")),
    Verb("supervision.assignment.extension_asked", _("申请延期"), {"extension": ident, "due": moment}),
    Verb("supervision.assignment.extension_endorsed", _("本单位同意延期"), {"extension": ident}),
    Verb("supervision.assignment.extension_withdrawn", _("撤回延期申请"), {"extension": ident}),
    Verb(
        "supervision.assignment.extension_granted",
        _("同意延期"),
        {"extension": ident, "due": moment, "was_due": moment},
    ),
    Verb("supervision.assignment.extension_refused", _("不同意延期"), {"extension": ident}),
    Verb("supervision.assignment.extension_met", _("延期由清单调整满足"), {"extension": ident}),
    Verb("supervision.assignment.redated", _("时限调整"), {"due": moment, "was_due": moment}),
    Verb("supervision.assignment.suspended", _("暂停计时"), {"review_on": moment}),
    Verb("supervision.assignment.resumed", _("恢复计时"), {"due": moment, "was_due": moment}),
    Verb(
        "supervision.assignment.reminded", _("提醒"), {"rung": code, "base": moment}, {"folded": many(code)}
    ),
    Verb(
        "supervision.assignment.pressed",
        _("逾期催办"),
        {"rung": code, "base": moment},
        {"folded": many(code)},
    ),
    Verb(
        "supervision.assignment.proposed", _("拟办"), {"rung": code, "base": moment}, {"folded": many(code)}
    ),
    Verb("supervision.assignment.urged", _("催办"), {"kind": code}),
    Verb("supervision.assignment.slip_drafted", _("拟督办通知单"), {"paper": ident}),
    Verb("supervision.assignment.slip_issued", _("签发督办通知单"), {"paper": ident, "reply_by": day}),
    Verb("supervision.assignment.instructed", _("批示")),
    Verb("supervision.assignment.explained", _("说明情况"), {"explanation": ident}),
    Verb(
        "supervision.assignment.explanation_answered", _("答复说明"), {"accepted": flag}, {"holds_until": day}
    ),
    Verb("supervision.assignment.obstacle_raised", _("请上级协调"), {"answer": ident}),
    Verb("supervision.assignment.moved", _("随机构调整转移"), {"from": ident, "to": ident}, {"chosen": flag}),
    Verb("supervision.assignment.reissued", _("交办机关承继"), {"from": ident, "to": ident}),
    Verb("supervision.assignment.joined", _("并入"), {"into": ident}),
)
