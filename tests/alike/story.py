"""Units that are given the same matter and report on it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from bihuan.documents.uploads import receive_with_form
from bihuan.org.roles import Role
from bihuan.supervision.actions import dispatching, handling
from bihuan.supervision.models import Assignment
from tests.supervision.scenes import DUE
from tests.town import Town

OURS = (
    "10月12日起，抽调财务和纪检人员9名，分三组进驻河湾小学等14所学校核对账目，查出名单漏报、退费未到账问题23条。"
    "针对东街幼儿园反映的拨付超期，三日内督促其退还款项，经复查合格。工作组对120户家长进行电话回访，满意率为93%，"
    "主要诉求是退费周期太长。保教费减免资金共46万元已拨付到位，惠及家庭310户，与民政部门比对后补录8条。"
)
COPIED = (
    "10月20日起，抽调财务和纪检人员7名，分两组进驻柳林小学等11所学校核对账目，查出名单漏报、退费未到账问题19条。"
    "针对南关幼儿园反映的拨付超期，三日内督促其退还款项，经复查合格。工作组对95户家长进行电话回访，满意率为91%，"
    "主要诉求是退费周期太长。保教费减免资金共38万元已拨付到位，惠及家庭260户，与民政部门比对后补录5条。"
)
HONEST = (
    "我县把减免政策印成明白纸，随入园通知书发到每个家庭，又请银行网点在赶集日现场办卡。九月底前，审计股逐笔翻看了公办园的"
    "收据存根，有两所园把伙食费混在一起收，已经分开开票。山区四个教学点网络不好，名单靠人工抄录，计划年底前换成电子档案。"
    "民办园的补助由财政直接打到园里的专用账户，不再经过中心校，减少了周转的日子。"
)


@dataclass
class Story:
    """A county and its neighbours, each given the same item by 东市局 or 省厅."""

    town: Town
    due_at: datetime = DUE
    given: dict[tuple[str, str], Assignment] = field(default_factory=dict)

    def assignment(self, unit: str, by: str = "东市局", title: str = "核查学前教育减免保教费") -> Assignment:
        key = (unit, title)
        if key not in self.given:
            for role in (Role.SUPERVISOR, Role.LEADER):
                self.town.post(by, role)
            item = dispatching.register_item(
                actor=self.town.actor(by),
                kind="instruction",
                title=title,
                due_at=self.due_at,
                lead_ids=[self.town.unit(unit).pk],
            )
            self.given[key] = item.assignments.get()
            handling.sign_assignment(
                assignment_id=self.given[key].pk, actor=self.town.actor(unit, Role.HANDLER)
            )
        return self.given[key]

    def report(self, unit: str, text: str, *pictures: bytes, **more: Any) -> Assignment:
        one = self.assignment(unit, **{name: more.pop(name) for name in ("by", "title") if name in more})
        actor = self.town.actor(unit, Role.HANDLER)
        files = [SimpleUploadedFile(f"现场{n}.jpg", kept) for n, kept in enumerate(pictures, 1)]
        ids = [file.pk for file in receive_with_form(actor, files)]
        handling.report_progress(assignment_id=one.pk, actor=actor, text=text, file_ids=ids, **more)
        return one

    def submit(self, unit: str, text: str, **more: Any) -> Assignment:
        """A submission with its signature."""
        one = self.assignment(unit, **more)
        self.town.post(unit, Role.LEADER)
        handling.submit_completion(assignment_id=one.pk, actor=self.town.actor(unit, Role.HANDLER), text=text)
        if one.submissions.get().state == "draft":
            handling.sign_submission(assignment_id=one.pk, actor=self.town.actor(unit, Role.LEADER))
        return one
