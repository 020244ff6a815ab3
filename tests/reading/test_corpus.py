"""Reading measured on real documents (DESIGN §9: F1 ≥ 0.95), scored by the corpus's own program."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bihuan.reading.reader import read
from bihuan.reading.report import to_json
from tests.reading.invariants import check

# Not a setting of the program, so not a BIHUAN_ name: those are checked against the list of settings.
CORPUS = Path(os.environ.get("READING_CORPUS") or Path(__file__).resolve().parents[3] / "shared" / "corpus")
pytestmark = pytest.mark.corpus


@pytest.fixture(scope="module", autouse=True)
def corpus():
    """The folder of documents; its absence may be a shortcoming of this machine, but not of CI."""
    if not (CORPUS / "score.py").exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"the reference corpus is missing: {CORPUS}")
        pytest.skip(f"the reference corpus is missing: {CORPUS}")


def documents():
    return sorted(path for path in CORPUS.glob("1*") if path.suffix in (".txt", ".csv"))


@pytest.fixture(scope="module")
def scores(tmp_path_factory):
    folder = tmp_path_factory.mktemp("readings")
    for path in documents():
        report = to_json(read(path.read_bytes(), path.name))
        (folder / f"{path.stem}.json").write_text(json.dumps(report, ensure_ascii=False))
    command = [sys.executable, str(CORPUS / "score.py"), str(folder), "--labelled-only", "--json"]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


@pytest.mark.parametrize("measure", ["leaf", "lead", "coop", "deadline"])
def test_the_measures_reach_their_target(scores, measure):
    _precision, _recall, f1, *_counts = scores["overall"][measure]
    assert f1 >= 0.95


def test_every_document_has_exactly_the_items_a_reader_found(scores):
    assert [row["doc"] for row in scores["documents"] if not row["leaf_count_exact"]] == []


def test_nothing_of_any_document_is_lost_or_invented():
    assert len(documents()) > 10
    for path in documents():
        check(read(path.read_bytes(), path.name))
