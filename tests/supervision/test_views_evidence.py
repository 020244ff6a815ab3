"""Evidence goes with a report or a submission, is shown in the trail, and is read by whoever sees the assignment."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from bihuan.documents.models import Citation, File
from bihuan.org.roles import Role
from bihuan.supervision.actions.handling import submit_completion
from bihuan.supervision.actions.reviewing import return_submission
from bihuan.supervision.models import Criterion
from tests.supervision import scenes


def a_text(name="核查情况.txt", text="核查情况：全部到位。\n"):
    return SimpleUploadedFile(name, text.encode(), "text/plain")


@pytest.fixture
def handler(client, town):
    client.force_login(town.person("东市局", Role.HANDLER))
    return client


@pytest.mark.parametrize("noun", ["report", "completion"])
def test_files_come_with_the_words_and_stand_in_the_trail(handler, town, noun):
    one = scenes.working(town)
    data = {
        "text": "已核查",
        "seen_version": one.version,
        "files": [a_text(), a_text("名单.txt", "甲、乙\n")],
    }
    assert handler.post(reverse(f"assignment-{noun}", args=[one.pk]), data).status_code == 302
    page = handler.get(reverse("assignment", args=[one.pk]), {"trail": "files"})
    (line,) = page.context["recent"]
    assert [file.name for file in line.happening.files] == ["核查情况.txt", "名单.txt"]
    assert all(file.is_frozen for file in File.objects.all())


def test_a_file_that_is_refused_stands_at_its_field_and_nothing_happened(handler, town):
    one = scenes.working(town)
    bad = SimpleUploadedFile("清单.exe", b"MZ" + b"\0" * 200)
    data = {"text": "已核查", "seen_version": one.version, "files": [bad]}
    answer = handler.post(reverse("assignment-report", args=[one.pk]), data)
    assert answer.status_code == 422
    assert answer.context["form"].errors["files"]
    assert (one.reports.count(), Citation.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("who", "status"),
    [
        (("东市局", Role.LEADER), 200),
        (("省厅", Role.SUPERVISOR), 200),
        (("西市局", Role.SUPERVISOR), 404),
        (("省厅", Role.SYSTEM_ADMIN), 404),
    ],
)
def test_whoever_sees_the_assignment_reads_its_evidence(client, handler, town, who, status):
    one = scenes.working(town)
    data = {"text": "已核查", "seen_version": one.version, "files": [a_text()]}
    handler.post(reverse("assignment-report", args=[one.pk]), data)
    client.force_login(town.person(*who))
    assert client.get(reverse("file", args=[File.objects.get().pk])).status_code == status


ASKING = ["逐县核查到位", "形成整改台账（附佐证）"]


def completion(client, one, **data):
    given = {"text": "全部核查完毕", "seen_version": one.version, **data}
    return client.post(reverse("assignment-completion", args=[one.pk]), given)


def test_a_criterion_that_asks_for_evidence_is_not_declared_met_without(handler, town):
    one = scenes.working(town, criteria=ASKING)
    asking = one.item.criteria.last()
    field = f"proof-{asking.pk}"
    shown = handler.get(reverse("assignment-completion", args=[one.pk])).context["form"]
    assert [name for name in shown.fields if name.startswith("proof-")] == [field]
    refused = completion(handler, one, files=[a_text("别的.txt", "与标准无关")])
    assert refused.status_code == 422
    assert refused.context["form"].errors[field]
    assert (one.submissions.count(), Citation.objects.count()) == (0, 0)
    assert completion(handler, one, **{field: [a_text("台账.txt")]}).status_code == 302
    (proof,) = one.submissions.get().proofs.all()
    assert (proof.criterion, proof.file.name) == (asking, "台账.txt")
    assert proof.file.is_frozen


def test_the_reviewer_sees_which_criterion_is_proven_and_a_supplement_needs_no_second_copy(
    client, handler, town
):
    one = scenes.working(town, criteria=ASKING)
    field = f"proof-{one.item.criteria.last().pk}"
    completion(handler, one, **{field: [a_text("台账.txt")]})
    client.force_login(town.person("省厅"))
    page = client.get(reverse("assignment-review", args=[one.pk])).content.decode()
    assert page.index("形成整改台账") < page.rindex("台账.txt")
    assert "data-unproven" not in page
    one.item.criteria.create(text="公开结果（附佐证）", position=9)
    assert "data-unproven" in client.get(reverse("assignment-review", args=[one.pk])).content.decode()
    one.item.criteria.last().delete()
    one.refresh_from_db()
    scenes.moved(one, return_submission, town.actor("省厅"), opinion="补签字")
    client.force_login(town.person("东市局", Role.HANDLER))
    assert completion(client, one).status_code == 302


def test_a_proof_belongs_to_a_criterion_of_this_very_item(town):
    one, other = (scenes.working(town, title=title, criteria=ASKING) for title in ("甲", "乙"))
    foreign = other.item.criteria.last().pk
    with pytest.raises(Criterion.DoesNotExist):
        scenes.moved(
            one, submit_completion, town.actor("东市局", Role.HANDLER), text="完成", proofs={foreign: []}
        )
    assert one.submissions.count() == 0
