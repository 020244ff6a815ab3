"""What keeps pages readable on old browsers and poor lines, for every template of every context."""

import re
from pathlib import Path

import pytest

SRC = Path(__file__).resolve().parents[2] / "src/bihuan"
STATIC = SRC / "ui/static/ui"
THEME = (STATIC / "theme.css").read_text("utf-8")
BARE = re.sub(r"/\*.*?\*/", "", THEME, flags=re.S)
TEMPLATES = sorted(SRC.glob("*/templates/**/*.html"))


def test_the_theme_stays_within_its_budget():
    assert len(THEME.encode()) <= 64 * 1024


@pytest.mark.parametrize(
    "modern",
    [r":has\(", r"color-mix\(", r"light-dark\(", r"oklch\(", r"@container", r"@layer", r"(^|[{;])\s*&"],
)
def test_the_theme_uses_nothing_a_browser_of_2021_lacks(modern):
    assert not re.search(modern, BARE, re.M)


def test_colours_are_named_in_the_tokens_and_nowhere_else():
    tokens, rest = BARE.split(":root { font-size", 1)
    rest = rest.split("body.bh {", 1)[1]
    allowed = {
        "#fff",
        "#000",
        "#777",
        "#8993a2",
        "#d7000f",
    }  # paper, ink, print lines, a box edge, document red
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", rest)) <= allowed
    assert len(set(re.findall(r"#[0-9a-fA-F]{6}\b", tokens))) > 40


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_stands_out_from_every_surface_it_may_lie_on(mode):
    block = BARE.split(f'[data-bs-theme="{mode}"] {{', 1)[1].split("}", 1)[0]
    token = dict(re.findall(r"--bh-([\w-]+): (#[0-9a-f]{6})", block))
    pairs = [
        (ink, surface)
        for ink in ("ink", "ink-2", "ink-3", "primary-ink")
        for surface in ("surface", "surface-2", "bg")
    ]
    pairs += [
        (f"{tone}-fg", surface)
        for tone in ("g", "y", "yy", "r", "c")
        for surface in (f"{tone}-bg", "surface")
    ]
    pairs += [("on-primary", "primary"), ("on-primary", "danger"), ("primary-ink", "primary-soft")]
    weak = {pair: round(contrast(token[pair[0]], token[pair[1]]), 2) for pair in pairs}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(SRC)))
def test_templates_have_no_inline_script_and_style_only_by_custom_properties(path):
    text = path.read_text("utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"<style\b", text)
    assert not re.search(r"\son\w+=", text)
    assert not re.search(r"hx-on|javascript:", text)
    for value in re.findall(r'\sstyle="([^"]*)"', text):
        for declaration in filter(None, map(str.strip, value.split(";"))):
            assert declaration.startswith(("--", "{%", "{{")), declaration


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(SRC)))
def test_templates_name_icons_that_exist_and_draw_them_with_the_tag(path, settings):
    from bihuan.ui.icons import shapes

    text = path.read_text("utf-8")
    assert not re.search(r'class="ti[ "]', text)
    if not shapes():
        pytest.skip("no icon package; run make setup")
    named = re.findall(r'{% icon "([\w-]+)"', text) + re.findall(r'\bicon="([\w-]+)"', text)
    assert [name for name in named if name not in shapes()] == []


def test_icons_named_in_code_exist():
    from bihuan.ui.icons import shapes

    if not shapes():
        pytest.skip("no icon package; run make setup")
    code = "".join(path.read_text("utf-8") for path in SRC.rglob("*.py"))
    named = set(re.findall(r'\bicon(?:: str)? ?= ?"([\w-]+)"', code))
    assert {"dots", "circle-check"} <= named
    assert [name for name in named if name not in shapes()] == []


@pytest.mark.parametrize("path", sorted(STATIC.glob("*.js")), ids=lambda path: path.name)
def test_scripts_stay_small_and_never_evaluate_text(path):
    text = path.read_text("utf-8")
    assert len(text.encode()) < 12 * 1024
    assert not re.search(r"\beval\(|new Function|innerHTML|insertAdjacentHTML|document\.write", text)
