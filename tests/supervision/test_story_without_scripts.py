"""The core of story 2 by plain forms, as a browser without scripts sends them: from the Word file to the circular."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from bihuan.circulars.models import Circular
from bihuan.documents.models import Paper, Service
from bihuan.kernel import clock
from bihuan.org.roles import Role
from bihuan.supervision.models import Assignment, Plan
from bihuan.supervision.rules import Stage
from tests.browser import mandate
from tests.supervision.story import ISSUED, college
from tests.town import Town

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
SUPERVISOR, SECOND, LEADER = ("学院", Role.SUPERVISOR), ("学院", Role.SUPERVISOR, "二"), ("学院", Role.LEADER)
HANDLER, HEAD = ("信息中心", Role.HANDLER), ("信息中心", Role.LEADER)


class Desk:
    """People with browsers that only know forms."""

    def __init__(self, town: Town):
        self.town = town
        self.browsers: dict[tuple, Client] = {}

    def at(self, who: tuple) -> Client:
        if who not in self.browsers:
            self.browsers[who] = Client()
            self.browsers[who].force_login(self.town.person(*who))
        return self.browsers[who]

    def post(self, who: tuple, name: str, *args: object, **data: object):
        """Send a form; what a page leaves after success is always another page."""
        address = reverse(name, args=args)
        answer = self.at(who).post(address, data | {"request_key": str(uuid4())})
        assert answer.status_code == 302, (name, answer.status_code)
        return answer

    def operate(self, who: tuple, number: str, operation: str, **data: object) -> Assignment:
        one = duty(number)
        self.post(who, f"assignment-{operation}", one.pk, seen_version=one.version, **data)
        return duty(number)


def duty(number: str) -> Assignment:
    return Assignment.objects.filter(item__number=number).latest("pk")


@pytest.fixture
def desk() -> Desk:
    with clock.frozen(ISSUED):
        town = Town()
        town.units |= college(town)
        for who in (SUPERVISOR, SECOND, LEADER, HANDLER, HEAD):
            town.post(*who)
        yield Desk(town)


def test_the_core_of_story_two_needs_no_scripts(desk):
    plan = _issued(desk)
    assert desk.operate(HANDLER, "3.1", "sign").stage == Stage.WORKING
    evidence = SimpleUploadedFile("报表.pdf", PDF)
    desk.operate(HANDLER, "3.1", "report", text="已梳理", progress="90", files=evidence)
    desk.operate(HANDLER, "3.1", "completion", text="186 张已梳理")
    assert desk.operate(HEAD, "3.1", "sign-off").stage == Stage.COMPLETED
    desk.operate(SUPERVISOR, "3.1", "review", conclusion="return", opinion="缺清单")
    desk.operate(HANDLER, "3.1", "completion", text="186 张已梳理，清单已附")
    desk.operate(HEAD, "3.1", "sign-off")
    desk.operate(SUPERVISOR, "3.1", "review", conclusion="pass")
    assert desk.operate(LEADER, "3.1", "review", conclusion="pass").stage == Stage.ACCEPTED
    assert desk.operate(SUPERVISOR, "3.1", "write-off", outcome="done").stage == Stage.WRITTEN_OFF
    late = (ISSUED + timedelta(days=60)).date().isoformat()
    again = desk.operate(
        SUPERVISOR, "3.1", "look-back", verdict="relapsed", finding="又多了", due_at=late, early="群众反映"
    )
    assert (again.round, again.stage) == (2, Stage.DISPATCHED)
    _told(desk, plan)


def _issued(desk: Desk) -> Plan:
    file = SimpleUploadedFile("行动方案.docx", mandate.word_file())
    desk.post(SUPERVISOR, "plan-from-document", file=file)
    plan = Plan.objects.get()
    wanting = plan.items.get(number=mandate.HOMELESS)
    desk.post(
        SUPERVISOR, "draft-bulk", plan.pk, selected=[wanting.pk], apply="1", set_leads="on", leads="组织部"
    )
    standing = plan.items.get(number=mandate.STANDING)
    desk.post(
        SUPERVISOR,
        "draft-bulk",
        plan.pk,
        selected=[standing.pk],
        apply="1",
        set_cycle="on",
        cycle="quarterly",
    )
    unknown = plan.items.get(number="10.1")
    desk.post(
        SUPERVISOR,
        "draft-bulk",
        plan.pk,
        selected=[unknown.pk],
        apply="1",
        set_leads="on",
        leads="就业指导中心",
    )
    desk.post(SUPERVISOR, "plan-issue", plan.pk)
    assert Assignment.objects.filter(item__plan=plan).count() == 49
    return plan


def _told(desk: Desk, plan: Plan) -> None:
    """Drawn up, reviewed, signed by three people; served and read."""
    first, last = ISSUED.date(), (ISSUED + timedelta(days=20)).date()
    desk.post(SUPERVISOR, "circular-new", plan.pk, first_on=first.isoformat(), last_on=last.isoformat())
    circular = Circular.objects.get()
    for one in circular.figures.filter(unit=None, out_of=None):
        page = desk.at(SUPERVISOR).get(reverse("circular-figure", args=[circular.pk, one.pk]))
        assert page.context["page"].paginator.count == one.value
    desk.post(SECOND, "paper-review", circular.paper_id)
    desk.post(SUPERVISOR, "circular-ask", circular.pk)
    for inquiry in circular.inquiries.select_related("unit"):
        desk.post((inquiry.unit.name, Role.HANDLER), "inquiry-agree", inquiry.pk)
    desk.post(LEADER, "paper-issue", circular.paper_id)
    assert Paper.objects.get().stage == Paper.Stage.ISSUED
    desk.post(HANDLER, "paper-read", circular.paper_id)
    assert Service.objects.get(unit__name="信息中心").read_at == ISSUED
