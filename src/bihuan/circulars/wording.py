"""The draft text of a circular, written from its figures by an authority's words; people edit it (通报文稿).

Words are Chinese, as documents are, whatever the language in which their author reads the pages.
"""

from collections.abc import Mapping, Sequence, Set
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from bihuan.circulars.rules import Cause, Count, Listed, Naming, Row, Standing, late, period_name, praised
from bihuan.documents.gongwen.text import long_date
from bihuan.supervision.letters import Facts, Part, Template, sections_of

PRINTED = "zh-hans"  # the language of documents
NAMES = ("期间", "事项")
"""What a title may have filled in."""
NUMBERS = {
    "累计交办": ("dispatched",),
    "已销号": (f"standing:{Standing.WRITTEN_OFF.value}",),
    "已办结待销号": (f"standing:{Standing.ACCEPTED.value}",),
    "待审核": (f"standing:{Standing.IN_REVIEW.value}",),
    "在办": (f"standing:{Standing.WORKING.value}", f"standing:{Standing.UNSIGNED.value}"),
    "本期办结": ("finished_in_period",),
    "逾期未完成": ("overdue",),
    "需上级协调": ("help_asked",),
}
"""Figures that a sentence may have filled in, and of which they are the sum."""
PLACES = (
    "总体情况",
    "做得好的",
    "逾期情况",
    "列入通报",
    "上级协调",
    "未完成原因",
    *NAMES,
    "起始日期",
    "截止日期",
    *NUMBERS,
    "按期率",
)
PARTS = (
    Part("state", "总体情况", "{总体情况}"),
    Part("praised", "做得好的单位", "{做得好的}", optional=True),
    Part("problem", "存在问题", "{逾期情况}\n{列入通报}\n{上级协调}", keeps=("列入通报", "上级协调")),
    Part("unfinished", "未完成事项", "{未完成原因}", optional=True),
    Part(
        "next",
        "下一步要求",
        "逾期单位应在收到本通报后3个工作日内反馈原因和补办措施。\n"
        "临近时限的事项，承办单位应按节点推进；确需延期的，须在时限届满前申请。",
    ),
)
"""总体情况 · 做得好的 · 存在问题 · 未完成事项 · 下一步要求, as officials expect them (features.md §4).

What people decided to name, and the help that is owed beside the criticism (features.md R51), no version leaves out.
"""
SHIPPED = {
    "circular": Template("关于“{事项}”进展情况的通报", PARTS),
    "bulletin": Template("关于{期间}{事项}办理情况的通报", PARTS),
}


def title_of(template: Template, period: tuple[date, date], about: str) -> str:
    """The title by the authority's words, as long as a document lets it be."""
    said = {"期间": period_name(*period), "事项": about}
    return Facts(said).line(template.title)[:200]


def sections_for(
    circular: Any, rows: Sequence[Row], counts: Sequence[Count], listed: Sequence[Listed] = ()
) -> list[dict[str, Any]]:
    """The text of a circular in the words that it remembers, with the sentences that its figures make.

    Whoever is named is named by its rule, with the numbers for which.
    """
    words = circular.template.template if circular.template else SHIPPED[circular.words]
    with override(PRINTED):
        period = circular.first_on, circular.last_on
        return sections_of(
            words.parts,
            _facts(circular.called or circular.about, rows, counts, period, listed, circular.rule),
        )


def _facts(
    about: str,
    rows: Sequence[Row],
    counts: Sequence[Count],
    period: tuple[date, date],
    listed: Sequence[Listed],
    rule: Naming,
) -> Facts:
    overall = {one.key: one for one in counts if one.unit_id is None}
    units: dict[int | None, str] = {row.unit_id: row.unit for row in rows}
    first_on, last_on = period
    rate = overall["on_time_rate"]
    said = {
        "总体情况": _overall(about, overall, first_on, last_on),
        "做得好的": _praise(counts, units, rule),
        "逾期情况": _late(counts, units, rule),
        "列入通报": "\n".join(_named(listed)),
        "上级协调": "\n".join(_help(overall)),
        "未完成原因": "\n".join(_causes(overall)),
        "期间": period_name(first_on, last_on),
        "事项": about,
        "起始日期": long_date(first_on),
        "截止日期": long_date(last_on),
        "按期率": f"{rate.value}%" if rate.out_of else "—",
    }
    said |= {
        name: str(sum(overall[key].value for key in keys if key in overall)) for name, keys in NUMBERS.items()
    }
    return Facts(said)


CONTESTED = "※"
COLUMNS = ("dispatched", "written_off", "unfinished", "overdue")


def tables(
    rows: Sequence[Row],
    counts: Sequence[Count],
    contests: Sequence[Any] = (),
    plans: Mapping[int, str] | None = None,
) -> list[dict[str, Any]]:
    """What goes with the text: each unit's line, of a bulletin each plan's by its title, and where figures were
    contested, by whom, why and what came of it."""
    with override(PRINTED):
        return _tables(rows, counts, contests, plans or {})


def _tables(
    rows: Sequence[Row], counts: Sequence[Count], contests: Sequence[Any], plans: Mapping[int, str]
) -> list[dict[str, Any]]:
    found = [annex(rows, counts, {(one.inquiry.unit_id, one.key) for one in contests})]
    if plans:
        found.append(_by_plan(counts, plans))
    if contests:
        found.append(_objections(rows, contests))
    return found


def annex(
    rows: Sequence[Row], counts: Sequence[Count], contested: Set[tuple[int, str]] = frozenset()
) -> dict[str, Any]:
    """The annex table: a line for each unit, in the official order; contested figures are marked."""

    def shown(unit_id: int, key: str, text: str) -> str:
        return text + CONTESTED if (unit_id, key) in contested else text

    by_unit = {(one.unit_id, one.key): one for one in counts}
    lines = []
    for unit_id, unit in {row.unit_id: row.unit for row in rows}.items():
        rate = by_unit[unit_id, "on_time_rate"]
        numbers = [shown(unit_id, key, str(by_unit[unit_id, key].value)) for key in COLUMNS]
        last = shown(unit_id, rate.key, f"{rate.value}%" if rate.out_of else "—")
        lines.append([unit, *numbers, last])
    head = [_("单位"), _("交办"), _("已销号"), _("未完成"), _("逾期"), _("按期率")]
    return {"title": _("各单位办理情况统计表"), "head": head, "rows": lines}


def _by_plan(counts: Sequence[Count], plans: Mapping[int, str]) -> dict[str, Any]:
    """A line for each plan of a bulletin that has something to count, in the bulletin's order."""
    known = {one.key: one for one in counts}
    lines = []
    for plan_id, title in plans.items():
        if (rate := known.get(f"plan:{plan_id}:on_time_rate")) is None:
            continue
        numbers = [str(known[f"plan:{plan_id}:{key}"].value) for key in COLUMNS]
        lines.append([title, *numbers, f"{rate.value}%" if rate.out_of else "—"])
    head = [_("方案"), _("交办"), _("已销号"), _("未完成"), _("逾期"), _("按期率")]
    return {"title": _("各方案办理情况统计表"), "head": head, "rows": lines}


def _objections(rows: Sequence[Row], contests: Sequence[Any]) -> dict[str, Any]:
    """A line for each contested figure; one that was upheld says how many assignments no longer count."""
    units = {row.unit_id: row.unit for row in rows}
    lines = []
    for one in contests:
        outcome = str(one.get_state_display())
        if one.left_out:
            outcome = _("%(outcome)s，%(n)d 件不计入") % {"outcome": outcome, "n": len(one.left_out)}
        if one.answer:
            outcome = f"{outcome}：{one.answer}"
        unit = units.get(one.inquiry.unit_id) or one.inquiry.unit.short_name
        lines.append([unit, f"{one.label} {one.shown}", one.reason, outcome])
    head = [_("单位"), _("有异议的数字"), _("异议理由"), _("复核意见")]
    return {"title": _("有异议的数字及复核意见"), "head": head, "rows": lines}


def _overall(title: str, overall: dict[str, Count], first_on: date, last_on: date) -> str:
    rate = overall["on_time_rate"]
    said = _(
        "%(first)s至%(last)s，“%(title)s”累计交办 %(dispatched)s 件，其中已销号 %(written)s 件、已办结待销号 "
        "%(accepted)s 件、待审核 %(review)s 件、在办 %(working)s 件；"
        "本期办结 %(finished)s 件，逾期未完成 %(overdue)s 件"
    ) % {
        "first": long_date(first_on),
        "last": long_date(last_on),
        "title": title,
        "dispatched": overall["dispatched"].value,
        "written": overall[f"standing:{Standing.WRITTEN_OFF.value}"].value,
        "accepted": overall[f"standing:{Standing.ACCEPTED.value}"].value,
        "review": overall[f"standing:{Standing.IN_REVIEW.value}"].value,
        "working": overall[f"standing:{Standing.WORKING.value}"].value
        + overall[f"standing:{Standing.UNSIGNED.value}"].value,
        "finished": overall["finished_in_period"].value,
        "overdue": overall["overdue"].value,
    }
    if rate.out_of:
        said += _("，按期率 %(rate)s%%") % {"rate": rate.value}
    return said + "。"


def _praise(counts: Sequence[Count], units: dict[int | None, str], rule: Naming) -> str:
    """The units that the rule commends, each with its numbers, so that small ones show as such."""
    found = praised(counts, rule)
    if rule.praise_percent < 100:
        asked = _("应办事项按期率达到 %(percent)d%%、没有逾期") % {"percent": rule.praise_percent}
    else:
        asked = _("应办事项全部按期完成")
    if not found:
        return _("本期没有%(asked)s的单位。") % {"asked": asked}
    named = "、".join(
        _("%(unit)s（%(n)d 件）") % {"unit": units[one.unit_id], "n": one.on_time}
        if one.on_time == one.judged
        else _("%(unit)s（应办 %(all)d 件，按期 %(n)d 件）")
        % {"unit": units[one.unit_id], "all": one.judged, "n": one.on_time}
        for one in found
    )
    return _("%(asked)s的有：%(named)s。") % {"asked": asked, "named": named}


def _late(counts: Sequence[Count], units: dict[int | None, str], rule: Naming) -> str:
    """The units that the rule names as late, each with its numbers."""
    found = late(counts, rule)
    if not found and rule.late_least > 1:
        return _("截至统计时点，没有逾期未完成 %(least)d 件以上的单位。") % {"least": rule.late_least}
    if not found:
        return _("截至统计时点，没有逾期未完成的事项。")
    named = "、".join(
        _("%(unit)s %(n)d 件（按期率 %(rate)s%%）")
        % {"unit": units[one.unit_id], "n": one.overdue, "rate": one.percent}
        for one in found
    )
    if rule.late_least > 1:
        return _("逾期未完成 %(least)d 件以上的有：%(named)s。") % {"least": rule.late_least, "named": named}
    return _("逾期未完成的有：%(named)s。") % {"named": named}


def _help(overall: dict[str, Count]) -> list[str]:
    """What units asked of those above them, and how much of it is owed still."""
    asked, waiting = overall.get("help_asked"), overall.get("help_open")
    if asked is None or waiting is None:
        return []
    said = _("需上级协调解决的有 %(n)s 件，其中 %(open)s 件尚待答复；答复前，承办单位可据此申请延期。")
    return [said % {"n": asked.value, "open": waiting.value}]


def _named(listed: Sequence[Listed]) -> list[str]:
    """What people decided to name, matter by matter."""
    if not listed:
        return []
    said = "；".join(
        _("%(unit)s“%(title)s”（%(due)s到期）")
        % {"unit": one.unit, "title": one.title, "due": long_date(one.due_on)}
        for one in listed
    )
    return [_("经催办、督办仍未完成，予以通报的有：%(named)s。") % {"named": said}]


def _causes(overall: dict[str, Count]) -> list[str]:
    found = [(cause, overall.get(f"cause:{cause.value}")) for cause in Cause]
    parts = [
        _("%(cause)s %(n)s 件") % {"cause": cause.label, "n": one.value}
        for cause, one in found
        if one is not None
    ]
    total = overall["unfinished"].value
    if not parts:
        return [_("没有未完成事项。")]
    return [_("未完成 %(n)s 件，其中：%(parts)s。") % {"n": total, "parts": "；".join(parts)}]
