import pytest

from bihuan.alike.jobs import examine_job
from bihuan.ledger.models import Entry
from tests.alike.story import Story

HANDED_IN = ("supervision.assignment.reported", "supervision.assignment.completed")


@pytest.fixture
def story(town) -> Story:
    return Story(town)


@pytest.fixture
def examined():
    """Runs the job for everything handed in so far, as the worker does."""

    def run() -> None:
        examine_job(entry_ids=list(Entry.objects.filter(verb__in=HANDED_IN).values_list("pk", flat=True)))

    return run
