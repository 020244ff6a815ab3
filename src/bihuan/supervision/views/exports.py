"""The register as a file: exactly the filtered rows, in the order of the page, never held in memory as a whole."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from tempfile import TemporaryFile
from typing import Any

import xlsxwriter
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from bihuan.kernel import clock
from bihuan.supervision.models import Assignment
from bihuan.supervision.queries.registers import in_batches, register
from bihuan.supervision.views import faces
from bihuan.supervision.views.registers import filter_form

FORMULA = ("=", "+", "-", "@", "\t", "\r")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@login_required
@require_GET
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    asked = filter_form(request).asked()
    rows = in_batches(register(request.actor, asked), asked)
    name = f"{_('办件')}-{clock.today().isoformat()}.{kind}"
    if kind == "xlsx":
        return FileResponse(as_xlsx(rows), as_attachment=True, filename=name, content_type=XLSX)
    if kind == "csv":
        response = StreamingHttpResponse(as_csv(rows), content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = content_disposition_header(
            as_attachment=True, filename=name
        )
        return response
    raise Http404(kind)


def columns() -> list[str]:
    return [
        _("编号"), _("事项"), _("来源"), _("文号"), _("方案"), _("领域"), _("承办单位"), _("职责"), _("交办单位"),
        _("内设机构"), _("环节"), _("灯"), _("交办日期"), _("签收日期"), _("原定时限"), _("现时限"),
        _("自评进度（%）"), _("最近反馈"), _("申报办结"), _("结束日期"), _("结论"), _("轮次"), _("期次"),
    ]  # fmt: skip


def cells(one: Assignment, at: datetime) -> list[Any]:
    item = one.item
    return [
        one.pk, item.title, str(item.source.get_kind_display()), item.source.number,
        item.plan.title if item.plan else "", item.area.name if item.area else "",
        one.unit.name, str(one.get_duty_display()), one.issued_by.name, one.office.name if one.office else "",
        str(one.get_stage_display()), str(faces.shown_light(one, at).text), day(one.dispatched_at),
        day(one.signed_at), day(one.original_due_at), day(one.due_at), one.progress, day(one.reported_at),
        day(one.completed_at), day(one.ended_at), str(one.get_outcome_display()) if one.outcome else "",
        one.round, one.period,
    ]  # fmt: skip


def day(moment: datetime | None) -> str:
    return clock.office_day(moment).isoformat() if moment else ""


def as_xlsx(rows: Iterator[Assignment]) -> Any:
    """A workbook on disk; text is written as text, so nothing in it is ever a formula."""
    file = TemporaryFile()  # noqa: SIM115 - the response closes it
    at = clock.now()
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet(_("办件"))
        head = book.add_format({"bold": True, "bg_color": "#F7F8FA", "bottom": 1})
        sheet.freeze_panes(1, 2)
        sheet.set_column(1, 1, 40)
        sheet.set_column(2, 22, 14)
        for column, title in enumerate(columns()):
            sheet.write_string(0, column, title, head)
        for line, one in enumerate(rows, 1):
            for column, value in enumerate(cells(one, at)):
                if isinstance(value, int):
                    sheet.write_number(line, column, value)
                elif value:
                    sheet.write_string(line, column, value)
    file.seek(0)
    return file


def as_csv(rows: Iterator[Assignment]) -> Iterator[str]:
    """Line by line, with the mark by which office programs recognise UTF-8."""
    at, buffer = clock.now(), io.StringIO()
    writer = csv.writer(buffer)

    def line(values: list[Any]) -> str:
        writer.writerow([harmless(value) for value in values])
        said = buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        return said

    yield "\ufeff" + line(columns())
    for one in rows:
        yield line(cells(one, at))


def harmless(value: Any) -> Any:
    """A text that an office program would run as a formula, kept from being one."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
