"""What may and may not stand in our files."""

import ast
import re
import subprocess
from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from tests.architecture.source import PACKAGE, ROOT, modules

LONGEST_MODULE, LONGEST_FUNCTION, LONGEST_LINE = 700, 80, 120
SETTLING = {"bihuan.ui.templatetags.ui"}  # to be split by whoever touches it next
CLOCKS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "timezone.now",
    "timezone.localdate",
}
READS_CLOCKS = {"bihuan.kernel.clock", "bihuan.cli.doctor", "bihuan.kernel.sessions"}
TEMPLATES = sorted(PACKAGE.rglob("*.html"))
STYLE = re.compile(r"""\sstyle=(["'])(.*?)\1""", re.DOTALL)
CUSTOM_PROPERTIES = re.compile(r"(\s*--[\w-]+\s*:[^;]*;?)+\s*")
BLOCK = re.compile(r"<(article|div|form|h[1-6]|li|nav|ol|p|section|t(able|body|head|d|h|r)|ul)\b")
TEMPLATE_TAG = re.compile(r"\{[{%#].*?[}%#]\}", re.DOTALL)


def tracked_files() -> list[str]:
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return listing.stdout.splitlines()


def test_a_long_line_of_a_template_holds_one_block_of_the_page():
    """Where white space between tags is not seen, a new line begins; a sentence may be as long as it is."""
    crowded = [
        f"{path.relative_to(PACKAGE)}:{n}"
        for path in TEMPLATES
        for n, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > LONGEST_LINE and len(BLOCK.findall(line)) > 1
    ]
    assert not crowded


def test_files_stay_readable():
    ours = [module for module in modules() if module.layer != "migrations" and module.name not in SETTLING]
    long = [module.name for module in ours if module.text.count("\n") > LONGEST_MODULE]
    long += [
        f"{module.place(function)} {function.name}"
        for module in ours
        for function in module.functions()
        if (function.end_lineno or 0) - function.lineno + 1 > LONGEST_FUNCTION
    ]
    assert not long


def test_nothing_is_left_to_do():
    word = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XXX)\b")
    texts = [(module.place(module.tree.body[0]), module.text) for module in modules() if module.tree.body]
    texts += [(str(path), path.read_text()) for path in TEMPLATES]
    assert not [place for place, text in texts if word.search(text)]


def test_there_is_one_clock():
    found = [
        f"{module.place(call)} {ast.unparse(call)}"
        for module in modules()
        if module.name not in READS_CLOCKS and module.context != "demo"
        for call in module.calls()
        if ast.unparse(call.func).removeprefix("datetime.") in CLOCKS or ast.unparse(call.func) in CLOCKS
    ]
    assert not found


def test_only_the_demonstration_and_tests_stop_the_clock():
    found = [
        module.place(call)
        for module in modules()
        if module.context != "demo" and module.name != "bihuan.kernel.clock"
        for call in module.calls()
        if ast.unparse(call.func) in ("clock.frozen", "frozen")
    ]
    assert not found


def test_tests_run_far_from_the_offices():
    moment = datetime(2026, 1, 1, tzinfo=ZoneInfo(settings.TIME_ZONE))
    offices = datetime(2026, 1, 1, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert abs(moment.utcoffset() - offices.utcoffset()).total_seconds() >= 8 * 3600


def test_locks_name_no_address():
    locks = [*ROOT.glob("requirements/*.txt"), ROOT / "package-lock.json", ROOT / ".npmrc"]
    assert not [lock.name for lock in locks if "://" in lock.read_text()]


def test_nothing_made_or_foreign_is_tracked():
    foreign = re.compile(r"(^|/)(node_modules|var|\.venv)/|\.(mo|pyc|woff2?|ttf|sqlite3)$")
    assert not [path for path in tracked_files() if foreign.search(path)]


@pytest.mark.parametrize("folder", ["changes", "docs/adr"])
def test_a_number_names_one_file(folder):
    names = sorted(path.name for path in (ROOT / folder).iterdir())
    odd = [name for name in names if not re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", name)]
    taken = Counter(name[:4] for name in names)
    twice = [name for name in names if taken[name[:4]] > 1]
    assert not odd
    assert not twice, (
        f"{folder}: rename the newer of {twice}; the next free number is {int(max(taken)) + 1:04d}"
    )


def inline_code(text: str) -> list[str]:
    """Scripts, event attributes and styles that the content security policy would refuse."""
    bare = TEMPLATE_TAG.sub("1", text)
    found = re.findall(r"<script(?![^>]*\ssrc=)[^>]*>", bare) + re.findall(r"<style[^>]*>", bare)
    found += re.findall(r"\son[a-z]+=[\"'][^\"']*[\"']", bare) + re.findall(r"javascript:[^\"']*", bare)
    found += [style for _quote, style in STYLE.findall(bare) if not CUSTOM_PROPERTIES.fullmatch(style)]
    return [tag for tag in found if "application/json" not in tag]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_carry_no_inline_code(path):
    assert not inline_code(path.read_text())


@pytest.mark.parametrize(
    "text, refused",
    [
        ('<script src="/a.js"></script>', False),
        ("<script>alert(1)</script>", True),
        ('<script type="application/json" id="facts">{}</script>', False),
        ('<i style="--v:{{ share }};--t:10%"></i>', False),
        ('<i style="width:{{ share }}%"></i>', True),
        ('<i style="--v:1;color:red"></i>', True),
        ('<button onclick="go()">', True),
        ('<a href="javascript:go()">', True),
        ("<style>i{color:red}</style>", True),
    ],
)
def test_inline_code_is_recognised(text, refused):
    assert bool(inline_code(text)) is refused


def test_every_setting_is_documented():
    documented = set(re.findall(r"`([A-Z_]+[A-Z])`", (ROOT / "docs/settings.md").read_text()))
    read = set()
    for module in modules():
        for call in module.calls():
            owner = ast.unparse(call.func)
            first = call.args[0] if call.args else None
            if re.fullmatch(r"(env\.\w+|os\.getenv|(os\.)?environ\.\w+)", owner) and isinstance(
                first, ast.Constant
            ):
                read.add(first.value)
    assert {"PORT", "DATABASE_URL", "BIHUAN_VAR", "EMAIL_URL"} <= read
    assert read - {"DJANGO_SETTINGS_MODULE"} == documented - {"DEBUG", "INFO", "WARNING", "ERROR"}
