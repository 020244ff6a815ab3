"""An urge is answered from the message, and whoever urged hears of the answer."""

import pytest
from django.urls import reverse

from bihuan.ledger.models import Entry
from bihuan.notifications.actions import deliver
from bihuan.notifications.models import Notice
from bihuan.org.roles import Role
from bihuan.supervision.actions.handling import explain_assignment
from bihuan.supervision.actions.terms import instruct_on_assignment, urge_assignment
from tests.supervision.worlds import GIVER, RECEIVER, world_of


def told(verb):
    entry = Entry.objects.filter(verb=f"supervision.assignment.{verb}").latest("pk")
    deliver(entry_ids=[entry.pk])
    return set(Notice.objects.filter(entry=entry).values_list("person__name", flat=True))


@pytest.mark.parametrize(("role", "may"), [(Role.HANDLER, True), (Role.LEADER, False)])
def test_a_message_that_presses_leads_to_an_answer_in_one_click(client, town, role, may):
    world = world_of(town, "working")
    urge_assignment(assignment_id=world.pk, actor=world.giver(), text="请于周五前反馈")
    told("urged")
    client.force_login(town.person(RECEIVER, role))
    page = client.get(reverse("notices")).content.decode()
    assert "请于周五前反馈" in page
    link = reverse("assignment-explanation", args=[world.pk])
    assert (link in page) is may
    if may:
        assert client.get(link).status_code == 200
        assert client.post(link, {"text": "道路中断，周五恢复"}).status_code == 302
        assert world.fresh().explanations.get().text == "道路中断，周五恢复"


def test_whoever_urged_or_instructed_hears_of_the_answer(town):
    world = world_of(town, "working")
    instruct_on_assignment(assignment_id=world.pk, actor=world.giver(Role.LEADER), text="请专题研究")
    urge_assignment(assignment_id=world.pk, actor=world.giver(), text="请抓紧")
    explain_assignment(assignment_id=world.pk, actor=world.receiver(), text="已研究")
    assert told("explained") == {f"{GIVER}领导", f"{GIVER}督查员"}
