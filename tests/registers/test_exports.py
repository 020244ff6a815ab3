"""Files of registers: asked for, written, fetched, expired; whose they are; what the ledger keeps."""

import csv
import io
import zipfile
from datetime import timedelta
from http import HTTPStatus

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from bihuan.kernel import clock
from bihuan.kernel.errors import AlreadyDone, Refused
from bihuan.ledger.models import Entry
from bihuan.org.models import Appointment
from bihuan.org.roles import Role
from bihuan.registers import jobs, views
from bihuan.registers.actions import SILENT, ask_export, begin_export, drop_export
from bihuan.registers.models import Export
from tests.supervision import scenes

pytestmark = pytest.mark.django_db


def asked(town, unit="省厅", role=Role.SUPERVISOR, **words) -> Export:
    return ask_export(actor=town.actor(unit, role), register_key="assignments", **words)


def written(export: Export) -> bytes:
    jobs.serve_export(export.pk)
    export.refresh_from_db()
    assert export.state == Export.State.DONE, export.fault
    with default_storage.open(export.stored) as file:
        return file.read()


def rows(export: Export) -> list[list[str]]:
    return list(csv.reader(io.StringIO(written(export).decode("utf-8-sig"), newline="")))


def test_a_file_holds_the_rows_of_the_page_in_its_order_and_columns(town):
    for title in ("丙", "甲", "乙"):
        scenes.working(town, title=title)
    scenes.working(town, "西市局", title="丁", due_at=scenes.DUE - timedelta(days=3))
    scenes.written_off(town, "学院", title="戊")
    export = asked(town, form="csv", query="stage=open", columns=["unit", "item"], order="unit")
    assert rows(export) == [
        ["序号", "责任单位-承办", "事项"],
        ["1", "东市局", "丙"],
        ["2", "东市局", "甲"],
        ["3", "东市局", "乙"],
        ["4", "西市局", "丁"],
    ]
    assert (export.written, export.total) == (4, 4)


def test_the_file_is_in_the_scope_of_its_asker(town):
    scenes.working(town, title="东")
    scenes.working(town, "西市局", title="西")
    assert [row[1] for row in rows(asked(town, "东市局", form="csv", columns=["item"]))[1:]] == ["东"]


def test_a_post_that_is_over_gets_nothing(town):
    scenes.working(town)
    export = asked(town, "东市局")
    Appointment.objects.filter(pk=export.appointment_id).update(ends_on="2026-11-01")
    jobs.serve_export(export.pk)
    export.refresh_from_db()
    assert (export.state, export.stored) == (Export.State.FAILED, "")
    assert Entry.objects.of(export).last().facts == {"reason": "not_permitted"}


def test_the_ledger_keeps_who_took_what_and_how_much(town):
    scenes.working(town)
    export = asked(town, columns=["item", "unit"], query="q=核查")
    content = written(export)
    verbs = {entry.verb: entry for entry in Entry.objects.of(export)}
    said = verbs["registers.export.asked"]
    assert said.facts["register"] == "assignments"
    assert said.facts["columns"] == ["item", "unit"]
    assert said.actor_id == export.asked_by
    assert "核查" not in str(said.facts)
    finished = verbs["registers.export.finished"].facts
    assert (finished["rows"], finished["size"]) == (1, len(content))
    assert finished["digest"] == export.digest


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"form": "pdf"}, "form"),
        ({"paper": "a5"}, "paper"),
        ({"columns": ["nothing"]}, "columns"),
        ({"order": "nothing"}, "order"),
        ({"query": "q=" + "x" * 5000}, "query"),
    ],
)
def test_what_cannot_be_written_is_refused_when_it_is_asked(town, words, field):
    with pytest.raises(Refused) as refusal:
        asked(town, **words)
    assert refusal.value.field == field
    assert not Export.objects.exists()


def test_administrators_cannot_take_business_along(town):
    with pytest.raises(Refused):
        asked(town, role=Role.SYSTEM_ADMIN)


def test_nobody_keeps_the_writers_busy_alone(town):
    for _turn in range(3):
        asked(town)
    with pytest.raises(Refused) as refusal:
        asked(town)
    assert refusal.value.code == "too_many"
    asked(town, "东市局")


def test_an_intention_asks_once_and_its_job_is_queued_with_it(town):
    actor = town.actor("省厅")
    export = ask_export(actor=actor, register_key="assignments")
    with pytest.raises(AlreadyDone):
        ask_export(actor=actor, register_key="assignments")
    (job,) = ProcrastinateJob.objects.filter(task_name="registers.serve_export")
    assert job.args == {"export_id": export.pk}


def test_two_writers_do_not_write_one_file_and_a_dead_one_is_followed(town, monkeypatch):
    export = asked(town)
    assert begin_export(export.pk) is not None
    assert begin_export(export.pk) is None
    with clock.frozen(clock.now() + SILENT + timedelta(seconds=1)):
        jobs.resume_exports_job(timestamp=0)
        export.refresh_from_db()
        assert export.state == Export.State.DONE
    assert Entry.objects.of(export).filter(verb="registers.export.finished").count() == 1


def test_a_file_nobody_wants_any_more_leaves_no_bytes(town, monkeypatch):
    scenes.working(town)
    export, actor = asked(town), town.actor("省厅")
    before = set(stored())
    real = jobs.all_lines

    def dropped_meanwhile(*arguments):
        drop_export(export_id=export.pk, actor=actor)
        return real(*arguments)

    monkeypatch.setattr(jobs, "all_lines", dropped_meanwhile)
    jobs.serve_export(export.pk)
    export.refresh_from_db()
    assert export.state == Export.State.EXPIRED
    assert set(stored()) == before


def stored() -> list[str]:
    return default_storage.listdir(jobs.FOLDER)[1] if default_storage.exists(jobs.FOLDER) else []


def test_a_fault_is_told_and_nothing_is_left_running(town, monkeypatch):
    export = asked(town)
    monkeypatch.setattr(jobs, "all_lines", lambda *arguments: 1 / 0)
    jobs.serve_export(export.pk)
    export.refresh_from_db()
    assert (export.state, export.is_over) == (Export.State.FAILED, True)
    assert "稍后再试" in export.fault
    assert "division" not in export.fault


def test_files_expire_and_stray_bytes_are_swept(town, django_capture_on_commit_callbacks, monkeypatch):
    export = asked(town)
    written(export)
    stray = default_storage.save(f"{jobs.FOLDER}/stray.xlsx", io.BytesIO(b"x"))
    with django_capture_on_commit_callbacks(execute=True):
        jobs.expire_exports_job(timestamp=0)
    export.refresh_from_db()
    assert export.state == Export.State.DONE
    assert default_storage.exists(stray)
    later = clock.now() + timedelta(hours=25)
    with clock.frozen(later), django_capture_on_commit_callbacks(execute=True):
        monkeypatch.setattr(
            type(default_storage),
            "get_modified_time",
            lambda self, name: later - timedelta(days=2),
            raising=False,
        )
        jobs.expire_exports_job(timestamp=0)
    name = export.stored
    export.refresh_from_db()
    assert (export.state, export.stored) == (Export.State.EXPIRED, "")
    assert not default_storage.exists(name)
    assert not default_storage.exists(stray)


class TestPages:
    @pytest.fixture
    def reader(self, client, town):
        scenes.working(town)
        client.force_login(town.person("省厅"))
        return client

    def ask(self, client, key="assignments", **words):
        said = {"title": "本月到期", "form": "xlsx", "paper": "", "address": "col=item&col=unit"} | words
        return client.post(reverse("export-new", args=[key]), said)

    def test_a_small_one_is_there_at_once(self, reader):
        answer = self.ask(reader)
        assert answer.status_code == HTTPStatus.FOUND
        page = reader.get(answer.headers["Location"])
        export = page.context["export"]
        assert (export.state, page.context["at_once"], export.title) == ("done", True, "本月到期")
        file = reader.get(reverse("export-file", args=[export.pk]))
        with zipfile.ZipFile(io.BytesIO(b"".join(file.streaming_content))) as book:
            assert "核查学前教育" in book.read("xl/worksheets/sheet1.xml").decode()
        assert "attachment" in file.headers["Content-Disposition"]

    def test_a_large_one_is_left_to_the_job_and_its_progress_is_shown(self, reader, monkeypatch):
        monkeypatch.setattr(views, "SMALL", 0)
        answer = self.ask(reader)
        export = Export.objects.get()
        assert export.state == Export.State.WAITING
        part = reader.get(answer.headers["Location"], headers={"HX-Request": "true"})
        assert b"every 2s" in part.content
        assert b"<html" not in part.content
        Export.objects.update(state="running", total=1000, written=437)
        assert b'aria-valuenow="43"' in reader.get(reverse("export", args=[export.pk])).content
        Export.objects.update(state="waiting")
        jobs.serve_export(export.pk)
        fetched = reader.get(answer.headers["Location"], headers={"HX-Request": "true"})
        assert fetched.headers["HX-Refresh"] == "true"
        assert b"every 2s" not in reader.get(reverse("export", args=[export.pk])).content

    def test_every_register_can_be_taken_along_in_both_forms(self, reader):
        for key in ("assignments", "items", "reports", "presses", "papers", "units"):
            for form in ("xlsx", "csv"):
                answer = self.ask(reader, key, form=form, address="")
                assert Export.objects.latest("pk").state == Export.State.DONE, (key, form)
                assert answer.status_code == HTTPStatus.FOUND

    def test_what_is_wrong_is_said_at_the_field(self, reader):
        answer = self.ask(reader, title="", form="pdf")
        assert answer.status_code == 422
        assert set(answer.context["form"].errors) == {"title", "form"}

    def test_a_second_click_gives_the_same_file(self, reader):
        key = "0b0f5ae8-3a0b-4a8e-9f44-d2f7f0b5cf4e"
        first, second = self.ask(reader, request_key=key), self.ask(reader, request_key=key)
        assert first.headers["Location"] == second.headers["Location"]
        assert Export.objects.count() == 1

    @pytest.mark.parametrize(
        ("unit", "role"), [("省厅", Role.LEADER), ("西市局", Role.SUPERVISOR), ("省厅", Role.AUDIT_ADMIN)]
    )
    def test_a_file_is_its_askers_alone(self, reader, town, unit, role):
        self.ask(reader)
        export = Export.objects.get()
        reader.force_login(town.person(unit, role))
        for name in ("export", "export-file"):
            assert reader.get(reverse(name, args=[export.pk])).status_code == 404
        assert reader.post(reverse("export-drop", args=[export.pk])).status_code == 404
        assert default_storage.exists(export.stored)

    def test_a_dropped_file_is_gone_and_can_be_asked_for_again(
        self, reader, django_capture_on_commit_callbacks
    ):
        self.ask(reader)
        export = Export.objects.get()
        with django_capture_on_commit_callbacks(execute=True):
            assert reader.post(reverse("export-drop", args=[export.pk])).status_code == HTTPStatus.FOUND
        assert not default_storage.exists(export.stored)
        assert reader.get(reverse("export-file", args=[export.pk])).status_code == 404
        assert "重新导出" in reader.get(reverse("export", args=[export.pk])).content.decode()
        assert reader.post(reverse("export-drop", args=[export.pk])).status_code == HTTPStatus.FOUND
