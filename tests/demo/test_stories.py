"""The acceptance stories of DESIGN §1 in the demonstration: every number comes from a query."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import Count

from bihuan.alike.models import Likeness
from bihuan.circulars.models import Circular
from bihuan.demo.load import load
from bihuan.demo.repeated import TITLE
from bihuan.demo.world import COLLEGE, PROVINCE
from bihuan.documents.models import Paper
from bihuan.kernel import clock
from bihuan.ledger.queries import flaws_in_ledger
from bihuan.org.groups import members_of
from bihuan.org.models import Unit, UnitGroup, UnitKind
from bihuan.supervision.models import Assignment, Plan, Proposal
from bihuan.supervision.rules import Light, Stage

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.fixture(scope="module", autouse=True)
def demo(django_db_setup, django_db_blocker):
    """One loading for the whole module, undone at its end."""
    with django_db_blocker.unblock():
        block = transaction.atomic()
        block._from_testcase = True  # actions inside may still open their durable transactions
        with block:
            yield load(schools=0)
            transaction.set_rollback(True)


@pytest.fixture
def college() -> Plan:
    return Plan.objects.get(issuer__name=COLLEGE)


def test_story_two_has_three_tasks_fourteen_measures_and_forty_nine_points(college):
    depths = college.items.values("depth").annotate(n=Count("pk")).order_by("depth")
    assert [row["n"] for row in depths] == [3, 14, 49]


def test_story_one_has_a_plan_of_seven_areas_and_one_of_nine():
    plans = Plan.objects.filter(issuer__name=PROVINCE).order_by("issued_at")
    assert [plan.areas.count() for plan in plans] == [7, 9]
    assert all(plan.leading_group.filter(duty="组长").exists() for plan in plans)


def test_every_leaf_has_a_unit_an_objective_or_criterion_and_a_deadline():
    for plan in Plan.objects.all():
        for item in plan.items.leaves():
            assert item.due_on
            assert item.targets.filter(duty="lead").exists()
            assert item.objective or item.criteria.exists()


def test_there_are_fourteen_prefectures_and_eighty_six_counties():
    today = clock.today()
    sizes = {group.name: len(members_of(group, today)) for group in UnitGroup.objects.all()}
    assert (sizes["各市州教育局"], sizes["各县区教育局"]) == (14, 86)
    assert not Unit.objects.filter(code__in=["620171", "620201"]).exists()
    assert sizes["省属高校"] == Unit.objects.filter(kind=UnitKind.INSTITUTION).count()


def test_every_stage_of_the_loop_can_be_seen():
    seen = set(Assignment.objects.values_list("stage", flat=True))
    assert seen >= set(Stage) - {Stage.REASSIGNED, Stage.CANCELLED}
    assert Assignment.objects.filter(relapsed_from__isnull=False).exists()
    assert Assignment.objects.filter(item__parent_assignment__isnull=False).exists()


def test_every_light_can_be_seen_and_late_points_were_urged(college):
    now = clock.now()
    lights = {one.light(now) for one in Assignment.objects.filter(item__plan=college)}
    assert lights >= {Light.GREEN, Light.AMBER, Light.STRONG, Light.RED, Light.RESTING, Light.CLOSED}
    late = Assignment.objects.filter(item__plan=college, duty="lead").overdue(now)
    assert late.exists()
    assert all(one.urges.exists() for one in late)


def test_circulars_were_issued_and_read_as_the_ledger_says(college):
    issued = Circular.objects.filter(plan=college, paper__stage=Paper.Stage.ISSUED)
    assert issued.count() == 2
    for circular in issued:
        assert circular.figures.get(key="dispatched", unit=None).value > 0
        assert circular.paper.digest == circular.paper.content_digest()


def test_the_ledger_of_the_demonstration_verifies():
    assert list(flaws_in_ledger()) == []


def test_two_counties_repeat_each_other_and_a_picture():
    found = Likeness.objects.filter(later__assignment__item__title=TITLE)
    assert {one.how for one in found} == {"words", "cropped"}
    assert Likeness.objects.count() == found.count()
    assert all(one.later.unit != one.earlier.unit for one in found)


def test_people_decide_every_week_about_what_the_ladder_proposes():
    for place in (PROVINCE, COLLEGE):
        decided = Proposal.objects.filter(issuer__name=place).exclude(decided_at=None)
        assert {"accepted", "dismissed"} <= set(decided.values_list("state", flat=True))
        assert not decided.filter(decided_by=None).exists()
        waiting = Proposal.objects.filter(issuer__name=place).pending()
        assert min(
            waiting.values_list("proposed_at", flat=True), default=clock.now()
        ) > clock.now() - timedelta(days=12)
    assert Paper.objects.filter(pk__in=Proposal.objects.values("paper"), serial__isnull=False).exists()
