"""Why the reader believes something: a code on every guess, so that pages explain it and people decide."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _


class Reason(StrEnum):
    """Codes are stable; what they mean to people stands in `EXPLANATIONS`."""

    # how an item was recognised
    PRINTED_NUMBER = "printed_number"
    AUTOMATIC_NUMBER = "automatic_number"
    RUN_ON_NUMBER = "run_on_number"
    NUMBERED_ROW = "numbered_row"
    COUNTED_ROW = "counted_row"
    SUB_ROW = "sub_row"
    SECTION_ROW = "section_row"
    CATEGORY_CELL = "category_cell"
    # who is responsible
    VERB_LEADS = "verb_leads"
    VERB_RESPONSIBLE = "verb_responsible"
    VERB_ASSISTS = "verb_assists"
    AFTER_LEAD = "after_lead"
    FIRST_UNIT_LEADS = "first_unit_leads"
    NOT_FIRST_UNIT = "not_first_unit"
    LABEL_LEADS = "label_leads"
    LABEL_RESPONSIBLE = "label_responsible"
    LABEL_ASSISTS = "label_assists"
    PLAIN_LIST = "plain_list"
    NAMED_IN_TEXT = "named_in_text"
    # how leads share the work
    LEAD_IS_NAMED = "lead_is_named"
    SEVERAL_LEADS = "several_leads"
    ONE_LEAD = "one_lead"
    # until when
    FULL_DATE = "full_date"
    YEAR_FROM_TEXT = "year_from_text"
    YEAR_FROM_DOCUMENT = "year_from_document"
    NEXT_YEAR = "next_year"
    YEAR_UNKNOWN = "year_unknown"
    BEFORE_PERIOD = "before_period"
    PERIOD_THEN_DONE = "period_then_done"
    FROM_ISSUE = "from_issue"
    PLAN_PERIOD = "plan_period"
    RULE_TEXT = "rule_text"
    CYCLE = "cycle"
    STANDING_DUTY = "standing_duty"
    AT_ONCE = "at_once"
    # what stays unread
    PREAMBLE = "preamble"
    CLOSING = "closing"
    UNNUMBERED = "unnumbered"
    FOREIGN_TABLE = "foreign_table"
    OUTSIDE_LIST = "outside_list"


EXPLANATIONS: dict[str, object] = {
    Reason.PRINTED_NUMBER: _("行首印有序号"),
    Reason.AUTOMATIC_NUMBER: _("序号由 Word 自动编号生成"),
    Reason.RUN_ON_NUMBER: _("序号夹在段落中间，按顺序断开"),
    Reason.NUMBERED_ROW: _("表格行的序号列有编号"),
    Reason.COUNTED_ROW: _("表格没有序号，按行次编排"),
    Reason.SUB_ROW: _("同一序号下的分行，各有责任单位或时限"),
    Reason.SECTION_ROW: _("通栏的分节行"),
    Reason.CATEGORY_CELL: _("合并单元格中的类别"),
    Reason.VERB_LEADS: _("文中写明“牵头”"),
    Reason.VERB_RESPONSIBLE: _("文中写明“负责”，未写明牵头，各单位均为责任单位"),
    Reason.VERB_ASSISTS: _("文中写明配合、参与、会同或指导"),
    Reason.AFTER_LEAD: _("已写明牵头单位，其余列为配合单位"),
    Reason.FIRST_UNIT_LEADS: _("按文中“列第一位者为牵头单位”的约定"),
    Reason.NOT_FIRST_UNIT: _("按“列第一位者为牵头单位”的约定，不在第一位"),
    Reason.LABEL_LEADS: _("写在“牵头单位”之下"),
    Reason.LABEL_RESPONSIBLE: _("写在“责任单位”之下"),
    Reason.LABEL_ASSISTS: _("写在“配合单位”之下"),
    Reason.PLAIN_LIST: _("句末括号中只有单位名称"),
    Reason.NAMED_IN_TEXT: _("只在正文中提到，请核对"),
    Reason.LEAD_IS_NAMED: _("写明了牵头单位，一家牵头、其余配合"),
    Reason.SEVERAL_LEADS: _("并列多家且未写明牵头，每家各办一件"),
    Reason.ONE_LEAD: _("只有一家责任单位"),
    Reason.FULL_DATE: _("日期完整"),
    Reason.YEAR_FROM_TEXT: _("年份取自文中其他日期"),
    Reason.YEAR_FROM_DOCUMENT: _("年份取自成文日期或文号"),
    Reason.NEXT_YEAR: _("当年该日已过或写明次年，按下一年"),
    Reason.YEAR_UNKNOWN: _("没有写年份，也无从推断，请补上"),
    Reason.BEFORE_PERIOD: _("只写“前”不写“底”，按该时段开始之前"),
    Reason.PERIOD_THEN_DONE: _("时段之后紧接“完成”，按时段最后一天"),
    Reason.FROM_ISSUE: _("自印发之日起算"),
    Reason.PLAN_PERIOD: _("按五年规划期的最后一天"),
    Reason.RULE_TEXT: _("是规则而不是日期，请换算后填写"),
    Reason.CYCLE: _("周期性任务"),
    Reason.STANDING_DUTY: _("长期任务"),
    Reason.AT_ONCE: _("要求立即办理"),
    Reason.PREAMBLE: _("第一条之前的文字"),
    Reason.CLOSING: _("最后一条之后的结束语"),
    Reason.UNNUMBERED: _("全文没有可识别的序号或任务表"),
    Reason.FOREIGN_TABLE: _("表格没有任务、责任单位等栏目"),
    Reason.OUTSIDE_LIST: _("表格中不属于任何一条的行"),
}
