"""An assignment on paper (办件单): what a page to print and a docx say alike, in scope as the assignment is."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from bihuan.documents.form_docx import Form, Table
from bihuan.documents.form_docx import render as render_docx
from bihuan.org.middleware import SignedIn
from bihuan.supervision.models import Term
from bihuan.supervision.queries.assignments import Sheet, why_date
from bihuan.supervision.views import faces
from bihuan.supervision.views.assignments import sheet_or_404
from bihuan.supervision.views.progress import Told
from bihuan.ui import wording

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@login_required
@require_GET
def print_sheet(request: SignedIn, pk: int) -> HttpResponse:
    """The assignment as a form to print."""
    sheet = sheet_or_404(request, pk)
    context = {"sheet": sheet, "one": sheet.assignment, "form": paper_of(sheet)}
    return render(request, "supervision/assignments/print.html", context)


@login_required
@require_GET
def docx_sheet(request: SignedIn, pk: int) -> HttpResponse:
    """The same as a docx."""
    form = paper_of(sheet_or_404(request, pk))
    answer = HttpResponse(render_docx(form), content_type=DOCX)
    answer.headers["Content-Disposition"] = content_disposition_header(True, f"{_('办件单')}-{pk}.docx")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def paper_of(sheet: Sheet) -> Form:
    last = sheet.trail.last if sheet.trail.happenings else None
    foot = (
        _("留痕第 %(n)d 条，校验码 %(digest)s") % {"n": last.position, "digest": last.digest} if last else ""
    )
    tables = [terms(sheet), trail(sheet), evidence(sheet)]
    return Form(_("办件单"), facts(sheet), [table for table in tables if table.rows], foot)


def facts(sheet: Sheet) -> list[list[tuple[str, str]]]:
    one, item, told = sheet.assignment, sheet.item, Told(sheet)
    giver = f"{one.issued_by.name} {one.office.short_name}" if one.office else one.issued_by.name
    light = faces.shown_light(one, sheet.now)
    state = f"{one.get_stage_display()} {one.get_outcome_display()}".strip()
    rows = [
        [(_("事项"), item.title)],
        [
            (_("来源"), f"{item.source.get_kind_display()} {item.source.title}"),
            (_("文号"), item.source.number or wording.NOTHING),
        ],
        [(_("交办单位"), giver), (_("交办时间"), wording.say_moment(one.dispatched_at))],
        [
            (told.unit_label, one.unit.name),
            (_("签收时间"), wording.say_moment(one.signed_at) if one.signed_at else wording.NOTHING),
        ],
        [
            (_("原定时限"), wording.say_moment(one.original_due_at)),
            (_("现时限"), wording.say_moment(one.due_at)),
        ],
        [(_("办理状态"), state), (_("灯"), f"{light.text} {sheet.why}")],
    ]
    others = wording.say_list(other.unit.name for other in sheet.companions)
    more = [
        (_("配合单位") if one.duty == "lead" else _("其他单位"), others),
        (_("责任领导"), item.leader),
        (_("责任人"), item.person),
        (_("目标"), item.objective),
        (_("内容"), item.text),
        (_("验收标准"), numbered(criterion.text for criterion, _verdict in sheet.criteria)),
        (_("节点"), numbered(node_line(node) for node in sheet.milestones)),
    ]
    return rows + [[(label, said)] for label, said in more if said]


def numbered(lines) -> str:
    return "\n".join(f"{n}. {line}" for n, line in enumerate(lines, 1))


def node_line(node) -> str:
    said = {"name": node.milestone.name, "due": wording.say_day(node.milestone.due_on)}
    if node.reached_on:
        return _("%(name)s（%(due)s），%(on)s完成") % {**said, "on": wording.say_day(node.reached_on)}
    return _("%(name)s（%(due)s），未完成") % said


def terms(sheet: Sheet) -> Table:
    """Every deadline it had, and why it was on that day."""
    rows = [
        (
            wording.say_moment(term.from_at),
            Term.Kind(term.kind).label,
            wording.say_moment(term.due_at),
            why_date(term),
        )
        for term in sheet.assignment.terms.all()
    ]
    head = (_("自"), _("事由"), _("时限"), _("依据"))
    return Table(_("时限与依据"), head, rows, (3, 2, 3, 6))


def trail(sheet: Sheet) -> Table:
    """What happened, oldest first, with the words of reports and reviews."""
    lines = [faces.line(one, sheet.trail.units) for one in reversed(sheet.trail.happenings)]
    rows = [
        (wording.say_moment(line.happening.entry.at), str(line.label), line.who, words(line))
        for line in lines
    ]
    head = (_("时间"), _("环节"), _("单位、人员"), _("内容、意见"))
    return Table(_("办理过程"), head, rows, (3, 2, 3, 6))


def words(line: faces.Line) -> str:
    """The words of a line as the page shows them: of a report its parts, of a submission its text."""
    happening = line.happening
    report, submission, extension = happening.report, happening.submission, happening.extension
    if report and happening.verb == "reported":
        said = [
            report.text,
            report.problems and f"{_('存在问题')}{_('：')}{report.problems}",
            report.next_steps and f"{_('下步打算')}{_('：')}{report.next_steps}",
        ]
    elif submission and happening.verb in ("completed", "submission_drafted"):
        said = [submission.text, happening.text if happening.text != submission.text else ""]
    elif extension and happening.verb == "extension_asked":
        asked = f"{wording.say_day(extension.due_before)} → {wording.say_day(extension.due_asked)}"
        said = [asked, extension.reason, extension.progress]
    else:
        said = [happening.text]
    return "\n".join(str(part) for part in [*said, *line.facts] if part)


def evidence(sheet: Sheet) -> Table:
    """The files on which it rests, each with the digest that the ledger keeps."""
    shown = {file.pk: file for one in reversed(sheet.trail.happenings) for file in one.files}
    rows = [(file.name, wording.say_moment(file.received_at), file.content.digest) for file in shown.values()]
    return Table(_("佐证材料"), (_("文件"), _("收到时间"), _("校验码")), rows, (5, 3, 6))
