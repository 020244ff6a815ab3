"""An official document of every shape, for the tests of its rendering and of its checker."""

from dataclasses import replace
from datetime import date

from bihuan.documents.gongwen.text import Gongwen

SECTIONS = [
    {"heading": "", "paragraphs": ["现将2026年第四季度全省教育系统督查督办情况通报如下。"]},
    {
        "heading": "总体情况",
        "paragraphs": ["本季度全省在办事项1284件，按期率93.1%；销号312件，逾期38件。"],
    },
    {
        "heading": "存在问题",
        "paragraphs": [
            "（一）整改落实不到位。某市教育局3件事项连续两期未整改到位，最长逾期21天。",
            "（二）材料审核不严格。个别单位上报材料雷同。",
            "1.以文字代替凭证。",
            "（1）经退回后仍未补齐原始流水。",
        ],
    },
    {"heading": "工作要求", "paragraphs": ["各单位要对照清单逐项整改，12月11日前完成逾期事项。"]},
]
TABLE = {
    "title": "各单位办理情况统计表",
    "head": ["单位", "交办", "已销号", "按期率"],
    "rows": [["东市教育局", "12", "3", "93.1%"], ["西市教育局", "8", "8", "—"]],
}
DOCUMENT = Gongwen(
    issuer="甘肃省教育厅",
    number="甘教督〔2026〕12号",
    title="关于2026年第四季度教育系统督查督办情况的通报",
    addressees="各市州教育局，各高等学校，厅直属各单位",
    sections=SECTIONS,
    issued_on=date(2026, 11, 23),
    cc="省纪委监委驻省教育厅纪检监察组",
    printed_by="甘肃省教育厅办公室",
)
ANNEXES = replace(DOCUMENT, tables=[TABLE, {**TABLE, "title": "逾期事项清单"}])
LETTER = replace(DOCUMENT, form="letter")
MANY = "、".join(f"第{number}县教育局" for number in range(1, 90))

SHAPES = {
    "document": DOCUMENT,
    "annex": replace(DOCUMENT, tables=[TABLE]),
    "annexes": ANNEXES,
    "letter": LETTER,
    "urgent letter": replace(LETTER, urgency="特急"),
    "letter without copies": replace(LETTER, cc=""),
    "without copies": replace(DOCUMENT, cc=""),
    "urgent": replace(DOCUMENT, urgency="加急", copy_number="000012"),
    "upward": replace(DOCUMENT, signer="张三"),
    "joint": replace(DOCUMENT, partners=["甘肃省财政厅", "甘肃省人力资源和社会保障厅"]),
    "note": replace(DOCUMENT, note="此件公开发布"),
    "long issuer": replace(DOCUMENT, issuer="兰州新区职业技术学院作风建设专项行动领导小组办公室"),
    "many addressees": replace(DOCUMENT, addressees=MANY),
    "full even page": replace(DOCUMENT, sections=[{"heading": "", "paragraphs": ["正文。"] * 23}]),
    "short": replace(DOCUMENT, sections=[{"heading": "", "paragraphs": ["正文。"]}], title="通报"),
    "eleven sections": replace(
        DOCUMENT, sections=[{"heading": f"第{n}节", "paragraphs": ["正文。"]} for n in range(11)]
    ),
}
