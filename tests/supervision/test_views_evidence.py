"""Evidence goes with a report or a submission, is shown in the trail, and is read by whoever sees the assignment."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from bihuan.documents.models import Citation, File
from bihuan.org.roles import Role
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
