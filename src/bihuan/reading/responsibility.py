"""Expressions of responsibility: “A牵头，B、C配合”, “A、B按职责分工负责”, “责任单位：A；配合单位：B”.

An expression is cut into clauses; each is a list of names with a label before it or a verb behind it, and
takes its role from them. Names with neither take the role of what follows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bihuan.reading.labels import RoleAndReason, unit_label
from bihuan.reading.pieces import BLANK, CLOSING, OPENING, Piece, either, split_top, squeezed
from bihuan.reading.reasons import Reason
from bihuan.reading.result import Found, Role, UnitMention
from bihuan.reading.units import is_generic, is_name, split_names, starts_otherwise

_DUTY = "(?:按照?|依据|依|根据)?(?:各自)?(?:工作)?(?:职责|职能|分工)(?:职责)?(?:和|与)?(?:分工|职责|范围内?)?"
_MORE = either("抓总 负责 落实 实施 组织 推进 办理 完成 协调 做好 参与 配合 整改 抓好")
_VERB = re.compile(
    rf"""
    (?:
      (?P<lead>(?:为)?牵头(?:单位|部门|处室)?|主办|主责|总牵头|统筹){_MORE}*
    | (?P<assist>(?:积极|共同|协同|主动|予以)*
        (?:配合|参与|参加|协助|协同|支持|指导|协办|督导|督促|监督){_MORE}*)
    | (?P<do>(?:{_DUTY})?(?:分别|共同|具体|各自|分工|统一|全面|依法)*
        (?:负责|落实|承办|承担|组织(?:实施|开展|落实|推进)|实施|推进|办理|完成|整改|执行){_MORE}*
      | {_DUTY}$)
    )
    (?![室处部科办局委司站院所厅队组]|中心|人员|同志)       # 督导室, 组织部 …: part of a name
    """,
    re.VERBOSE,
)
_VERBS_LOOKED_AT = 12  # from the end of a clause; more only occur in text that is no expression
_TOGETHER = re.compile(r"会同|会商|(?<![工招])商(?![务业会学贸丘洛品标联])|联合(?!会|国|大学|学院)")
_UNIT = "(?:单位|部门|处室|科室|责任单位|责任部门)"
FIRST_LEADS = re.compile(
    rf"(?:列|排名?|排列|排序|居)在?(?:第一|首)[位个]?(?:的|者|的?{_UNIT})?[为是系]"
    rf"(?:总?牵头|主办|主要责任|第一责任|责任){_UNIT}?"
    rf"|(?:第一个?|首位){_UNIT}?[为是](?:总?牵头|主办|主责){_UNIT}?"
)
# “市财政局、市税务局（列第一位的为牵头单位，下同）”: the rule is said in a bracket behind the names.
_RULE_BEHIND = re.compile(rf"[（(][^（()）]*(?:{FIRST_LEADS.pattern})[^（()）]*[）)]")
_HOW = either(
    "分(?:阶段|步骤?|批次?|类别?|期|年度) 按(?:序时|时间|计划|年度|季度|月度?)*(?:进度|计划|节点) 有序 稳步 扎实 "
    "统筹 同步 持续 常态化?地? 立即 全面 定期 逐步 滚动"
)
_NOISE = re.compile(
    rf"(?:下同|略|不再(?:一一)?列出|(?:以下|以上|下列).*|(?:{_HOW})+(?:推进|推动|实施|落实|开展|完成|整改|启动|组织)*)"
)
# “办公室牵头、各处室落实”: names, their verb, and 、 before the next names
_VERB_ENDS = re.compile(r"(?:牵头(?:负责)?|主办|主责|负责|配合|参与|参加|协助|协办|落实|实施|承办)$")
_LONGEST = 400  # characters without a comma that can be several sentences; to part more would take minutes
_VERB_LENGTH = 20  # of the longest verb there, with blanks behind it
_SIGNS = re.compile(f"[、{re.escape(OPENING + CLOSING)}]")
_BEFORE_NAMES = re.compile(
    f"{either('由 请 主要由 具体由 拟由 并由 统一由 分别由 其中由? 所?涉及的 及 和 以及')}+"
)
_BEHIND_NAME = re.compile(f"{either('等 共同 分别 各自 具体 主要 一并 联合 同时')}+$")
_SAME = re.compile(r"\s*[（(]\s*下同\s*[）)]$")
_NO_NAMES = frozenset(("部门", "单位", "有关", "部门和单位", "部门单位"))
_SHORT_NAME = re.compile(r"[\u4e00-\u9fff]{2,10}(?<![的了])")
_TAG = re.compile(
    r"[（(](?:(?P<assist>配合|协办|参与)|牵头|主办|主责|总牵头|负责|牵头单位|牵头部门)[）)]$|[★☆*＊▲●]$"
)
_LEAD_STATED = (Reason.VERB_LEADS, Reason.LABEL_LEADS)


@dataclass(frozen=True, slots=True)
class Clause:
    """A list of names and what was said about it; `together` are the names behind 会同."""

    names: tuple[Piece, ...]
    together: tuple[Piece, ...] = ()
    role: Role | None = None
    reason: Reason | None = None

    def names_lead(self) -> bool:
        """Whether the clause says itself who leads (牵头), by its verb, its label or a tag on a name."""
        return self.reason in _LEAD_STATED or any(_tag_role(name.text) is Role.LEAD for name in self.names)


def read_expression(
    piece: Piece, found: Found, *, default: RoleAndReason | None = None, first_leads: bool = False
) -> list[UnitMention]:
    """Everything an expression says about units; empty when it is not one.

    In a labelled place (`default`) every short text counts as a name; elsewhere names must look like names.
    """
    rules = [match.span() for match in _RULE_BEHIND.finditer(piece.text)]
    piece = piece.without(rules) if rules else piece
    clauses = [clause for clause in _clauses(piece, default) if clause.names or clause.role]
    if default is None and not _is_expression(clauses):
        return []
    mentions = [mention for clause in _with_roles(clauses) for mention in _mentions(clause, found)]
    return _first_leads(mentions) if first_leads else mentions


def _clauses(piece: Piece, label: RoleAndReason | None) -> Iterator[Clause]:
    """A label holds until the next one. In a labelled place line ends only separate names."""
    lines = piece.text.split("\n")[1:]
    by_line = label is None or any(unit_label(line.strip()) for line in lines)
    parts = split_top(piece, "，,；;。\n" if by_line else "，,；;。")
    for part in (one for whole in parts for one in _sentences(whole)):
        if not part.text or _NOISE.fullmatch(part.text) or FIRST_LEADS.search(part.text):
            continue
        if starts_otherwise(part.text) and _VERB_ENDS.search(part.text):  # “加强配合”
            continue
        if labelled := unit_label(part.text):
            part, label = part.cut(labelled[0]), labelled[1]
        yield _clause(part, label)


def _sentences(part: Piece) -> Iterator[Piece]:
    """A part cut at each 、 before which names and their verb are complete and behind which others follow."""
    start = 0
    if len(part.text) > _LONGEST:
        yield part
        return
    for mark in _between_sentences(part.text):
        said, behind = part.cut(start, mark), part.cut(mark + 1)
        if _cut_verb(said)[1] and _cut_verb(behind)[1]:
            yield said
            start = mark + 1
    yield part.cut(start)


def _between_sentences(text: str) -> Iterator[int]:
    """Where a 、 stands behind a verb and outside brackets; looks at each character once, however long a list is."""
    depth = 0
    for mark in _SIGNS.finditer(text):
        if mark[0] == "、":
            if depth == 0 and _VERB_ENDS.search(
                text[max(0, mark.start() - _VERB_LENGTH) : mark.start()].rstrip(BLANK)
            ):
                yield mark.start()
        else:
            depth += 1 if mark[0] in OPENING else -1


def _clause(part: Piece, label: RoleAndReason | None) -> Clause:
    if verb := _VERB.fullmatch(part.text):
        return Clause((), (), *_role_of(verb))
    before, verb = _cut_verb(part)
    names, together = _cut_together(_without_opener(before))
    role, reason = _role_of(verb) if verb else label or (None, None)
    if together and role is None:
        role, reason = Role.LEAD, Reason.VERB_RESPONSIBLE
    return Clause(tuple(_names(names)), tuple(_names(together)) if together else (), role, reason)


def _cut_verb(part: Piece) -> tuple[Piece, re.Match[str] | None]:
    """Names and the verb behind them: the last verb before which only names stand, whatever its object.

    The last, because names contain verbs too: “财务处、督导室配合”, “党委组织部”.
    """
    verbs = [match for match in _VERB.finditer(part.text) if match[0]][-_VERBS_LOOKED_AT:]
    ends_in_verb = bool(verbs) and verbs[-1].end() == len(part.text)
    if not ends_in_verb and all(_is_name(name.text) for name in _names(_without_opener(part))):
        return part, None
    for verb in reversed(verbs):
        before = part.cut(0, verb.start())
        if before.text and _is_list(before):
            return before, verb
    if ends_in_verb and _VERB_ENDS.search(part.text) and _are_short(before := part.cut(0, verbs[-1].start())):
        return before, verbs[-1]
    return part, None


def _are_short(piece: Piece) -> bool:
    """Whether a text may be short names that only those know who bear them (体卫艺配合)."""
    names = [name.text for name in _names(_without_opener(piece))]
    return bool(names) and all(_SHORT_NAME.fullmatch(name) and not starts_otherwise(name) for name in names)


def _cut_together(piece: Piece) -> tuple[Piece, Piece | None]:
    for match in _TOGETHER.finditer(piece.text):
        if match.start() > 1:
            return piece.cut(0, match.start()), piece.cut(match.end())
    return piece, None


def _is_list(piece: Piece) -> bool:
    """Whether a text consists of names, possibly with 会同 between them."""
    names, together = _cut_together(_without_opener(piece))
    found = [name.text for name in _names(names)]
    return bool(found) and _credible(found + [name.text for name in _names(together)])


def _without_opener(piece: Piece) -> Piece:
    opener = _BEFORE_NAMES.match(piece.text)
    return piece.cut(opener.end()) if opener else piece


def _role_of(verb: re.Match[str]) -> RoleAndReason:
    if verb["lead"]:
        return Role.LEAD, Reason.VERB_LEADS
    if verb["assist"]:
        return Role.ASSISTING, Reason.VERB_ASSISTS
    return Role.LEAD, Reason.VERB_RESPONSIBLE


def _names(piece: Piece | None) -> list[Piece]:
    names = []
    for name in split_names(piece) if piece else ():
        behind = _SAME.search(name.text) or _BEHIND_NAME.search(name.text)
        name = name.cut(0, behind.start()) if behind else name
        if name.text and name.text not in _NO_NAMES:
            names.append(name)
    return names


def _is_name(name: str) -> bool:
    return is_name(_TAG.sub("", name))


def _is_expression(clauses: list[Clause]) -> bool:
    """A verb or label with credible names, or nothing but names, not all of them vague."""
    names = [name.text for clause in clauses for name in (*clause.names, *clause.together)]
    if any(clause.role for clause in clauses):
        return bool(names) and _credible(names)
    return (
        bool(names)
        and all(map(_is_name, names))
        and any("各" in name or not is_generic(name) for name in names)
    )


def _credible(names: list[str]) -> bool:
    """At least half are names beyond doubt, and the others could be short ones (体卫艺, 两办)."""
    doubtful = [name for name in names if not _is_name(name)]
    return len(doubtful) * 2 <= len(names) and all(map(_SHORT_NAME.fullmatch, doubtful))


def _with_roles(clauses: list[Clause]) -> Iterator[Clause]:
    """Fill in the roles that clauses do not state: that of the next verb; assisting where another leads."""
    lead_named = any(clause.names_lead() for clause in clauses)
    for index, clause in enumerate(clauses):
        if clause.role is None:
            stated = next((later for later in clauses[index + 1 :] if later.role), None)
            role, reason = (stated.role, stated.reason) if stated else (Role.LEAD, Reason.PLAIN_LIST)
            clause = replace(clause, role=role, reason=reason)
        if lead_named and clause.role is Role.LEAD and not clause.names_lead():
            clause = replace(clause, role=Role.ASSISTING, reason=Reason.AFTER_LEAD)
        yield clause


def _mentions(clause: Clause, found: Found) -> Iterator[UnitMention]:
    tagged = any(_tag_role(name.text) is Role.LEAD for name in clause.names)
    for name in clause.names:
        role, reason = clause.role or Role.LEAD, clause.reason or Reason.PLAIN_LIST
        if own := _tag_role(name.text):
            role, reason = own, Reason.VERB_LEADS if own is Role.LEAD else Reason.VERB_ASSISTS
        elif tagged:
            role, reason = Role.ASSISTING, Reason.AFTER_LEAD
        yield from _mention(name, role, reason, found)
    for name in clause.together:
        yield from _mention(name, Role.ASSISTING, Reason.VERB_ASSISTS, found)


def _tag_role(name: str) -> Role | None:
    tag = _TAG.search(name)
    return None if not tag else Role.ASSISTING if tag["assist"] else Role.LEAD


def _mention(name: Piece, role: Role, reason: Reason, found: Found) -> Iterator[UnitMention]:
    tag = _TAG.search(name.text)
    name = name.cut(0, tag.start()) if tag else name
    text = squeezed(name.text)
    if 1 < len(text) <= 40 and re.search(r"[\u4e00-\u9fffA-Za-z]", text):
        yield UnitMention(text, role, found, name.span, reason, generic=is_generic(text))


def _first_leads(mentions: list[UnitMention]) -> list[UnitMention]:
    """The document's own rule: the first name leads, the others assist; an explicit 牵头 stands."""
    if not mentions or any(mention.reason in _LEAD_STATED for mention in mentions):
        return mentions
    first, *others = mentions
    if first.role is Role.LEAD:
        first = replace(first, reason=Reason.FIRST_UNIT_LEADS)
    return [first] + [
        replace(other, role=Role.ASSISTING, reason=Reason.NOT_FIRST_UNIT)
        if other.role is Role.LEAD
        else other
        for other in others
    ]
