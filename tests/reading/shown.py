"""A reading as a short text, one line per item, so that tests show what they expect."""

from bihuan.reading.reader import read
from bihuan.reading.result import Node, Reading
from tests.reading.invariants import check


def reading_of(content: str | bytes, name: str = "方案.txt") -> Reading:
    """Read a document and check what must hold for all."""
    reading = read(content.encode() if isinstance(content, str) else content, name)
    check(reading)
    return reading


def shown(reading: Reading) -> list[str]:
    """Leaves as “1.2 标题 | 牵头：A | 配合：B | 统称：C | 时限：2026-06-30”; 各办 is the mode `each`."""
    return [_line(node) for node in reading.leaves]


def _line(node: Node) -> str:
    deadline = node.deadline
    parts = [
        f"{'.'.join(map(str, node.path))} {node.title}",
        ("牵头" if node.mode == "joint" else "各办") + "：" + "、".join(node.lead_units)
        if node.lead_units
        else "",
        "配合：" + "、".join(node.assisting_units) if node.assisting_units else "",
        "统称：" + "、".join(node.generic_units) if node.generic_units else "",
        f"时限：{deadline.due_on or deadline.text}" if deadline else "",
    ]
    return " | ".join(part for part in parts if part)


def expected(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]
