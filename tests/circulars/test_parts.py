"""Circulars on a part of a plan, the rule by which they name units, and a count that nothing later changes."""

from datetime import timedelta

import pytest

from bihuan.circulars.actions import draft_circular, refresh_circular
from bihuan.circulars.queries import counted_again, rows_at
from bihuan.circulars.rules import Count, Naming, count, late, masked, praised
from bihuan.circulars.wording import sections_for, tables
from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.kernel.errors import Refused
from bihuan.org import actions as org
from bihuan.org.roles import Role
from bihuan.supervision.actions.closing import object_to_result, publicise_assignment
from bihuan.supervision.actions.dispatching import raise_obstacle
from bihuan.supervision.actions.planning import Aim, Header, Node, draft_plan, issue_plan
from bihuan.supervision.models import Plan, Setting
from tests.circulars.scenes import LATER, UNITS, drawn, duty, value
from tests.town import MORNING, TODAY

pytestmark = pytest.mark.django_db


def words(circular) -> str:
    return "\n".join(one for section in circular.paper.sections for one in section["paragraphs"])


def again(circular):
    """What the circular would say if it were made from the records now."""
    rows, counts = counted_again(circular)
    return sections_for(circular, rows, counts), tables(rows, counts)


class TestMadeAgain:
    """Whatever happens after the count, the count stays (features.md E5)."""

    def test_a_unit_that_is_merged_keeps_its_line(self, town, history):
        circular, college = drawn(town, history), duty("学院", 1)
        said = circular.paper.sections, circular.paper.tables
        with clock.frozen(LATER + timedelta(days=3)):
            org.merge_units(
                unit_ids=[town.unit("学院").pk], into_id=town.unit("东市局").pk, actor=system("tests")
            )
        college.refresh_from_db()
        assert college.unit == town.unit("东市局")
        assert again(circular) == said

    def test_a_unit_that_moved_twice_stands_where_it_was_at_each_moment(self, town, history):
        for days, one, into in ((3, "学院", "西市局"), (6, "西市局", "东市局")):
            with clock.frozen(LATER + timedelta(days=days)):
                org.merge_units(
                    unit_ids=[town.unit(one).pk], into_id=town.unit(into).pk, actor=system("tests")
                )
        seen = [
            {row.unit for row in rows_at(history, LATER + timedelta(days=days)) if not row.is_finished()}
            for days in (1, 4, 7)
        ]
        assert seen == [{"西市局", "学院"}, {"西市局"}, {"东市局"}]

    def test_another_official_order_of_units_does_not_turn_the_annex_round(self, town, history):
        circular = drawn(town, history)
        before = circular.paper.tables
        for name, place in (("东市局", 30), ("西市局", 20), ("学院", 10)):
            org.edit_unit(unit_id=town.unit(name).pk, actor=system("tests"), sort_order=place)
        assert tables(*counted_again(circular)) == before

    def test_a_founded_objection_does_not_undo_what_was_accepted_before_it(self, town):
        aims = [Aim(unit_id=town.unit("东市局").pk)]
        tree = [Node("公示事项", due_on=TODAY + timedelta(days=9), leads=aims)]
        header = Header("公示行动", number="省教督〔2026〕9号", publicises=True)
        plan = draft_plan(actor=town.actor("省厅"), header=header, tree=tree)
        issue_plan(plan_id=plan.pk, actor=town.actor("省厅"))
        one = plan.items.get().assignments.get()
        from tests.circulars.scenes import finish

        finish(town, one, MORNING + timedelta(days=1))
        moment = MORNING + timedelta(days=2)
        before = rows_at(plan, moment)
        assert [row.standing for row in before] == ["accepted"]
        with clock.frozen(MORNING + timedelta(days=3)):
            publicise_assignment(assignment_id=one.pk, actor=town.actor("省厅"))
        objected = MORNING + timedelta(days=4)
        with clock.frozen(objected):
            object_to_result(assignment_id=one.pk, actor=town.actor("省厅"), text="未退费", founded=True)
        assert rows_at(plan, moment) == before
        (after,) = rows_at(plan, objected + timedelta(hours=1))
        assert (after.standing, after.returned) == ("working", True)


class TestParts:
    @pytest.fixture
    def plan(self, town) -> Plan:
        aims = [Aim(unit_id=town.unit(name).pk) for name in ("东一县局", "东市局", "学院")]
        tree = [
            Node(f"事项{n}", due_on=TODAY + timedelta(days=3), leads=aims, area=("安全", "作风")[n % 2])
            for n in range(4)
        ]
        plan = draft_plan(
            actor=town.actor("省厅"), header=Header("专项行动", number="省教督〔2026〕3号"), tree=tree
        )
        issue_plan(plan_id=plan.pk, actor=town.actor("省厅"))
        return plan

    def drawn(self, town, plan, **part):
        with clock.frozen(LATER):
            return draft_circular(
                actor=town.actor("省厅"), plan_id=plan.pk, first_on=TODAY, last_on=LATER.date(), **part
            )

    def test_a_region_is_a_unit_with_everything_below(self, town, plan):
        circular = self.drawn(town, plan, region_id=town.unit("东市局").pk)
        assert value(circular, "dispatched") == 8
        assert {row[0] for row in circular.paper.tables[0]["rows"]} == {"东市局", "东一县局"}
        assert "东市局" in circular.paper.title

    def test_an_area_is_its_items(self, town, plan):
        area = plan.areas.get(name="安全")
        circular = self.drawn(town, plan, area_id=area.pk)
        assert value(circular, "dispatched") == 6
        counted = circular.figures.get(key="dispatched", unit__isnull=True).counted
        items = set(plan.items.filter(assignments__in=counted).values_list("area__name", flat=True))
        assert items == {"安全"}
        both = self.drawn(town, plan, area_id=area.pk, region_id=town.unit("东市局").pk)
        assert value(both, "dispatched") == 4

    def test_a_unit_that_leaves_the_region_stays_in_the_circular(self, town, plan):
        circular = self.drawn(town, plan, region_id=town.unit("东市局").pk)
        said = circular.paper.sections, circular.paper.tables
        org.move_unit(
            unit_id=town.unit("东一县局").pk, parent_id=town.unit("西市局").pk, actor=system("tests")
        )
        assert again(circular) == said
        with clock.frozen(LATER):
            refresh_circular(circular_id=circular.pk, actor=town.actor("省厅"))
        circular.refresh_from_db()
        assert value(circular, "dispatched") == 4

    @pytest.mark.parametrize(
        ("field", "unit"), [("region_id", "省厅"), ("region_id", None), ("area_id", None)]
    )
    def test_what_is_no_part_of_the_plan_is_refused_at_its_field(self, town, plan, field, unit):
        with pytest.raises(Refused) as refusal:
            self.drawn(town, plan, **{field: town.unit(unit).pk if unit else 10**9})
        assert refusal.value.field == field

    def test_the_form_offers_areas_and_regions(self, client, town, plan):
        client.force_login(town.person("省厅"))
        page = client.get(f"/plans/{plan.pk}/circulars/new/")
        fields = page.context["form"].fields
        assert [label for _key, label in fields["area_id"].choices][1:] == ["安全", "作风"]
        assert [label for _key, label in fields["region_id"].choices][1:] == ["东市局", "学院"]


def rate(unit_id, on_time, judged, overdue=0):
    """The counts of a unit."""
    numbers = iter(range(1000 * unit_id, 1000 * unit_id + 999))
    given = tuple(next(numbers) for _n in range(judged))
    return [
        Count("on_time_rate", given[:on_time], given, unit_id),
        Count("overdue", given[judged - overdue :] if overdue else (), unit_id=unit_id),
    ]


class TestNaming:
    COUNTS = [
        *rate(1, 4, 4),
        *rate(2, 9, 10),
        *rate(3, 1, 1),
        *rate(4, 2, 6, overdue=3),
        *rate(5, 0, 0),
        *rate(6, 9, 10, 1),
    ]

    @pytest.mark.parametrize(
        ("rule", "units"),
        [
            (Naming(), [1, 3]),
            (Naming(praise_least=2), [1]),
            (Naming(praise_percent=90), [2, 1, 3]),
            (Naming(praise_percent=90, praise_most=1), [2]),
        ],
    )
    def test_units_are_commended_by_the_rule(self, rule, units):
        assert [one.unit_id for one in praised(self.COUNTS, rule)] == units

    @pytest.mark.parametrize(
        ("rule", "units"),
        [
            (Naming(), [4, 6]),
            (Naming(late_least=2), [4]),
            (Naming(late_most=1), [4]),
            (Naming(late_least=4), []),
        ],
    )
    def test_units_are_named_as_late_by_the_rule(self, rule, units):
        assert [one.unit_id for one in late(self.COUNTS, rule)] == units

    def test_the_authoritys_figures_count_and_stay_with_the_circular(self, town, history):
        Setting.objects.create(unit=town.unit("省厅"), key="circular.late_least", value=4)
        circular = drawn(town, history)
        assert circular.rule == Naming(late_least=4)
        assert "逾期未完成 4 件以上的有：学院 4 件（按期率 0.0%）" in words(circular)
        assert "西市局" not in circular.paper.sections[2]["paragraphs"][0]
        Setting.objects.update(value=1)
        assert again(circular)[0] == circular.paper.sections

    def test_why_a_unit_is_named_stands_beside_it(self, town, history):
        said = words(drawn(town, history))
        assert "应办事项全部按期完成的有：东市局（4 件）" in said
        assert "学院 4 件（按期率 0.0%）" in said

    def test_help_that_is_owed_stands_beside_the_criticism(self, town, history):
        town.post("省厅", Role.LEADER)
        with clock.frozen(MORNING + timedelta(days=3)):
            raise_obstacle(
                assignment_id=duty("学院", 2).pk,
                actor=town.actor("学院"),
                unit_id=town.unit("省厅").pk,
                power="经费追加",
                text="缺少经费",
            )
        circular = drawn(town, history)
        assert (value(circular, "help_asked"), value(circular, "help_open")) == (1, 1)
        assert "需上级协调解决的有 1 件，其中 1 件尚待答复" in words(circular)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("由马晓燕牵头", "由马**牵头"),
        ("马晓", "马*"),
        ("无人", "无人"),
        ("马晓燕、马晓", "马**、马*"),
        ("马", "马"),
    ],
)
def test_people_are_known_by_their_family_name_only(text, said):
    assert masked(text, ["马晓燕", "马晓", "马"]) == said


def test_an_empty_part_of_a_count_is_no_fault():
    assert praised([], Naming()) == late([], Naming()) == []
    assert [one.value for one in count([], TODAY, TODAY, MORNING) if one.key == "dispatched"] == [0]
    assert len(UNITS) == 3
