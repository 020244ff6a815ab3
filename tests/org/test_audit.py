"""What the audit administrator sees: every doing in their part of the tree, and none of its content."""

import pytest
from django.test import Client
from django.urls import reverse

from bihuan.ledger.models import Entry
from bihuan.org.queries.audit import SHOWN, audited, failed_sign_ins
from bihuan.org.roles import Role
from bihuan.supervision.actions import handling
from tests.supervision import scenes
from tests.town import TODAY


@pytest.fixture
def declined(town):
    """A county declined a duty with a reason that names a person."""
    duty = scenes.given(town, "东一县局", by="东市局", title="核查李某某违规收费")
    handling.decline_assignment(
        assignment_id=duty.pk, actor=town.actor("东一县局", Role.HANDLER), reason="李某某属市场监管部门"
    )
    return duty


def auditor(town, unit="省厅"):
    return town.actor(unit, Role.AUDIT_ADMIN)


def verbs(lines):
    return {line.entry.verb for line in lines}


@pytest.mark.parametrize(
    ("unit", "sees"),
    [("省厅", True), ("东市局", True), ("东一县局", True), ("西市局", False), ("一中", False)],
)
def test_an_auditor_sees_what_posts_below_did(town, declined, unit, sees):
    assert ("supervision.assignment.declined" in verbs(audited(auditor(town, unit)))) is sees


def test_the_systems_own_lines_belong_to_the_topmost_auditor(town):
    assert any(line.entry.unit_id is None for line in audited(auditor(town)))
    assert all(line.entry.unit_id for line in audited(auditor(town, "东市局")))


def test_the_page_shows_who_and_what_was_done_but_nothing_of_the_matter(client, town, declined):
    client.force_login(town.person("省厅", Role.AUDIT_ADMIN))
    shown = client.get(reverse("audit")).content.decode()
    for told in (f"办件 {declined.pk}", "退办", "东一县局承办人"):
        assert told in shown
    for secret in ("李某某", "违规收费", "市场监管"):
        assert secret not in shown


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ({"area": "supervision"}, {"supervision"}),
        ({"area": "org"}, {"org"}),
        ({"person": "东一县局承办人"}, {"supervision"}),
        ({"person": "没有这个人"}, set()),
        ({"last_on": TODAY}, {"supervision", "org"}),
        ({"first_on": TODAY.replace(year=2027)}, set()),
        ({"last_on": TODAY.replace(year=2025)}, set()),
    ],
)
def test_each_filter_narrows_the_lines(town, declined, asked, kept):
    assert {verb.partition(".")[0] for verb in verbs(audited(auditor(town), **asked))} == kept


def test_one_page_goes_on_where_the_other_ended(client, town):
    for _n in range(SHOWN // 2):
        scenes.given(town)
    client.force_login(town.person("省厅", Role.AUDIT_ADMIN))
    seen, address = [], reverse("audit")
    while address:
        page = client.get(address).context
        seen += [line.entry.pk for line in page["lines"]]
        address = page["next"] and reverse("audit") + page["next"]
    assert seen == list(Entry.objects.order_by("-pk").values_list("pk", flat=True))


def test_a_period_that_ends_before_it_begins_is_refused(client, town):
    client.force_login(town.person("省厅", Role.AUDIT_ADMIN))
    answer = client.get(reverse("audit"), {"first_on": "2026-11-02", "last_on": "2026-11-01"})
    assert answer.status_code == 422
    assert not answer.context["lines"]


def test_failed_sign_ins_are_shown_to_those_who_audit_the_account(town):
    person = town.person("东一县局", Role.HANDLER)
    Client().post(reverse("sign-in"), {"username": person.username, "password": "wrong"})
    assert [one.username for one in failed_sign_ins(auditor(town, "东市局"))] == [person.username]
    assert not failed_sign_ins(auditor(town, "西市局"))


def test_a_page_takes_few_queries_however_much_it_shows(client, town, django_assert_max_num_queries):
    for _n in range(10):
        scenes.given(town)
    client.force_login(town.person("省厅", Role.AUDIT_ADMIN))
    with django_assert_max_num_queries(14):
        client.get(reverse("audit"))
