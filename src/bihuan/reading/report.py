"""A reading for machines (the shape the reference corpus is scored in) and for a terminal."""

from collections import Counter

from bihuan.reading.reasons import EXPLANATIONS
from bihuan.reading.result import Deadline, Node, Reading, Span, UnitMention


def to_json(reading: Reading) -> dict:
    """Everything that was found; `leaves` in the order of the text, each with its path of printed numbers."""
    leaves = reading.leaves
    return {
        "doc": reading.file_name,
        "kind": reading.kind,
        "title": reading.heading.title,
        "heading": _heading(reading),
        "heading_counts": dict(Counter(node.form for node in reading.walk())),
        "leaf_count": len(leaves),
        "leaves": [_leaf(node) for node in leaves],
        "nodes": [_node(node) for node in reading.walk()],
        "unread": [
            {
                "span": _span(passage.span),
                "reason": passage.reason,
                "text": reading.source[passage.span.start : passage.span.end],
            }
            for passage in reading.unread
        ],
        "hidden_sheets": list(reading.hidden_sheets),
        "source": reading.source,
    }


def to_text(reading: Reading) -> str:
    """The tree as an indented outline, for reading on a terminal."""
    heading = reading.heading
    lines = [heading.title or reading.file_name]
    lines += [
        f"{label}：{value}"
        for label, value in (
            ("文号", heading.number),
            ("发文单位", "、".join(heading.issuers)),
            ("成文日期", heading.issued_on),
        )
        if value
    ]
    for node in reading.walk():
        lines.append(f"{'  ' * (len(node.path) - 1)}{node.number or '·'} {node.title}{_duties(node)}")
    lines.append(f"共 {len(reading.leaves)} 条；未读入 {len(reading.unread)} 段")
    return "\n".join(lines)


def _duties(node: Node) -> str:
    deadline = node.deadline
    said = [
        ("责任" if not node.assisting_units else "牵头", "、".join(node.lead_units)),
        ("配合", "、".join(node.assisting_units)),
        ("统称", "、".join(node.generic_units)),
        (
            "时限",
            f"{deadline.text}（{deadline.due_on}）"
            if deadline and deadline.due_on
            else deadline.text
            if deadline
            else "",
        ),
    ]
    return "".join(f"  [{label}：{value}]" for label, value in said if value)


def _leaf(node: Node) -> dict:
    deadline = node.deadline
    leaf = {
        "path": list(node.path),
        "part": node.part,
        "title": node.title,
        "lead_units": node.lead_units,
        "cooperating_units": node.assisting_units,
        "generic_units": node.generic_units,
        "unit_source": node.unit_source,
        "mode": node.mode,
        "deadline": deadline.text if deadline else None,
        "deadline_iso": _iso(deadline),
        "deadline_kind": deadline.kind if deadline else None,
    }
    dated = [[one.text, _iso(one)] for one in node.deadlines if one.due_on]
    if len(dated) > 1:
        leaf["all_deadlines"] = dated
    if deadline and deadline.cycle:
        leaf["recurring"] = deadline.cycle
    return leaf


def _node(node: Node) -> dict:
    return {
        "path": list(node.path),
        "part": node.part,
        "number": node.number,
        "form": node.form,
        "title": node.title,
        "text": node.text,
        "spans": [_span(span) for span in node.spans],
        "cell": {"table": node.cell.table, "row": node.cell.row, "sheet": node.cell.sheet}
        if node.cell
        else None,
        "reason": node.reason,
        "because": str(EXPLANATIONS[node.reason]),
        "leaf": not node.children,
        "mode": node.mode,
        "mode_reason": node.mode_reason,
        "units": [_unit(unit) for unit in node.units],
        "deadlines": [_deadline(deadline) for deadline in node.deadlines],
        "fields": [
            {"label": field.label, "text": field.text, "span": _span(field.span)} for field in node.fields
        ],
    }


def _unit(unit: UnitMention) -> dict:
    return {
        "name": unit.name,
        "role": unit.role,
        "generic": unit.generic,
        "found": unit.found,
        "span": _span(unit.span),
        "reason": unit.reason,
        "because": str(EXPLANATIONS[unit.reason]),
        "inherited": unit.inherited,
    }


def _deadline(deadline: Deadline) -> dict:
    return {
        "text": deadline.text,
        "kind": deadline.kind,
        "due_on": _iso(deadline),
        "cycle": deadline.cycle,
        "found": deadline.found,
        "span": _span(deadline.span),
        "reason": deadline.reason,
        "because": str(EXPLANATIONS[deadline.reason]),
        "inherited": deadline.inherited,
    }


def _heading(reading: Reading) -> dict:
    heading = reading.heading
    return {
        "title": heading.title,
        "number": heading.number,
        "issuers": list(heading.issuers),
        "issued_on": heading.issued_on.isoformat() if heading.issued_on else None,
        "year": heading.year,
        "year_source": heading.year_source,
        "annexes": list(heading.annexes),
        "group": [
            {"seat": member.seat, "name": member.name, "post": member.post, "span": _span(member.span)}
            for member in heading.group
        ],
    }


def _iso(deadline: Deadline | None) -> str | None:
    return deadline.due_on.isoformat() if deadline and deadline.due_on else None


def _span(span: Span) -> list[int]:
    return [span.start, span.end]
