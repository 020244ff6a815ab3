"""From a document that was read to a draft: every guess with its ground, every passage that found no place."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from bihuan.org.models import Unit
from bihuan.reading import result as reading
from bihuan.supervision.dues import DueRule, Start
from bihuan.supervision.models import Ground
from bihuan.supervision.nodes import TITLE, Aim, Header, Node, Why
from bihuan.supervision.queries.matching import matched
from bihuan.supervision.rules import Cycle, Mode
from bihuan.workdays.rules import Span, SpanUnit

About = Ground.About
LONGEST_NAMES = 100
LEVELS = (gettext_noop("任务"), gettext_noop("措施"), gettext_noop("着力点"))
CRITERIA = re.compile("标准|指标|成效|成果|效果")
OBJECTIVE = re.compile("目标")
LEADER = re.compile("领导|校长|院长|局长|厅长|处长|书记")  # in a label for persons
PERSON = re.compile("责任人|负责人")  # who does the work; 联系人 only answers the telephone


@dataclass(frozen=True)
class Draft:
    """What `draft_plan` needs of a document."""

    header: Header
    tree: Sequence[Node]
    source_text: str
    unread: Sequence[tuple[int, int, str]]


def draft_of(read: reading.Reading, owner: Unit) -> Draft:
    """A reading as a draft of the owner's, with every name matched that can be."""
    tree = [_node(node) for node in read.nodes]
    depth = _depth(read.nodes)
    header = Header(
        title=_title(read)[:TITLE],
        number=read.heading.number[:60],
        issued_on=read.heading.issued_on,
        level_names=[_(name) for name in LEVELS[: max(depth, 1)]],
        leading_group=[(one.name, one.seat, one.post) for one in read.heading.group],
    )
    unread = [
        (one.span.start, one.span.end, one.reason) for one in read.unread if one.span.end > one.span.start
    ]
    return Draft(header, matched(tree, owner), read.source, unread)


ISSUED = re.compile("(?:印发|发布|转发).{0,10}?《(.+)》")


def _title(read: reading.Reading) -> str:
    """What the plan is called: a notice that issues a plan bears the plan's own name."""
    title = read.heading.title
    named = ISSUED.search(title)
    return named[1] if named else title or read.file_name.rpartition(".")[0]


def _node(node: reading.Node) -> Node:
    limit = node.deadline
    due_on, long_term, cycle = _deadline(limit)
    due_rule = _due_rule(limit)
    said = _fields(node)
    text = node.text.removeprefix(node.number).strip()
    return Node(
        title=node.title.strip()[:TITLE] or text[:TITLE] or node.number,
        number=node.number[:20],
        text="" if text == node.title.strip() else text,
        objective="\n".join(said["objective"]),
        leader=_names(said["leader"]),
        person=_names(said["person"]),
        criteria=tuple(line[:300] for line in said["criteria"]),
        mode=Mode.JOINT if node.mode is reading.Mode.JOINT else Mode.EACH,
        due_on=None if due_rule else due_on,
        due_rule=due_rule,
        long_term=long_term,
        cycle=cycle,
        leads=_aims(node, reading.Role.LEAD),
        assists=_aims(node, reading.Role.ASSISTING),
        span=_span(node),
        grounds=tuple(_grounds(node, limit)),
        children=[_node(child) for child in node.children],
    )


def _aims(node: reading.Node, role: reading.Role) -> tuple[Aim, ...]:
    names = dict.fromkeys(unit.name[:100] for unit in node.units if unit.role is role)
    return tuple(Aim(name) for name in names)


def _deadline(limit: reading.Deadline | None) -> tuple[date | None, bool, str]:
    """The date; or that it is for good, with the cycle where ours has one."""
    if limit is None or limit.due_on:
        return (limit.due_on if limit else None), False, ""
    if limit.kind in (reading.DeadlineKind.LONG_TERM, reading.DeadlineKind.RECURRING):
        cycle = str(limit.cycle or "")
        return None, True, cycle if cycle in Cycle.values else ""
    return None, False, ""


UNITS = {"小时": SpanUnit.HOUR, "工作日": SpanUnit.WORKDAY, "日": SpanUnit.DAY, "月": SpanUnit.MONTH}


def _due_rule(limit: reading.Deadline | None) -> str:
    """The rule in the words of the document (自印发之日起15个工作日内), which becomes a date on service."""
    if limit is None or limit.length is None:
        return ""
    start = Start.ISSUE if limit.length.from_issue else Start.SERVICE
    try:
        rule = DueRule(Span(limit.length.amount, UNITS[limit.length.unit]), start)
        return DueRule.parse(rule.code).code
    except ValueError:
        return ""


def _fields(node: reading.Node) -> dict[str, list[str]]:
    """What the document says under labels of its own."""
    said: dict[str, list[str]] = {"criteria": [], "objective": [], "leader": [], "person": []}
    for one in node.fields:
        if LEADER.search(one.label):
            said["leader"] += filter(None, map(str.strip, one.text.split("\n")))
        elif PERSON.search(one.label):
            said["person"] += filter(None, map(str.strip, one.text.split("\n")))
        elif CRITERIA.search(one.label):
            said["criteria"] += [line for line in re.split(r"[；;\n]+", one.text) if line.strip()]
        elif OBJECTIVE.search(one.label):
            said["objective"].append(one.text)
    return said


def _names(said: Sequence[str]) -> str:
    """Several lines or labels as one, each name once, as far as there is room."""
    return "、".join(dict.fromkeys(said))[:LONGEST_NAMES]


def _grounds(node: reading.Node, limit: reading.Deadline | None) -> list[Why]:
    found = [Why(About.ITEM, node.reason, node.number)]
    found += [Why(About.UNIT, unit.reason, unit.name, _pair(unit.span)) for unit in node.units]
    if node.mode_reason and len(node.units) > 1:
        found.append(Why(About.MODE, node.mode_reason))
    if limit:
        found.append(Why(About.DEADLINE, limit.reason, limit.text, _pair(limit.span)))
    return found


def _span(node: reading.Node) -> tuple[int, int] | None:
    """Where the item's own words stand; of a parent only what comes before its parts."""
    if not node.spans:
        return None
    last = node.spans[0] if node.children else node.spans[-1]
    return node.spans[0].start, max(last.end, node.spans[0].end)


def _pair(span: reading.Span) -> tuple[int, int]:
    return span.start, span.end


def _depth(nodes: Sequence[reading.Node]) -> int:
    return max((1 + _depth(node.children) for node in nodes), default=0)
