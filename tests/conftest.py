import pytest

from bihuan.kernel import clock
from tests.town import MORNING, Town


@pytest.fixture
def at_work():
    """A fixed Monday morning in the office."""
    with clock.frozen(MORNING):
        yield MORNING


@pytest.fixture
def town(db, at_work) -> Town:
    return Town()
