"""What is found, who may know of it, and that nothing follows from it by itself."""

from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from bihuan.alike.actions import EXAMINE, comment_on_likeness, dismiss_likeness, settle_hints
from bihuan.alike.models import Comment, Likeness, Mark, Piece
from bihuan.alike.queries import likenesses_of, pending_for
from bihuan.kernel import clock
from bihuan.kernel.errors import AlreadyDone, NotPermitted, Refused
from bihuan.ledger.models import Entry
from bihuan.org.roles import Cap, Role
from bihuan.org.scope import may
from bihuan.supervision.actions import dispatching, handling, reviewing
from bihuan.supervision.models import Assignment
from tests.alike.drawing import Change, saved, scene
from tests.alike.story import COPIED, HONEST, OURS
from tests.town import MORNING

pytestmark = pytest.mark.django_db


def copied(story, examined, first="东一县局", second="东二县局", **more) -> Likeness:
    story.report(first, OURS, **more)
    story.report(second, COPIED, **more)
    examined()
    return Likeness.objects.get()


def test_a_report_is_examined_by_a_job_of_the_same_transaction(story):
    before = ProcrastinateJob.objects.filter(task_name=EXAMINE).count()
    story.report("东一县局", OURS)
    assert ProcrastinateJob.objects.filter(task_name=EXAMINE).count() == before + 1
    with pytest.raises(Refused):
        story.report("东一县局", "  ")
    assert ProcrastinateJob.objects.filter(task_name=EXAMINE).count() == before + 1


def test_a_copy_with_other_numbers_and_names_is_hinted_at_once(story, examined):
    one = copied(story, examined)
    assert (one.later.unit.name, one.earlier.unit.name) == ("东二县局", "东一县局")
    assert one.how == "words"
    assert one.share >= 85
    assert not one.own
    examined()
    assert Likeness.objects.count() == 1
    assert Entry.objects.filter(verb="alike.likeness.found").count() == 1


def test_an_honest_report_on_the_same_item_is_not(story, examined):
    story.report("东一县局", OURS)
    story.report("东二县局", HONEST)
    examined()
    assert Piece.objects.count() == 2
    assert not Likeness.objects.exists()


def test_what_the_item_says_does_not_count(story, examined):
    title = (
        "对照减免名单逐园核查资金拨付和退费到账情况并建立问题台账，限期整改到位，公开举报电话，接受群众监督"
    )
    text = f"我们已经{title}。我们已经{title}。"
    for unit in ("东一县局", "东二县局"):
        story.report(unit, text, title=title)
    examined()
    assert not Likeness.objects.exists()


@pytest.mark.parametrize("text", ["已完成。", "１２３", "。，！", "完成" * 5, "\N{PILE OF POO}" * 30])
def test_a_text_that_says_too_little_leaves_no_marks(story, examined, text):
    story.report("东一县局", text)
    story.report("东二县局", text)
    examined()
    assert Piece.objects.count() == 2
    assert not Mark.objects.exists()
    assert not Likeness.objects.exists()


def test_a_text_of_200_000_letters_is_compared_by_its_beginning(story, examined):
    story.report("东一县局", OURS + "甲" * 200_000)
    story.report("东二县局", COPIED)
    examined()
    assert Likeness.objects.get().share >= 85


def test_a_units_own_report_that_goes_on_is_the_softer_hint(story, examined):
    story.report("东一县局", OURS)
    with clock.frozen(MORNING + timedelta(days=7)):
        story.report(
            "东一县局", OURS + "本周又走访山区教学点四处，发现两处取暖费没有分摊清楚，已约谈园长并重新造册。"
        )
    examined()
    assert Likeness.objects.get().own


def test_a_submission_may_sum_up_the_reports_before_it(story, examined):
    story.report("东一县局", OURS)
    story.submit("东一县局", OURS)
    examined()
    assert Piece.objects.count() == 2
    assert not Likeness.objects.exists()


def test_a_lead_may_sum_up_what_its_parts_reported(story, examined, town):
    whole = story.assignment("东一县局")
    part = dispatching.Part("逐校核查", [town.unit("一中").pk], whole.due_at)
    dispatching.break_down_assignment(
        assignment_id=whole.pk, actor=town.actor("东一县局", Role.LEADER), parts=[part]
    )
    below = Assignment.objects.get(unit=town.unit("一中"))
    handling.report_progress(assignment_id=below.pk, actor=town.actor("一中", Role.HANDLER), text=OURS)
    story.report("东一县局", COPIED)
    examined()
    assert Piece.objects.count() == 2
    assert not Likeness.objects.exists()


def test_the_later_one_is_hinted_at_whichever_is_examined_first(story, examined):
    from bihuan.alike.jobs import examine_job

    story.report("东一县局", OURS)
    with clock.frozen(MORNING + timedelta(hours=1)):
        story.report("东二县局", COPIED)
    entries = list(Entry.objects.filter(verb="supervision.assignment.reported").order_by("-pk"))
    for entry in entries:
        examine_job(entry_ids=[entry.pk])
    assert Likeness.objects.get().later.unit.name == "东二县局"


def test_a_copy_out_of_the_reviewers_sight_is_never_hinted_at(story, examined, town):
    story.report("东一县局", OURS)
    story.report("西市局", COPIED, by="省厅")
    examined()
    found = Likeness.objects.get()  # 省厅 sees both
    assert may(town.actor("省厅"), Cap.PRE_REVIEW, found)
    story.report("东二县局", COPIED)
    examined()
    for one in Likeness.objects.filter(later__unit__name="东二县局"):
        assert one.earlier.unit.name == "东一县局"
    assert not may(town.actor("东市局"), Cap.VIEW, found)
    assert found not in pending_for(town.actor("东市局"))


@pytest.mark.parametrize(
    "place, role, sees",
    [
        ("东市局", Role.SUPERVISOR, True),
        ("东市局", Role.LEADER, True),
        ("东市局", Role.HANDLER, False),
        ("省厅", Role.SUPERVISOR, False),  # oversees, but does not review it
        ("省厅", Role.INSPECTOR, False),
        ("东二县局", Role.HANDLER, True),  # whose report it is
        ("东一县局", Role.HANDLER, False),  # whose words were taken
        ("西市局", Role.SUPERVISOR, False),
        ("省厅", Role.SYSTEM_ADMIN, False),
    ],
)
def test_who_sees_a_hint(story, examined, town, place, role, sees):
    one = copied(story, examined)
    actor = town.actor(place, role)
    assert may(actor, Cap.VIEW, one) is sees
    caps = {cap for cap in Cap if may(actor, cap, one.later.assignment)}
    assert bool(likenesses_of(one.later.assignment, actor, caps)) is sees


def test_the_unit_is_not_told_whom_it_repeats(story, examined, town):
    one = copied(story, examined)
    (shown,) = likenesses_of(one.later.assignment, town.actor("东二县局", Role.HANDLER), {Cap.HANDLE})
    assert not shown.reviews
    assert "东一县" not in shown.sentence


def test_a_hint_changes_nothing(story, examined, town):
    story.report("东一县局", OURS)
    one = story.report("东二县局", COPIED)
    before = Assignment.objects.filter(pk=one.pk).values().get()
    entries = Entry.objects.of(one).count()
    examined()
    dismiss_likeness(likeness_id=Likeness.objects.get().pk, actor=town.actor("东市局"), ground="shared")
    assert Assignment.objects.filter(pk=one.pk).values().get() == before
    assert Entry.objects.of(one).count() == entries


def test_a_dismissed_hint_stays_dismissed(story, examined, town):
    one = copied(story, examined)
    dismiss_likeness(likeness_id=one.pk, actor=town.actor("东市局"), ground="other", reason="两县联合检查")
    Piece.objects.all()
    examined()
    one.refresh_from_db()
    assert (one.state, one.reason) == ("dismissed", "两县联合检查")
    assert Likeness.objects.count() == 1
    assert one not in pending_for(town.actor("东市局"))
    entry = Entry.objects.get(verb="alike.likeness.dismissed")
    assert entry.facts["ground"] == "other"
    assert "联合" not in str(entry.facts)


@pytest.mark.parametrize(
    "said, field", [({"ground": ""}, "ground"), ({"ground": "x"}, "ground"), ({"ground": "other"}, "reason")]
)
def test_a_dismissal_needs_a_ground(story, examined, town, said, field):
    one = copied(story, examined)
    with pytest.raises(Refused) as refusal:
        dismiss_likeness(likeness_id=one.pk, actor=town.actor("东市局"), **said)
    assert refusal.value.field == field
    assert not Entry.objects.filter(verb="alike.likeness.dismissed").exists()


def test_of_two_who_dismiss_the_second_learns_of_the_first(story, examined, town):
    one, actor = copied(story, examined), town.actor("东市局")
    dismiss_likeness(likeness_id=one.pk, actor=actor, ground="shared")
    with pytest.raises(AlreadyDone):
        dismiss_likeness(likeness_id=one.pk, actor=actor, ground="shared")
    with pytest.raises(Refused) as refusal:
        dismiss_likeness(likeness_id=one.pk, actor=town.actor("东市局", Role.LEADER), ground="checked")
    assert refusal.value.code == "decided"


def test_the_unit_comments_and_may_not_dismiss(story, examined, town):
    one, unit = copied(story, examined), town.actor("东二县局", Role.HANDLER)
    comment_on_likeness(likeness_id=one.pk, actor=unit, text="两县联合开展检查")
    assert Comment.objects.get().text == "两县联合开展检查"
    with pytest.raises(NotPermitted):
        dismiss_likeness(likeness_id=one.pk, actor=town.actor("东二县局", Role.HANDLER), ground="shared")
    with pytest.raises(NotPermitted):
        comment_on_likeness(likeness_id=one.pk, actor=town.actor("东市局"), text="不是你们写的")
    with pytest.raises(Likeness.DoesNotExist):
        comment_on_likeness(likeness_id=one.pk, actor=town.actor("东一县局", Role.HANDLER), text="是我们的")
    with pytest.raises(Refused):
        comment_on_likeness(likeness_id=one.pk, actor=town.actor("东二县局", Role.HANDLER), text=" ")


def test_an_authority_switches_hints_off_for_what_it_gives(story, examined, town):
    one = copied(story, examined)
    settle_hints(actor=town.actor("东市局"), on=False, percent=50)
    reviewer = town.actor("东市局")
    assert not likenesses_of(one.later.assignment, reviewer, {Cap.PRE_REVIEW})
    with clock.frozen(MORNING + timedelta(days=1)):
        story.report("东二县局", COPIED + "又补充核查了三所。")
    examined()
    assert Piece.objects.count() == 2
    assert Likeness.objects.count() == 1


def test_the_share_from_which_on_is_the_authoritys(story, examined, town):
    settle_hints(actor=town.actor("东市局"), on=True, percent=100)
    story.report("东一县局", OURS)
    story.report("东二县局", COPIED + HONEST)
    examined()
    assert not Likeness.objects.exists()


@pytest.mark.parametrize("percent", [0, 29, 101])
def test_a_share_out_of_range_is_refused(story, town, percent):
    town.unit("东市局")
    with pytest.raises(Refused):
        settle_hints(actor=town.actor("东市局"), on=True, percent=percent)


# Files


def test_the_same_file_of_another_unit_is_hinted_at(story, examined):
    picture = saved(scene(1))
    story.report("东一县局", OURS, picture)
    story.report("东二县局", HONEST, picture)
    examined()
    one = Likeness.objects.get()
    assert (one.how, one.share) == ("same_file", 100)
    assert one.later_file.content_id == one.earlier_file.content_id


@pytest.mark.parametrize(
    "change, how",
    [
        (Change(quality=50), "resaved"),
        (Change(scale=0.6), "resaved"),
        (Change(quality=70, crop=(0.1, 0.08, 0.95, 0.9)), "cropped"),
    ],
    ids=["saved again", "resized", "cropped"],
)
def test_the_same_picture_in_another_shape_is_hinted_at(story, examined, change, how):
    picture = scene(1)
    story.report("东一县局", OURS, saved(picture))
    story.report("东二县局", HONEST, change.of(picture))
    examined()
    one = Likeness.objects.get()
    assert one.how == how
    assert (one.later.unit.name, one.earlier.unit.name) == ("东二县局", "东一县局")
    assert one.frame is not None


def test_the_same_place_on_another_day_is_not(story, examined):
    story.report("东一县局", OURS, saved(scene(1)))
    story.report("东二县局", HONEST, saved(scene(1, take=1)), saved(scene(5)))
    examined()
    assert not Likeness.objects.exists()


def test_a_file_the_giver_handed_out_does_not_count(story, examined, town):
    from django.core.files.uploadedfile import SimpleUploadedFile

    from bihuan.documents.uploads import receive_with_form

    picture = saved(scene(2))
    receive_with_form(town.actor("东市局"), [SimpleUploadedFile("样表.jpg", picture)])
    story.report("东一县局", OURS, picture)
    story.report("东二县局", HONEST, picture)
    examined()
    assert not Likeness.objects.exists()


def test_a_returned_report_may_come_back(story, examined, town):
    story.report("东一县局", OURS)
    report = story.assignment("东一县局").reports.get()
    reviewing.return_report(report_id=report.pk, actor=town.actor("东市局"), opinion="请补数据")
    with clock.frozen(MORNING + timedelta(days=1)):
        story.report("东一县局", OURS + "已补数据。")
    examined()
    assert not Likeness.objects.exists()
