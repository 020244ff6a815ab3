"""The workbench: what waits for whom, by which clock, and that its numbers are the lengths of its lists."""

from datetime import timedelta
from random import Random

import pytest
from django.urls import reverse

from bihuan.kernel import clock
from bihuan.org.actors import actor_in
from bihuan.org.models import Appointment
from bihuan.org.roles import Role
from bihuan.supervision.forms.registers import FilterForm
from bihuan.supervision.models import Assignment
from bihuan.supervision.operations import Operation, open_operations
from bihuan.supervision.queries import workbench
from bihuan.supervision.queries.assignments import sheet_of
from bihuan.supervision.queries.registers import register
from tests.supervision import scenes
from tests.town import MORNING

HTMX = {"HX-Request": "true"}


def operations_of(queue) -> dict[int, set[Operation]]:
    found: dict[int, set[Operation]] = {}
    for row in queue.rows:
        found.setdefault(row.assignment.pk, set()).add(row.operation)
    return found


WAITING = [
    # scene, who, what they are to do; everybody else has nothing to do with it
    (scenes.given, ("东市局", Role.HANDLER), Operation.SIGN),
    (scenes.declined, ("省厅", Role.SUPERVISOR), Operation.INSIST),
    (scenes.working, ("东市局", Role.HANDLER), Operation.REPORT),
    (scenes.drafted, ("东市局", Role.LEADER), Operation.SIGN_OFF),
    (scenes.extension_asked, ("东市局", Role.LEADER), Operation.ENDORSE),
    (scenes.extension_endorsed, ("省厅", Role.SUPERVISOR), Operation.GRANT),
    (scenes.completed, ("省厅", Role.SUPERVISOR), Operation.REVIEW),
    (scenes.passed, ("省厅", Role.LEADER), Operation.REVIEW),
    (scenes.returned, ("东市局", Role.HANDLER), Operation.COMPLETE),
    (scenes.explained, ("省厅", Role.SUPERVISOR), Operation.ANSWER),
    (scenes.accepted, ("省厅", Role.SUPERVISOR), Operation.WRITE_OFF),
]


@pytest.mark.parametrize(("scene", "who", "operation"), WAITING, ids=lambda v: getattr(v, "__name__", ""))
def test_each_step_waits_for_the_one_who_has_to_take_it(town, scene, who, operation):
    one = scene(town)
    found = operations_of(workbench.queue(town.actor(*who)))
    assert found == {one.pk: {operation}}


@pytest.mark.parametrize("scene", [scenes.written_off, scenes.suspended])
def test_what_has_ended_or_stands_still_waits_for_nobody(town, scene):
    scene(town)
    for who in [("东市局", Role.HANDLER), ("东市局", Role.LEADER), ("省厅", Role.SUPERVISOR)]:
        assert workbench.queue(town.actor(*who)).count == 0


@pytest.mark.parametrize(
    "who",
    [
        ("西市局", Role.SUPERVISOR),
        ("东一县局", Role.HANDLER),
        ("省厅", Role.AUDIT_ADMIN),
        ("省厅", Role.INSPECTOR),
    ],
)
def test_strangers_and_administrators_have_an_empty_queue(town, who):
    for scene, _who, _operation in WAITING:
        scene(town, title=scene.__name__)
    assert workbench.queue(town.actor(*who)).count == 0


def test_a_suspension_comes_up_for_review_before_its_date(town):
    one = scenes.suspended(town)
    with clock.frozen(one.review_on - timedelta(days=2)):
        assert operations_of(workbench.queue(town.actor("省厅"))) == {one.pk: {Operation.RESUME}}


def test_whoever_assists_is_reviewed_by_those_who_handle_the_lead(town):
    lead = scenes.working(town, assist_ids=[town.unit("西市局").pk])
    assist = lead.assisting.get()
    scenes.moved(assist, scenes.handling.sign_assignment, town.actor("西市局", Role.HANDLER))
    scenes.moved(assist, scenes.handling.submit_completion, town.actor("西市局", Role.HANDLER), text="已提供")
    found = operations_of(workbench.queue(town.actor("东市局", Role.HANDLER)))
    assert found[assist.pk] == {Operation.REVIEW}


def test_nobody_is_asked_to_judge_their_own_work(town):
    one = scenes.completed(town)
    moonlighter = town.actor("省厅", name="兼职")
    one.reports.create(text="代填", reported_at=MORNING, person_id=moonlighter.person_id)
    assert workbench.queue(moonlighter).count == 0
    assert workbench.queue(town.actor("省厅")).count == 1


def a_busy_province(town, seed: int) -> list[Assignment]:
    """Many duties of several givers and units, each moved some way along by chance."""
    chance = Random(seed)
    made = []
    for n in range(24):
        by, units = chance.choice(
            [("省厅", ["东市局", "西市局", "学院"]), ("东市局", ["东一县局", "东二县局"])]
        )
        scene = chance.choice([*(row[0] for row in WAITING), scenes.written_off, scenes.suspended])
        due_at = clock.end_of(MORNING.date() + timedelta(days=chance.randint(1, 40)))
        with clock.frozen(MORNING - timedelta(days=chance.choice([0, 0, 5, 30]), hours=chance.randint(0, 5))):
            made.append(scene(town, chance.choice(units), by=by, title=f"事项{n}", due_at=due_at))
    return made


EVERYBODY = [
    (unit, role)
    for unit in ("省厅", "东市局", "西市局", "东一县局")
    for role in (Role.HANDLER, Role.SUPERVISOR, Role.LEADER)
]


@pytest.mark.parametrize("seed", range(3))
def test_the_queue_says_what_the_pages_say(town, seed):
    """The lanes in SQL and the table of operations are one rule, whatever has happened."""
    made = a_busy_province(town, seed)
    differing = []
    for who in EVERYBODY:
        actor = town.actor(*who)
        found = operations_of(workbench.queue(actor, shown=1000))
        for one in Assignment.objects.within(actor, "view").filter(pk__in=[one.pk for one in made]):
            sheet = sheet_of(one.pk, actor)
            queued, best = found.get(one.pk, set()), sheet.recommended
            if not queued <= set(open_operations(sheet.situation)):
                differing.append((who, one.pk, "offers what is not open", queued))
            if (best is not None and best is not Operation.URGE) and best not in queued:
                differing.append((who, one.pk, "misses", best))
            if best is None and queued:
                differing.append((who, one.pk, "asks for nothing recommended", queued))
    assert differing == []


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "who", [("东市局", Role.SUPERVISOR), ("省厅", Role.LEADER), ("东市局", Role.HANDLER)]
)
def test_every_number_is_the_length_of_its_list(client, town, seed, who):
    a_busy_province(town, seed)
    actor = town.actor(*who)
    queue = workbench.queue(actor, shown=2)
    full = workbench.queue(actor, shown=1000)
    assert {name: group.count for name, group in queue.groups.items()} == {
        name: len(group.rows) for name, group in full.groups.items()
    }
    assert workbench.counts(actor) == {name: group.count for name, group in queue.groups.items()}

    def listed(**asked) -> int:
        return register(actor, FilterForm(asked).asked()).count()

    own = workbench.summary(actor)
    assert own.in_work == listed(whose="own", stage="open")
    assert own.written_off == listed(whose="own", stage="written_off", ended="week")
    assert own.finished == listed(whose="own", stage="finished", completed="year")
    assert own.lights == {light: listed(whose="own", light=light) for light in own.lights}
    for unit in workbench.units_to_watch(actor):
        assert unit.overdue == listed(whose="given", unit=unit.unit_id, light="r")
        assert unit.near == listed(whose="given", unit=unit.unit_id, light="near")
    assert workbench.can_accept_report(actor).count() == listed(report="unread")
    client.force_login(town.person(*who))
    tabs = {tab["href"]: tab["count"] for tab in client.get(reverse("workbench")).context["tabs"]}
    assert tabs.pop(reverse("workbench")) == queue.count
    for address, count in tabs.items():
        assert count == len(client.get(address).context["page"].rows)


def test_rows_stand_in_groups_by_their_own_clock(town):
    at = {"overdue": -1, "today": 0, "soon": 2, "week": 5, "later": 20}
    expected = {}
    with clock.frozen(MORNING - timedelta(days=10)):
        made = {
            name: scenes.working(town, title=name, due_at=clock.end_of(MORNING.date() + timedelta(days=days)))
            for name, days in at.items()
        }
    for name, group in workbench.queue(town.actor("东市局", Role.HANDLER)).groups.items():
        expected[name] = [row.assignment.pk for row in group.rows]
    assert expected == {name: [one.pk] for name, one in made.items()}


def test_the_page_and_its_part_and_their_ceiling(client, town, django_assert_max_num_queries):
    for _n in range(12):
        scenes.given(town)
    client.force_login(town.person("东市局", Role.HANDLER))
    with django_assert_max_num_queries(18):
        page = client.get(reverse("workbench"))
    assert page.content.count(b"data-row") == 12
    part = client.get(reverse("workbench"), headers=HTMX)
    assert b"<html" not in part.content
    assert part.content.count(b"data-row") == 12


def test_signing_from_the_row_is_one_press_that_leaves_a_line(client, town):
    one = scenes.given(town)
    client.force_login(town.person("东市局", Role.HANDLER))
    url = reverse("assignment-sign", args=[one.pk]) + f"?in=row-{one.pk}-sign"
    answer = client.post(url, {"seen_version": 0}, headers=HTMX)
    assert answer.headers["HX-Retarget"] == f"#row-{one.pk}-sign"
    assert b"data-done" in answer.content
    assert workbench.queue(town.actor("东市局", Role.HANDLER)).rows[0].operation is Operation.REPORT


def test_a_stale_row_says_what_happened(client, town):
    one = scenes.given(town)
    client.force_login(town.person("东市局", Role.HANDLER))
    scenes.moved(one, scenes.handling.sign_assignment, town.actor("东市局"))
    url = reverse("assignment-sign", args=[one.pk]) + f"?in=row-{one.pk}-sign"
    answer = client.post(url, {"seen_version": 0}, headers=HTMX)
    assert answer.status_code == 409
    assert "签收" in answer.content.decode()


def test_the_poll_speaks_up_only_when_the_list_is_out_of_date(client, town):
    scenes.given(town)
    client.force_login(town.person("东市局", Role.HANDLER))
    quiet = client.get(reverse("workbench-counts"), {"seen": 1}, headers=HTMX)
    told = client.get(reverse("workbench-counts"), {"seen": 0}, headers=HTMX)
    assert (b"bh-note" in quiet.content, b"bh-note" in told.content) == (False, True)


def test_switching_posts_changes_everything(client, town):
    one = scenes.given(town)
    person = town.person("东市局", Role.HANDLER)
    elsewhere = Appointment.objects.create(
        person=person, unit=town.unit("西市局"), role=Role.HANDLER, title="借调", starts_on=MORNING.date()
    )
    client.force_login(person)
    assert client.get(reverse("workbench")).context["queue"].count == 1
    person.post = elsewhere
    person.save(update_fields=["post"])
    assert client.get(reverse("workbench")).context["queue"].count == 0
    assert client.get(reverse("assignment", args=[one.pk])).status_code == 404
    assert workbench.queue(actor_in(elsewhere)).count == 0


@pytest.mark.parametrize(
    ("who", "words"),
    [(("西市局", Role.HANDLER), "都办完了"), (("省厅", Role.SYSTEM_ADMIN), "这个岗位不办理督办业务")],
)
def test_an_empty_queue_says_why_and_what_next(client, town, who, words):
    client.force_login(town.person(*who))
    assert words in client.get(reverse("workbench")).content.decode()


def test_somebody_without_a_post_is_told_so(client, town):
    person = town.person("西市局", Role.HANDLER)
    Appointment.objects.filter(person=person).update(ends_on=MORNING.date() - timedelta(days=1))
    client.force_login(person)
    assert "您目前没有在任岗位" in client.get(reverse("workbench")).content.decode()


def test_urges_and_instructions_on_ones_duties_are_beside_the_queue(client, town):
    one = scenes.working(town)
    scenes.moved(one, scenes.terms.urge_assignment, town.actor("省厅"), text="请于明日前反馈")
    client.force_login(town.person("东市局", Role.HANDLER))
    page = client.get(reverse("workbench"))
    assert [urge.text for urge in page.context["pressing"]] == ["请于明日前反馈"]
