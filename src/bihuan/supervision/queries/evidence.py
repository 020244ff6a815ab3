"""The files on which reports and submissions rest (佐证), and who may read them."""

from collections.abc import Iterable

from django.db.models import Model, Q

from bihuan.documents.models import Citation, File
from bihuan.kernel.actor import Actor
from bihuan.ledger.rules import stream_of
from bihuan.org.roles import Cap
from bihuan.supervision.models import Assignment, Criterion, Proof, Report, Submission
from bihuan.supervision.queries.regimes import regime_of
from bihuan.supervision.rules import Duty


def files_of(subjects: Iterable[Model]) -> dict[str, list[File]]:
    """The files each subject cites, by the name of its stream, in the order in which they were cited."""
    found: dict[str, list[File]] = {}
    cited = Citation.objects.filter(subject__in=[stream_of(one) for one in subjects])
    for citation in cited.select_related("file__content").order_by("pk"):
        found.setdefault(citation.subject, []).append(citation.file)
    return found


def evidence_of(assignment: Assignment) -> list[File]:
    """What a unit has shown for a duty: with its submissions, and with reports that were not sent back."""
    reports = assignment.reports.exclude(verdict=Report.Verdict.RETURNED)
    found = files_of([*assignment.submissions.all(), *reports])
    return list({file.pk: file for files in found.values() for file in files}.values())


def lacks_evidence(assignment: Assignment) -> bool:
    """Whether evidence is asked for, by the plan or by the authority's regime, and none was shown (C6)."""
    plan = assignment.item.plan
    asked = plan is not None and plan.needs_evidence
    if not asked and not regime_of(assignment.issued_by_id)["evidence.required"]:
        return False
    return not evidence_of(assignment)


def proofs_of(assignment: Assignment) -> dict[int, list[File]]:
    """The files shown for each criterion, by its id, in this and earlier submissions."""
    found: dict[int, list[File]] = {}
    proofs = Proof.objects.filter(submission__assignment=assignment).select_related("file__content")
    for proof in proofs.order_by("pk"):
        found.setdefault(proof.criterion_id, []).append(proof.file)
    return found


def unproven(assignment: Assignment) -> list[tuple[int, Criterion]]:
    """The criteria, with their numbers, that ask for evidence and have none; they bind the lead (C6)."""
    if assignment.duty != Duty.LEAD:
        return []
    criteria = list(enumerate(assignment.item.criteria.all(), 1))
    if not any(criterion.asks_for_evidence for _n, criterion in criteria):
        return []
    shown = proofs_of(assignment)
    return [(n, one) for n, one in criteria if one.asks_for_evidence and one.pk not in shown]


def may_read(actor: Actor, file: File) -> bool:
    """Whoever may see an assignment may see what was shown for it."""
    cited: dict[str, list[int]] = {}
    for subject in file.citations.values_list("subject", flat=True):
        kind, _colon, pk = subject.partition(":")
        cited.setdefault(kind, []).append(int(pk))
    reports = Report.objects.filter(pk__in=cited.get(Report._meta.label_lower, ()))
    submissions = Submission.objects.filter(pk__in=cited.get(Submission._meta.label_lower, ()))
    about = Q(pk__in=reports.values("assignment")) | Q(pk__in=submissions.values("assignment"))
    return Assignment.objects.within(actor, Cap.VIEW).filter(about).exists()
