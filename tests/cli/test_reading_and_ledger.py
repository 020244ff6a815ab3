import json

import psycopg
import pytest

from bihuan.kernel.postgres import Server
from tests.cli.test_demo import FOUND_A_UNIT

PLAN = """关于开展作风建设行动的通知
甘教发〔2026〕1号
一、转变作风
（一）精简会议。全年会议减少三成。（责任单位：办公室；完成时限：2026年12月31日前）
（二）推行一表通。（牵头单位：信息中心；配合单位：教务处；完成时限：2026年11月30日前）
"""


def test_a_plan_is_read_into_json_without_a_database(site, tmp_path):
    file = tmp_path / "方案.txt"
    file.write_text(PLAN, encoding="utf-8")
    answer = site.run("plan", "read", file, "--json")
    leaves = json.loads(answer.stdout)["leaves"]
    assert [leaf["path"] for leaf in leaves] == [[1, 1], [1, 2]]
    assert [leaf["deadline_iso"] for leaf in leaves] == ["2026-12-31", "2026-11-30"]
    assert leaves[1]["cooperating_units"] == ["教务处"]


def test_a_file_that_is_no_plan_is_refused_in_one_sentence(site, tmp_path):
    file = tmp_path / "方案.docx"
    file.write_bytes(b"%PDF-1.7 not a docx")
    answer = site.run("plan", "read", file)
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1


@pytest.mark.slow
def test_verification_names_a_tampered_line_and_exits_with_one(furnished):
    assert furnished.run("manage", "shell", "-c", FOUND_A_UNIT).returncode == 0
    sound = furnished.run("ledger", "verify", "--json")
    assert (sound.returncode, json.loads(sound.stdout)["sound"]) == (0, True)
    server = Server(furnished.var / "postgres")
    with server.held(), psycopg.connect(**server.connection_parameters()) as connection:
        connection.execute("ALTER TABLE ledger_entry DISABLE TRIGGER USER")
        connection.execute("UPDATE ledger_entry SET actor_post = 'x' WHERE position = 1")
    broken = furnished.run("ledger", "verify", "--json")
    assert broken.returncode == 1
    assert {flaw["code"] for flaw in json.loads(broken.stdout)["flaws"]} == {"altered"}
