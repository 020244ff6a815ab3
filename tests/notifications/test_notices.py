from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse

from bihuan.kernel import clock
from bihuan.ledger.models import Entry
from bihuan.notifications.actions import deliver, mail_at_once, mail_digest, set_preference
from bihuan.notifications.models import Notice
from bihuan.notifications.queries import bundled, due_for_digest, inbox, messages_of, urgent_among
from bihuan.org.roles import Role
from bihuan.supervision.actions.dispatching import register_item
from bihuan.supervision.actions.handling import decline_assignment, sign_assignment
from bihuan.supervision.actions.terms import urge_assignment
from bihuan.supervision.models import Item, Setting
from tests.town import MORNING


@pytest.fixture
def assignment(town):
    town.post("东市局", Role.HANDLER)
    town.post("西市局", Role.HANDLER)
    item = register_item(
        actor=town.actor("省厅"),
        kind="instruction",
        title="报送取暖自查结果",
        due_at=clock.end_of(MORNING.date() + timedelta(days=9)),
        lead_ids=[town.unit("东市局").pk],
    )
    return item.assignments.get()


def told(verb):
    """Who hears of the latest entry of a verb."""
    entry = Entry.objects.filter(verb=f"supervision.assignment.{verb}").latest("id")
    deliver(entry_ids=[entry.pk])
    return set(Notice.objects.filter(entry=entry).values_list("person__name", flat=True))


def test_the_receiving_unit_hears_of_a_dispatch_and_nobody_else(assignment):
    assert told("dispatched") == {"东市局承办人"}


def test_the_giver_hears_of_a_decline_but_not_the_decliner(town, assignment):
    decline_assignment(
        assignment_id=assignment.pk, actor=town.actor("东市局", Role.HANDLER), reason="不归我管"
    )
    assert told("declined") == {"省厅督查员"}


def test_the_leader_hears_of_an_urge_too(town, assignment):
    town.post("东市局", Role.LEADER)
    urge_assignment(assignment_id=assignment.pk, actor=town.actor("省厅"), text="请于明日前反馈")
    assert told("urged") == {"东市局承办人", "东市局领导"}


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ([], {"省厅督查员"}),
        ([Role.LEADER], {"西市局领导"}),
        ([Role.LEADER, Role.HANDLER], {"西市局承办人"}),
    ],
)
def test_a_vacant_role_is_answered_by_the_leader_then_by_the_unit_above(town, roles, expected):
    for role in roles:
        town.post("西市局", role)
    giver = town.actor("省厅", Role.SUPERVISOR, "厅督查")
    town.post("省厅")
    register_item(
        actor=giver,
        kind="meeting",
        title="报送材料",
        due_at=MORNING + timedelta(days=5),
        lead_ids=[town.unit("西市局").pk],
    )
    assert told("dispatched") == expected


def test_a_second_delivery_writes_nothing_twice(assignment):
    told("dispatched")
    told("dispatched")
    assert Notice.objects.count() == 1


def test_an_entry_nobody_hears_of_queues_no_delivery(town, assignment, django_assert_num_queries):
    sign_assignment(assignment_id=assignment.pk, actor=town.actor("东市局", Role.HANDLER))
    entry = Entry.objects.latest("id")
    deliver(entry_ids=[entry.pk])
    assert not Notice.objects.exists()


def test_one_mail_tells_of_everything_and_the_next_of_nothing(town, assignment):
    person = town.person("东市局", Role.HANDLER)
    person.email = "handler@example.org"
    person.save(update_fields=["email"])
    told("dispatched")
    urge_assignment(assignment_id=assignment.pk, actor=town.actor("省厅"), text="请抓紧")
    told("urged")
    assert list(due_for_digest()) == [person]
    assert mail_digest(person_id=person.pk) == 2
    assert len(mail.outbox) == 1
    assert (mail_digest(person_id=person.pk), list(due_for_digest())) == (0, [])


def test_who_switched_the_digest_off_gets_none(town, assignment):
    person = town.person("东市局", Role.HANDLER)
    person.email = "handler@example.org"
    person.save(update_fields=["email"])
    told("dispatched")
    set_preference(person_id=person.pk, digest=False)
    assert list(due_for_digest()) == []


def test_the_inbox_shows_my_messages_and_nobody_elses(
    client, town, assignment, django_assert_max_num_queries
):
    told("dispatched")
    client.force_login(town.person("东市局", Role.HANDLER))
    with django_assert_max_num_queries(17):
        page = client.get(reverse("notices"))
    assert page.content.count(b'data-unread="yes"') == 1
    notice = Notice.objects.get()
    client.force_login(town.person("西市局", Role.HANDLER))
    assert client.get(reverse("notice-open", args=[notice.pk])).status_code == 404
    assert b"data-unread" not in client.get(reverse("notices")).content


def test_reading_all_empties_the_bell(client, town, assignment):
    told("dispatched")
    client.force_login(town.person("东市局", Role.HANDLER))
    client.post(reverse("notices-read"))
    assert not Notice.objects.unread().exists()


@pytest.mark.parametrize(
    ("day", "hour", "settled", "due"),
    [
        (0, 9, {}, True),
        (0, 7, {}, False),
        (0, 18, {}, False),
        (5, 10, {}, False),
        (0, 9, {"message.from_hour": 10}, False),
    ],
)
def test_the_digest_waits_until_the_unit_is_open(town, assignment, day, hour, settled, due):
    person = town.person("东市局", Role.HANDLER)
    person.email = "handler@example.org"
    person.save(update_fields=["email"])
    for key, value in settled.items():
        Setting.objects.create(unit=town.unit("省厅"), key=key, value=value)
    told("dispatched")
    with clock.frozen(MORNING.replace(hour=hour) + timedelta(days=day)):
        assert (due_for_digest() == [person]) is due
        if due:
            mail_digest(person_id=person.pk)
            urge_assignment(assignment_id=assignment.pk, actor=town.actor("省厅"), text="请抓紧")
            told("urged")
            assert due_for_digest() == []  # one a day
    if due:
        with clock.frozen(MORNING + timedelta(days=1)):
            assert due_for_digest() == [person]


def test_only_what_is_marked_urgent_is_mailed_at_once_and_only_up_to_the_cap(town, assignment):
    person = town.person("东市局", Role.HANDLER)
    person.email = "handler@example.org"
    person.save(update_fields=["email"])
    Setting.objects.create(unit=town.unit("省厅"), key="message.daily_cap", value=1)

    def urged():
        urge_assignment(assignment_id=assignment.pk, actor=town.actor("省厅"), text="请抓紧")
        told("urged")
        return Entry.objects.latest("pk")

    assert urgent_among([(urged().pk, f"supervision.assignment:{assignment.pk}")]) == set()
    Item.objects.filter(pk=assignment.item_id).update(priority="urgent")
    first, second = urged(), urged()
    assert urgent_among([(first.pk, first.stream)]) == {first.pk}
    with clock.frozen(MORNING.replace(hour=23)):
        assert mail_at_once(person_id=person.pk, entry_ids=[first.pk]) == 1
        assert mail_at_once(person_id=person.pk, entry_ids=[second.pk]) == 0
    assert [len(mail.outbox), due_for_digest()] == [1, [person]]
    assert mail_digest(person_id=person.pk) == 2


@pytest.fixture
def dispatched(town):
    """One matter given to three units at once, another to one, each told of to a supervisor of 省厅."""
    reader = town.person("省厅", Role.SUPERVISOR)
    for title, names in (
        ("报送取暖自查结果", ["东市局", "西市局", "东一县局"]),
        ("报送冬季用煤", ["东市局"]),
    ):
        item = register_item(
            actor=town.actor("省厅"),
            kind="instruction",
            title=title,
            due_at=clock.end_of(MORNING.date() + timedelta(days=9)),
            lead_ids=[town.unit(name).pk for name in names],
        )
        for one in item.assignments.all():
            entry = Entry.objects.filter(stream=f"supervision.assignment:{one.pk}").latest("pk")
            Notice.objects.create(person=reader, entry=entry, created_at=clock.now())
    return reader


def test_messages_of_one_day_and_matter_stand_in_one_line_that_names_the_units(client, town, dispatched):
    bundles = bundled(messages_of(list(inbox(dispatched.pk)), town.actor("省厅")))
    assert sorted((len(one.messages), len(one.unread)) for one in bundles) == [(1, 1), (3, 3)]
    together = next(one for one in bundles if len(one.messages) == 3)
    assert all(town.unit(name).short_name in together.whom for name in ("东市局", "西市局", "东一县局"))
    client.force_login(dispatched)
    assert client.get(reverse("notices")).content.count(b"data-bundle") == 1


def test_what_came_on_another_day_is_told_apart(town, dispatched):
    first = Notice.objects.filter(person=dispatched).last()
    Notice.objects.filter(pk=first.pk).update(created_at=clock.now() - timedelta(days=1))
    assert len(bundled(messages_of(list(inbox(dispatched.pk))))) == 3


def test_a_bundle_is_marked_read_without_the_others_and_never_anothers(client, town, dispatched):
    bundles = bundled(messages_of(list(inbox(dispatched.pk))))
    some = next(one for one in bundles if len(one.messages) == 3).unread
    client.force_login(town.person("西市局", Role.HANDLER))
    client.post(reverse("notices-read"), {"notice": some})
    assert Notice.objects.of(dispatched.pk).unread().count() == 4
    client.force_login(dispatched)
    client.post(reverse("notices-read"), {"notice": some})
    assert Notice.objects.of(dispatched.pk).unread().count() == 1


def test_a_form_that_names_nothing_it_can_read_marks_nothing_read(client, dispatched):
    client.force_login(dispatched)
    client.post(reverse("notices-read"), {"notice": "x"})
    assert Notice.objects.of(dispatched.pk).unread().count() == 4


def test_the_number_of_the_unread_is_that_of_its_list_and_of_the_bell(client, dispatched):
    Notice.objects.filter(pk=Notice.objects.of(dispatched.pk)[0].pk).update(read_at=clock.now())
    client.force_login(dispatched)
    page = client.get(reverse("notices"), {"show": "unread"})
    assert page.context["unread"] == page.content.count(b'data-unread="yes"') == 3
    assert "data-unread=&quot;no" not in page.content.decode()


def test_a_mail_says_each_kind_once_with_how_many(town, assignment):
    person = town.person("东市局", Role.HANDLER)
    person.email = "handler@example.org"
    person.save(update_fields=["email"])
    told("dispatched")
    for text in ("请抓紧", "请于明日前反馈"):
        urge_assignment(assignment_id=assignment.pk, actor=town.actor("省厅"), text=text)
        told("urged")
    assert mail_digest(person_id=person.pk) == 3
    lines = [line for line in mail.outbox[0].body.splitlines() if line.startswith("·")]
    assert ["2 条" in line for line in lines] == [True, False]
