import pytest

from bihuan.documents import access
from bihuan.org.roles import Role


@pytest.fixture(autouse=True)
def own_store(settings, tmp_path):
    """A file store of its own for every test."""
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


@pytest.fixture
def readers(monkeypatch):
    """No context has registered a reader yet."""
    monkeypatch.setattr(access, "_readers", {})


@pytest.fixture
def handler(town):
    return town.actor("一中", Role.HANDLER)
