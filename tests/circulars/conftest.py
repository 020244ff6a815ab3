import pytest

from bihuan.supervision.models import Plan
from tests.circulars.scenes import history_of, plan_of


@pytest.fixture
def plan(town) -> Plan:
    return plan_of(town)


@pytest.fixture
def history(town) -> Plan:
    return history_of(town)
