"""What documents of the loop say by themselves (督办文书): their parts, the words they begin with, what they ask for.

Pure. Each kind's parts follow domain.md §7.1 and §7.2 (C unless a source is named); an authority may settle its own
words version by version (`TemplateEdition`). Words are Chinese, as the documents are.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bihuan.documents.gongwen.text import numeral

PLACES = (
    "事项",
    "事项清单",
    "依据",
    "办理情况",
    "答复时限",
    "异议期",
    "约谈时间",
    "约谈地点",
    "方案",
    "方案进展",
    "截止日期",
)
"""What a part may have filled in from the objects concerned."""
PLACE = re.compile(r"[{｛]\s*([^{}｛｝]*?)\s*[}｝]")
LONGEST = 3000  # characters of a part
MATTER_TITLE = 80


@dataclass(frozen=True)
class Part:
    """A section of a document. `key` says what it is for; a `fixed` one is written by the program alone."""

    key: str
    heading: str
    text: str
    fixed: bool = False
    optional: bool = False
    keeps: Sequence[str] = ()  # places that no version may leave out, as none of those of a fixed part


@dataclass(frozen=True)
class Template:
    """The words a kind of document begins with. `code` and `cc` empty: what the program would say."""

    title: str
    parts: Sequence[Part]
    code: str = ""
    cc: str = ""


@dataclass(frozen=True)
class Letter:
    """How a kind behaves. `asks`: whether it demands a reply, always, never, or as its author chooses.

    `matters` is how many assignments it is about at most; `days` the reply is due in unless said otherwise;
    `duty` the title of what each addressee is given through the loop.
    """

    template: Template
    asks: str = "always"
    matters: int = 100
    needs_matter: bool = False
    duty: str = "{事项}"
    days: int = 10
    meets: bool = False
    objects: bool = False
    adopts: bool = False
    upward: bool = False
    about_plan: bool = False


def _slip() -> Template:
    return Template(
        "督办通知单",
        (
            Part("matter", "督办事项", "{事项}", fixed=True),
            Part("basis", "立项依据", "{依据}", fixed=True),
            Part("state", "办理情况", "{办理情况}", fixed=True),
            Part("demand", "督办要求", "请书面说明未按时限完成的原因和补办措施。"),
            Part("reply", "答复时限", "请于{答复时限}前书面答复办理情况。", fixed=True),
        ),
    )


def _rectification() -> Template:
    return Template(
        "关于限期整改有关问题的通知",
        (
            Part("opening", "", "经核查，你单位在下列事项的办理中存在问题，现通知如下。"),
            Part("problem", "存在问题", "{事项清单}\n{办理情况}"),
            Part("basis", "整改依据", "{依据}", optional=True),
            Part(
                "demand",
                "整改要求",
                "请逐项查明原因，落实责任，制定措施，按时完成整改；已经完成的，附核查材料。",
            ),
            Part(
                "reply",
                "整改时限",
                "请于{答复时限}前完成整改并书面报告整改情况。{异议期}",
                fixed=True,
            ),
        ),
    )


def _recommendation() -> Template:
    return Template(
        "关于改进有关工作的监察建议",
        (
            Part("state", "基本情况", "{事项清单}\n{办理情况}"),
            Part(
                "problem",
                "主要问题及原因",
                "上述事项长期没有落实，反映出责任不清、督促不力，制度执行不到位。",
            ),
            Part("demand", "监察建议", "查清问题原因，明确责任人员，补齐制度短板，并对同类事项开展自查。"),
            Part("basis", "提出建议的依据", "{依据}", optional=True),
            Part(
                "reply",
                "答复要求",
                "请于{答复时限}前书面答复是否采纳本建议，采纳的写明措施和完成时限，部分采纳或者不采纳的说明理由。{异议期}",
                fixed=True,
            ),
        ),
    )


def _interview() -> Template:
    return Template(
        "关于约谈有关负责人的通知",
        (
            Part("matter", "约谈事由", "{事项清单}\n{办理情况}"),
            Part("who", "约谈对象", "你单位主要负责人和分管负责人。"),
            Part("meeting", "约谈时间和地点", "时间：{约谈时间}。\n地点：{约谈地点}。", fixed=True),
            Part(
                "demand",
                "有关要求",
                "请按时到场，准备说明未完成的原因、责任和补救措施。因故不能到场的，提前书面说明。",
            ),
            Part(
                "reply", "整改报告", "请于{答复时限}前书面报告约谈后的整改情况。", fixed=True, optional=True
            ),
        ),
    )


def _handover() -> Template:
    return Template(
        "关于交办有关事项的函",
        (
            Part("opening", "", "现将下列事项交你单位办理。"),
            Part("matter", "交办事项", "{事项}"),
            Part("basis", "交办依据", "{依据}", optional=True),
            Part("demand", "办理要求", "请明确责任人员，按时办结；遇有困难及时说明。"),
            Part("reply", "办结时限", "请于{答复时限}前办结，并书面反馈办理结果。", fixed=True),
        ),
    )


def _brief() -> Template:
    return Template(
        "督查工作简报",
        (
            Part("state", "总体进展", "截至{截止日期}，{方案进展}"),
            Part("work", "工作动态", ""),
            Part("next", "下步工作", "继续按清单逐项推进，对临近时限的事项提前提醒，对逾期事项跟踪督办。"),
        ),
    )


def _report() -> Template:
    return Template(
        "关于督查情况的报告",
        (
            Part("opening", "", "现将有关督查情况报告如下。"),
            Part("state", "督查情况", "截至{截止日期}，{方案进展}"),
            Part("problem", "存在问题", ""),
            Part("next", "下步建议", "对长期未落实的事项逐件查明原因，分类提出处理意见。"),
            Part("closing", "", "特此报告。"),
        ),
    )


LETTERS: dict[str, Letter] = {
    "slip": Letter(_slip(), matters=1, needs_matter=True, duty="书面答复督办通知单：{事项}", days=5),
    "rectification": Letter(
        _rectification(), needs_matter=False, duty="整改并报告：{事项}", days=15, objects=True
    ),
    "recommendation": Letter(
        _recommendation(), duty="答复监察建议：{事项}", days=30, objects=True, adopts=True
    ),
    "interview": Letter(
        _interview(), asks="optional", duty="报告约谈后的整改情况：{事项}", days=10, meets=True
    ),
    "handover": Letter(_handover(), duty="{事项}", days=15, matters=1),
    "brief": Letter(_brief(), asks="never", matters=0, about_plan=True),
    "report": Letter(_report(), asks="never", matters=0, about_plan=True, upward=True),
}
"""Days to reply: 30 for a recommendation, domain.md §7.1, C; the others C. Each document states its own."""


@dataclass
class Facts:
    """What the objects concerned say, by the name of its place. An empty one takes its line with it."""

    said: dict[str, str] = field(default_factory=dict)

    def fill(self, text: str) -> list[str]:
        """The paragraphs of a text with its places filled in; a line that says nothing but empty places is left out."""
        found: list[str] = []
        for line in text.splitlines():
            filled = PLACE.sub(self._word, line)
            alone = not PLACE.sub("", line).strip("，。；：、 ")
            if not filled.strip() or (alone and not PLACE.sub(self._word, line).strip("，。；：、 ")):
                continue
            found += [one.strip() for one in filled.splitlines() if one.strip()]
        return found

    def _word(self, place: re.Match[str]) -> str:
        return self.said.get(place[1], "" if place[1] in PLACES else place[0])

    def line(self, text: str) -> str:
        """A text of one line, a title, with its places filled in."""
        return " ".join(self.fill(text))


def sections_of(
    parts: Sequence[Part], facts: Facts, words: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """The sections of a document: fixed parts from the facts, the others as people wrote them, else as they begin.

    An optional part without words is left out.
    """
    sections = []
    for part in parts:
        if words is not None and not part.fixed and part.key in words:
            said = [line.strip() for line in words[part.key].splitlines() if line.strip()]
        else:
            said = facts.fill(part.text)
        if said or not part.optional:
            sections.append({"key": part.key, "heading": part.heading, "paragraphs": said})
    return sections


def listed(lines: Sequence[str]) -> str:
    """Several things as second levels: （一）…, one alone as it is."""
    if len(lines) < 2:
        return "\n".join(lines)
    return "\n".join(f"（{numeral(number)}）{line}" for number, line in enumerate(lines, 1))


def asks(kind: str, wanted: bool) -> bool:
    """Whether a document of this kind demands a reply, where its author wants one or not."""
    rule = LETTERS[kind].asks
    return rule == "always" or (rule == "optional" and wanted)


# ---- what an authority may word for itself


@dataclass(frozen=True)
class Worded:
    """Something whose words an authority settles: its name, the words that ship, what these may have filled in.

    `used` counts the documents that began with a version of them. `names` are the places that a title may have.
    """

    label: Any
    template: Template
    used: Callable[[Any], int]
    places: Sequence[str] = PLACES
    names: Sequence[str] = ()


WORDED: dict[str, Worded] = {}
"""By kind, in the order of the page. A context above adds its own in `AppConfig.ready`."""


# ---- as rows of a version


def as_rows(template: Template) -> dict[str, Any]:
    """A template as it is kept."""
    return {
        "title": template.title,
        "code": template.code,
        "cc": template.cc,
        "parts": [{"key": part.key, "heading": part.heading, "text": part.text} for part in template.parts],
    }


def from_rows(kind: str, rows: Mapping[str, Any]) -> Template:
    """The template that rows describe. Parts are those of the kind, in its order: a template changes words alone.

    Raises KeyError, TypeError or ValueError for rows that are none.
    """
    told = {str(row["key"]): row for row in rows["parts"]}
    parts = WORDED[kind].template.parts
    if unknown := told.keys() - {part.key for part in parts}:
        raise ValueError(sorted(unknown))
    said = [
        replace(
            part, heading=str(told[part.key]["heading"]).strip(), text=str(told[part.key]["text"]).strip()
        )
        if part.key in told
        else part
        for part in parts
    ]
    words = {name: str(rows.get(name, "")).strip() for name in ("title", "code", "cc")}
    return Template(parts=said, **words)


def flaws(kind: str, template: Template) -> list[tuple[str, str]]:
    """Why a template cannot be put in force: the field and the sentence, in the order of the form."""
    found: list[tuple[str, str]] = []
    worded = WORDED[kind]
    if not template.title:
        found.append(("title", "请写明标题"))
    if strange := [name for name in PLACE.findall(template.title) if name not in worded.names]:
        found.append(("title", f"标题里不能填充：{'、'.join(strange)}"))
    for part, shipped in zip(template.parts, worded.template.parts, strict=True):
        if unknown := [name for name in PLACE.findall(part.text) if name not in worded.places]:
            found.append((part.key, f"不认识的填充项：{'、'.join(unknown)}"))
        if len(part.text) > LONGEST:
            found.append((part.key, f"不超过 {LONGEST} 字"))
        if bool(part.heading) != bool(shipped.heading):
            found.append((part.key, "请写明小标题" if shipped.heading else "这一段没有小标题"))
        needed = {name for name in PLACE.findall(shipped.text) if part.fixed} | set(shipped.keeps)
        if missing := needed - {"异议期"} - set(PLACE.findall(part.text)):
            found.append((part.key, f"须写明{{{'、'.join(sorted(missing))}}}"))
    return found
