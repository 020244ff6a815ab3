"""Why a file cannot be read, said so that the person who chose it knows what to do next."""

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from bihuan.kernel.errors import Refused


class Unreadable(Refused):
    """The file as a whole is refused; nothing of it was taken over. `code` is a key of `MESSAGES`."""

    def __init__(self, code: str, **facts: object):
        super().__init__(format_lazy(MESSAGES[code], **facts), code=code, field="file", **facts)


MESSAGES = {
    "empty": _("文件是空的，没有可以读取的文字。请检查后重新选择文件。"),
    "too_big": _("文件太大（{size}），最多接受 {limit}。请去掉图片后另存，或分成几个文件。"),
    "expands_too_much": _("文件解压后过大，超出 {limit} 的上限，已停止读取。请去掉图片和附件后另存。"),
    "too_intricate": _("文件内部标记超过 {limit} 个，已停止读取。请把内容复制到新建的文件后再导入。"),
    "too_many_paragraphs": _("文件超过 {limit} 段，请分成几个文件导入。"),
    "too_long_paragraph": _("有一段超过 {limit} 字，可能缺少换行。请核对原文件，分段后再导入。"),
    "too_many_rows": _("表格超过 {limit} 行，请分成几个文件导入。"),
    "too_many_cells": _("表格过宽或格子过多（上限 {limit}），请删去多余的空行空列后重新保存。"),
    "encrypted": _("文件设有打开密码，无法读取。请取消密码后另存一份再导入。"),
    "macros": _("文件带有宏程序，出于安全不予读取。请另存为不带宏的 .docx 或 .xlsx 文件。"),
    "legacy_word": _("这是旧版 Word 或 WPS 文字文件，请在 Word 或 WPS 中打开，另存为 docx 后再导入。"),
    "legacy_excel": _("这是旧版 Excel 或 WPS 表格文件，请在 Excel 或 WPS 中打开，另存为 xlsx 后再导入。"),
    "misnamed": _(
        "文件名以 {extension} 结尾，内容其实是“{actual}”。请用相应软件打开后另存为 docx、xlsx 或 txt。"
    ),
    "unsupported": _("这是“{actual}”，不能读取。请使用 docx、xlsx、csv 或 txt 文件。"),
    "broken": _("文件已损坏或没有传输完整，无法打开。请重新获取原文件。"),
    "undecodable": _("无法识别文字编码。请用记事本打开，另存为 UTF-8 编码后再导入。"),
}
