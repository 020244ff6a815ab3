from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bihuan.kernel.statements import NOW, PERSON, UNIT, fetch_prepared, with_places

AT = datetime(2026, 11, 23, 1, tzinfo=UTC)


@pytest.mark.django_db
def test_a_statement_is_written_out_once_and_asked_for_many_readers():
    text = with_places(
        "SELECT %s, %s = ANY(%s), %s, %s::text", [PERSON, 7, [UNIT, 7], NOW + timedelta(hours=1), "100%s 'x'"]
    )
    with CaptureQueriesContext(connection) as asked:
        for person, unit in ((3, 4), (5, 6)):
            rows = fetch_prepared(text, {"person": person, "unit": unit, "now": AT})
            assert rows == [(person, True, AT + timedelta(hours=1), "100%s 'x'")]
    assert len(asked) == 2


@pytest.mark.django_db
@pytest.mark.parametrize("values", [[1], [1, 2, 3], [1, AT]])
def test_what_does_not_fit_is_refused_when_it_is_written(values):
    with pytest.raises(ValueError, match=r"number of values|no place"):
        with_places("SELECT %s, %s", values)
