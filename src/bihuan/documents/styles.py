"""In which form each kind of document is set (文种版式): pure. GB/T 9704-2012 clauses 7 and 10; domain.md §7 and §8."""

from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Style:
    """`upward` documents name who signed them; `plain` ones bear the issuer's name without 文件 as their mark.

    `suffix` is what the kind adds to the issuer's code, so that no two kinds bear the same number.
    """

    form: Literal["document", "letter"]
    suffix: str
    about: Any
    upward: bool = False
    plain: bool = False


STYLES: dict[str, Style] = {
    "circular": Style("document", "", _("表扬先进、批评落后、传达情况；数字由台账生成")),
    "slip": Style("letter", "办", _("一事一单：督促一个单位按期办结一件事项，并书面答复")),
    "rectification": Style("letter", "改", _("指出问题，限期整改；可以一次列出多件事项")),
    "recommendation": Style("letter", "建", _("就履职中的问题提出建议；须答复是否采纳，可以提出异议")),
    "interview": Style("letter", "约", _("通知单位负责人按时到场接受约谈")),
    "handover": Style("letter", "函", _("把一件事项正式交给一个或几个单位办理")),
    "brief": Style("document", "简", _("向下级和有关方面通报工作动态，不要求答复"), plain=True),
    "report": Style("document", "报", _("向上级或本机关领导专题报告督查结果，注明签发人"), upward=True),
}
"""The first six but the circular go to a unit about its own matters: a letter (信函格式, clause 10.1)."""


def style_of(kind: str) -> Style:
    return STYLES[kind]
