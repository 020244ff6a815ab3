"""Every address of the API answers to every method that its description names."""

import re

import pytest

from bihuan.api.v1 import api

SCHEMA = api.get_openapi_schema()["paths"]
READ = sorted(path for path, methods in SCHEMA.items() if "get" in methods)


@pytest.mark.django_db
@pytest.mark.parametrize("path", READ)
def test_what_can_be_read_is_not_hidden_by_what_can_be_made_there(client, path):
    """Two routers with one address: the first answered 405 for what the second offers."""
    asked = re.sub(r"\{\w+\}", "1", path)
    assert client.get(asked).status_code != 405


def test_the_description_is_read_at_all():
    assert len(READ) > 20
