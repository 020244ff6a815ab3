"""Two processes sign at once: numbers neither repeat nor skip; without the lock the race is lost."""

from contextlib import suppress

import pytest
from django.db import connection

from bihuan.documents import actions
from bihuan.documents.actions import draft_paper, issue_paper, review_paper, take_paper
from bihuan.documents.models import Paper, Series
from bihuan.kernel.transactions import action
from bihuan.org.roles import Role
from tests.together import meet, processes, together
from tests.town import Town

pytestmark = [pytest.mark.django_db(transaction=True)]


@action
def drafted(*, actor, town, code, kind=Paper.Kind.SLIP):
    paper = Paper(kind=kind, issuer=town.unit("省厅"), code=code, title="督办通知单", addressees="东市局")
    return draft_paper(paper, actor=actor)


@action
def signed(*, actor, paper_id, fail=False):
    paper = take_paper(paper_id, actor=actor, seen_version=None)
    issue_paper(paper, [], actor=actor)
    if fail:
        raise RuntimeError("the machine stopped before the end")


@pytest.fixture
def papers(at_work):
    """Of one kind, so that they share a series, under codes of their own, so that nothing else holds them apart."""
    town = Town()
    made = [drafted(actor=town.actor("省厅"), town=town, code=code).pk for code in ("甲督", "乙督", "丙督")]
    for paper_id in made:
        review_paper(paper_id=paper_id, actor=town.actor("省厅", Role.SUPERVISOR, "乙"))
    return town, made


@pytest.mark.races
@pytest.mark.parametrize("guarded", [True, False])
def test_two_signatures_at_once_take_numbers_that_follow(papers, guarded, monkeypatch):
    town, made = papers
    signed(actor=town.actor("省厅", Role.LEADER), paper_id=made.pop())
    barrier, save = processes.Barrier(2), Series.save

    def save_together(series, **kwargs):
        meet(barrier)
        return save(series, **kwargs)

    monkeypatch.setattr(Series, "save", save_together)
    if not guarded:
        monkeypatch.setattr(actions, "_lockable", lambda series: series)
    signers = [town.actor("省厅", Role.LEADER) for _one in made]
    given = together(
        *[
            lambda signer=signer, paper_id=paper_id: signed(actor=signer, paper_id=paper_id)
            for signer, paper_id in zip(signers, made, strict=True)
        ]
    )
    serials = sorted(Paper.objects.filter(serial__isnull=False).values_list("serial", flat=True))
    if guarded:
        assert serials == [1, 2, 3]
    else:
        assert "IntegrityError" in given
        assert serials == [1, 2]


def test_a_signature_that_fails_leaves_no_gap(papers):
    town, made = papers
    with suppress(RuntimeError):
        signed(actor=town.actor("省厅", Role.LEADER), paper_id=made[0], fail=True)
    for paper_id in made[1:]:
        signed(actor=town.actor("省厅", Role.LEADER), paper_id=paper_id)
    serials = Paper.objects.filter(serial__isnull=False).order_by("serial").values_list("serial", flat=True)
    assert list(serials) == [1, 2]
    assert connection.in_atomic_block is False


@pytest.mark.races
@pytest.mark.parametrize("guarded", [True, False])
def test_two_kinds_under_one_code_never_bear_the_same_number(at_work, guarded, monkeypatch):
    town = Town()
    kinds = (Paper.Kind.SLIP, Paper.Kind.HANDOVER)
    made = [drafted(actor=town.actor("省厅"), town=town, code="省教督", kind=kind).pk for kind in kinds]
    for paper_id in made:
        review_paper(paper_id=paper_id, actor=town.actor("省厅", Role.SUPERVISOR, "乙"))
    barrier, save = processes.Barrier(2), Series.save

    def save_together(series, **kwargs):
        meet(barrier)
        return save(series, **kwargs)

    monkeypatch.setattr(Series, "save", save_together)
    if not guarded:
        monkeypatch.setattr(actions.store, "lock", lambda name: None)
    signers = [town.actor("省厅", Role.LEADER) for _one in made]
    given = together(
        *[
            lambda signer=signer, paper_id=paper_id: signed(actor=signer, paper_id=paper_id)
            for signer, paper_id in zip(signers, made, strict=True)
        ]
    )
    numbers = [one.number for one in Paper.objects.filter(serial__isnull=False)]
    if guarded:
        assert numbers == ["省教督〔2026〕1号"]
        assert sorted(map(str, given)) == ["None", "Refused"]
    else:
        assert numbers == ["省教督〔2026〕1号"] * 2
