"""Circulars across plans: all of an authority, or chosen ones, by the same rules as those on one plan."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from bihuan.circulars.actions import draft_bulletin, draft_circular, issue_circular, refresh_circular
from bihuan.circulars.models import Circular, Figure
from bihuan.circulars.queries import counted_again, listed_for
from bihuan.circulars.rules import NO_PLAN, period_name
from bihuan.circulars.wording import sections_for, tables
from bihuan.documents.actions import review_paper
from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.kernel.errors import Refused
from bihuan.org.actions.changes import rename_unit
from bihuan.org.roles import Role
from bihuan.supervision.actions.dispatching import raise_obstacle, register_item
from bihuan.supervision.actions.planning import Aim, Header, Node, draft_plan, issue_plan
from bihuan.supervision.models import Assignment
from tests.circulars.scenes import LATER, UNITS, checked, drawn, duty, finish, value
from tests.supervision.letter_scenes import issued as issued_letter
from tests.town import MORNING, TODAY

DUE = clock.end_of(TODAY + timedelta(days=9))


def another_plan(town, title="安全专项", issuer="省厅", unit="西市局", days=6):
    tree = [
        Node(f"{title}事项", due_on=TODAY + timedelta(days=days), leads=[Aim(unit_id=town.unit(unit).pk)])
    ]
    plan = draft_plan(actor=town.actor(issuer), header=Header(title, number="省教安〔2026〕2号"), tree=tree)
    issue_plan(plan_id=plan.pk, actor=town.actor(issuer))
    return plan


@pytest.fixture
def busy(town, history):
    """Two plans of the department, a matter outside any, and things that are not matters of its own."""
    second = another_plan(town)
    another_plan(town, "市里的方案", "东市局", "东一县局")
    lone = register_item(
        actor=town.actor("省厅"),
        kind="instruction",
        title="批示事项",
        lead_ids=[town.unit("学院").pk],
        due_at=DUE,
    )
    return history, second, lone


def bulletin(town, **more):
    with clock.frozen(LATER):
        given = {"first_on": TODAY, "last_on": LATER.date()} | more
        return draft_bulletin(actor=town.actor("省厅"), **given)


def again(circular):
    rows, counts = counted_again(circular)
    listed = listed_for(circular)
    said = sections_for(circular, rows, counts, listed)
    return said, tables(rows, counts, plans=circular.titles)


def test_all_of_an_authority_are_its_plans_and_what_it_gave_outside_them(town, busy):
    first, second, lone = busy
    circular = bulletin(town)
    assert circular.plan is None
    assert circular.plan_ids == [second.pk, first.pk, NO_PLAN] or circular.plan_ids == [
        first.pk,
        second.pk,
        NO_PLAN,
    ]
    assert value(circular, "dispatched") == 12 + 1 + 1
    counted = set(circular.figures.get(key="dispatched", unit__isnull=True).counted)
    given = Assignment.objects.filter(issued_by=town.unit("省厅"), duty="lead")
    assert counted == set(given.values_list("pk", flat=True))
    assert circular.figures.get(key=f"plan:{NO_PLAN}:dispatched").counted == [lone.assignments.get().pk]


def test_chosen_plans_are_counted_alone_and_the_parts_add_up(town, busy):
    first, second, _lone = busy
    circular = bulletin(town, plan_ids=[second.pk])
    assert value(circular, "dispatched") == 1
    assert "安全专项" in circular.paper.title
    whole = bulletin(town)
    for key in ("dispatched", "written_off", "unfinished", "overdue"):
        parts = whole.figures.filter(key__regex=rf"^plan:\d+:{key}$")
        lines = whole.figures.filter(key=key, unit__isnull=False)
        assert sum(one.value for one in parts) == sum(one.value for one in lines), key
    alone = drawn(town, first)
    for key in ("dispatched", "unfinished", "overdue", "on_time_rate"):
        mine = whole.figures.get(key=f"plan:{first.pk}:{key}")
        assert (mine.value, mine.counted) == (
            value(alone, key),
            alone.figures.get(key=key, unit=None).counted,
        )


def test_answers_that_documents_demand_and_obstacles_are_no_matters_of_their_own(town, busy):
    issued_letter(town, "recommendation")
    with clock.frozen(MORNING + timedelta(days=1)):
        one = duty("西市局", 3)
        raise_obstacle(
            assignment_id=one.pk,
            actor=town.actor("西市局"),
            unit_id=town.unit("省厅").pk,
            power="编制",
            text="缺编",
        )
    before = value(bulletin(town), "dispatched")
    kinds = set(
        Assignment.objects.filter(
            pk__in=bulletin(town).figures.get(key="dispatched", unit=None).counted
        ).values_list("item__source__kind", flat=True)
    )
    assert kinds == {"plan", "instruction"}
    assert before == 15  # one more: the matter that the recommendation is about


def test_a_bulletin_made_again_years_later_says_the_same(town, busy):
    circular = bulletin(town)
    said = circular.paper.sections, circular.paper.tables
    _first, second, lone = busy
    type(second).objects.filter(pk=second.pk).update(title="改了名的方案")
    finish(town, lone.assignments.get(), LATER + timedelta(days=2))
    with clock.frozen(LATER + timedelta(days=3)):
        another_plan(town, "后来的方案", days=60)
        rename_unit(unit_id=town.unit("学院").pk, actor=system("tests"), name="大学", short_name="大学")
    with clock.frozen(LATER + timedelta(days=900)):
        assert again(Circular.objects.get(pk=circular.pk)) == said
    assert [row[0] for row in said[1][1]["rows"]].count("未列入方案的事项") == 1
    assert "安全专项" in [row[0] for row in said[1][1]["rows"]]


def test_counted_again_as_a_draft_it_takes_in_what_was_issued_since(town, busy):
    circular = bulletin(town)
    with clock.frozen(LATER):
        another_plan(town, "后来的方案", days=60)
        refresh_circular(circular_id=circular.pk, actor=town.actor("省厅"))
    circular.refresh_from_db()
    assert "后来的方案" in circular.titles.values()
    assert value(circular, "dispatched") == 15
    chosen = bulletin(town, plan_ids=[busy[0].pk])
    with clock.frozen(LATER):
        refresh_circular(circular_id=chosen.pk, actor=town.actor("省厅"))
    chosen.refresh_from_db()
    assert chosen.plan_ids == [busy[0].pk]


def test_it_is_checked_issued_served_and_every_figure_opens_its_list(client, town, busy):
    circular = checked(town, bulletin(town))
    with clock.frozen(LATER):
        review_paper(paper_id=circular.paper_id, actor=town.actor("省厅", Role.SUPERVISOR, "乙"))
        issue_circular(paper_id=circular.paper_id, actor=town.actor("省厅", Role.LEADER))
    assert set(circular.paper.services.values_list("unit__name", flat=True)) == set(UNITS)
    client.force_login(town.person("省厅"))
    assert client.get(reverse("circular", args=[circular.pk])).status_code == 200
    for figure in Figure.objects.filter(circular=circular, key__startswith="plan:"):
        page = client.get(reverse("circular-figure", args=[circular.pk, figure.pk]))
        assert page.content.count(b"data-assignment=") == len(figure.counted)
        assert circular.titles[figure.plan_key] in page.content.decode()
    client.force_login(town.person("西市局", Role.HANDLER))
    assert client.get(f"/plans/{busy[1].pk}/circulars/").context["circulars"].get() == circular


def test_another_authoritys_plan_or_a_draft_cannot_be_chosen(town, busy):
    other = another_plan(town, "别人的方案", "东市局", "东一县局")
    draft = draft_plan(actor=town.actor("省厅"), header=Header("草案"), tree=[])
    for plan in (other, draft):
        with pytest.raises(Refused) as refusal:
            bulletin(town, plan_ids=[busy[0].pk, plan.pk])
        assert refusal.value.field == "plan_ids"


def test_the_form_offers_plans_and_regions_and_draws_up(client, town, busy):
    client.force_login(town.person("省厅"))
    here = reverse("bulletin-new")
    page = client.get(here, {"cycle": "month"})
    fields = page.context["form"].fields
    assert f'value="{page.context["form"].initial["first_on"]:%Y-%m-%d}"' in page.content.decode()
    assert {label for _key, label in fields["plan_ids"].choices} == {"作风建设行动", "安全专项"}
    assert {label for _key, label in fields["region_id"].choices} >= {"西市局", "学院"}
    wrong = client.post(here, {"first_on": TODAY, "last_on": TODAY, "plan_ids": "7777"})
    assert (wrong.status_code, list(wrong.context["form"].errors)) == (422, ["plan_ids"])
    with clock.frozen(LATER):
        answer = client.post(here, {"first_on": TODAY, "last_on": TODAY, "plan_ids": busy[1].pk})
    assert answer.status_code == 302
    assert value(Circular.objects.latest("pk"), "dispatched") == 1


@pytest.mark.parametrize(
    ("unit", "role", "status"),
    [
        ("省厅", Role.SUPERVISOR, 200),
        ("东市局", Role.SUPERVISOR, 200),
        ("东市局", Role.HANDLER, 404),
        ("省厅", Role.SYSTEM_ADMIN, 404),
    ],
)
def test_who_may_begin_one(client, town, busy, unit, role, status):
    client.force_login(town.person(unit, role))
    answer = client.get(reverse("bulletin-new"))
    assert answer.status_code == status
    if unit == "东市局" and status == 200:
        labels = {label for _key, label in answer.context["form"].fields["plan_ids"].choices}
        assert labels == {"市里的方案"}


@pytest.mark.parametrize(
    ("first_on", "last_on", "name"),
    [
        (date(2026, 11, 1), date(2026, 11, 30), "2026年11月"),
        (date(2026, 2, 1), date(2026, 2, 28), "2026年2月"),
        (date(2026, 10, 1), date(2026, 12, 31), "2026年第四季度"),
        (date(2026, 2, 1), date(2026, 4, 30), "2026年2月1日至4月30日"),
        (date(2026, 11, 23), date(2026, 11, 29), "2026年11月23日至11月29日"),
        (date(2026, 12, 28), date(2027, 1, 3), "2026年12月28日至2027年1月3日"),
    ],
)
def test_a_period_is_named_as_titles_name_it(first_on, last_on, name):
    assert period_name(first_on, last_on) == name


def test_a_title_that_is_too_long_for_a_document_is_cut(town, plan):
    type(plan).objects.filter(pk=plan.pk).update(title="长" * 200)
    with clock.frozen(LATER):
        circular = draft_circular(
            actor=town.actor("省厅"), plan_id=plan.pk, first_on=TODAY, last_on=LATER.date()
        )
    assert len(circular.paper.title) == 200
