"""Two at once: one wins, the other is told what is the matter, and nobody sees a fault."""

import pytest
from django.conf import settings as configured
from django.test import Client
from django.urls import reverse

from bihuan.org.roles import Role
from bihuan.registers import actions
from bihuan.registers.actions import save_view
from bihuan.registers.models import SavedView
from bihuan.supervision.actions import templating
from bihuan.supervision.actions.templating import draft_template
from bihuan.supervision.letters import LETTERS, as_rows
from bihuan.supervision.models import TemplateEdition
from tests.together import meet, processes, together
from tests.town import Town

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
GUARD = "bihuan.web.middleware.GoneMeanwhile"


def posting(town, url, **said):
    """What a browser of the department's supervisor is answered."""
    client = Client(raise_request_exception=False)
    client.force_login(town.person("省厅", Role.SUPERVISOR))
    return lambda: client.post(url, said).status_code


@pytest.mark.parametrize("guarded", [True, False])
def test_one_name_for_two_views_at_once(at_work, guarded, monkeypatch):
    town = Town()
    barrier, save = processes.Barrier(2), SavedView.save

    def save_together(self, *given, **named):
        meet(barrier)
        return save(self, *given, **named)

    monkeypatch.setattr(SavedView, "save", save_together)
    if not guarded:
        monkeypatch.setattr(actions, "_lock_names", lambda owner_id: None)
    address = reverse("register-view-save", args=["assignments"])
    said = {"name": "本月到期", "shared": "nobody", "address": ""}
    answers = together(*(posting(town, address, **said) for _turn in range(2)))
    assert SavedView.objects.count() == 1
    assert sorted(answers) == ([302, 422] if guarded else [302, 500])


@pytest.mark.parametrize("guarded", [True, False])
def test_one_draft_thrown_away_twice_at_once(at_work, guarded, monkeypatch, settings):
    town = Town()
    edition = draft_template(
        actor=town.actor("省厅"), kind="handover", rows=as_rows(LETTERS["handover"].template)
    )
    if not guarded:
        settings.MIDDLEWARE = [one for one in configured.MIDDLEWARE if one != GUARD]
    barrier, throw_away = processes.Barrier(2), templating.throw_away

    def throw_together(*given, **named):
        meet(barrier)
        return throw_away(*given, **named)

    monkeypatch.setattr(templating, "throw_away", throw_together)
    address = reverse("template-discard", args=[edition.pk])
    answers = together(*(posting(town, address) for _turn in range(2)))
    assert not TemplateEdition.objects.exists()
    assert sorted(answers) == ([302, 404] if guarded else [302, 500])


def test_one_view_dropped_twice_at_once(at_work, monkeypatch):
    town = Town()
    view = save_view(actor=town.actor("省厅"), register_key="assignments", name="一")
    barrier, append = processes.Barrier(2), actions.append

    def append_together(*given, **named):
        meet(barrier)
        return append(*given, **named)

    monkeypatch.setattr(actions, "append", append_together)
    address = reverse("register-view-drop", args=[view.pk])
    assert sorted(together(*(posting(town, address) for _turn in range(2)))) == [302, 404]
