"""The draft text of a circular, written from its figures; people edit it (通报文稿)."""

from collections.abc import Mapping, Sequence, Set
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from bihuan.circulars.rules import Cause, Count, Listed, Naming, Row, Standing, late, praised
from bihuan.documents.gongwen.text import long_date


def draft_sections(
    title: str,
    rows: Sequence[Row],
    counts: Sequence[Count],
    first_on: date,
    last_on: date,
    listed: Sequence[Listed] = (),
    rule: Naming | None = None,
) -> list[dict[str, Any]]:
    """总体情况 · 做得好的 · 存在问题 · 未完成事项 · 下一步要求, as officials expect them (features.md §4).

    Whoever is named is named by `rule`, with the numbers for which; beside the criticism stands the help that was asked
    for and is owed (features.md R51).
    """
    rule = rule or Naming()
    overall = {one.key: one for one in counts if one.unit_id is None}
    units: dict[int | None, str] = {row.unit_id: row.unit for row in rows}
    return [
        {"heading": _("总体情况"), "paragraphs": [_overall(title, overall, first_on, last_on)]},
        {"heading": _("做得好的单位"), "paragraphs": [_praise(counts, units, rule)]},
        {
            "heading": _("存在问题"),
            "paragraphs": [_late(counts, units, rule), *_named(listed), *_help(overall)],
        },
        {"heading": _("未完成事项"), "paragraphs": _causes(overall)},
        {
            "heading": _("下一步要求"),
            "paragraphs": [
                _("逾期单位应在收到本通报后 3 个工作日内反馈原因和补办措施。"),
                _("临近时限的事项，承办单位应按节点推进；确需延期的，须在时限届满前申请。"),
            ],
        },
    ]


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
