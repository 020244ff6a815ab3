"""The English catalogue is whole: every message of the source and no other, each with its English."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from tests.architecture import messages as asked
from tests.architecture.source import PACKAGE

CATALOGUE = Path(__file__).resolve().parents[2] / "src/bihuan/locale/en/LC_MESSAGES/django.po"
PLACES = re.compile(r"%\(\w+\)[sd]|%%|%[sd]|\{\w*\}")
CHINESE = re.compile(r"[一-鿿]")
BARE = re.compile(
    r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}|\{%\s*blocktrans.*?\{%\s*endblocktrans\w*\s*%\}"
    r"|\{%\s*trans(late)?\s+(\".*?\"|'.*?').*?%\}|_\((\".*?\"|'.*?')\)",
    re.DOTALL,
)
SHOWS_CHINESE = {"components.html", "language.html"}  # the page of components, and the switch
KEEPS_CHINESE = {"中文", "闭环"}  # a language is named in its own words, and the program too


@pytest.fixture(scope="module")
def messages() -> list[Message]:
    with CATALOGUE.open("rb") as file:
        return [message for message in read_po(file, locale="en") if message.id]


def both(message: Message) -> list[tuple[str, str]]:
    ids = message.id if isinstance(message.id, tuple) else (message.id,)
    strings = message.string if isinstance(message.string, tuple) else (message.string,)
    return list(zip(ids, strings, strict=True))


def test_every_message_has_its_english(messages):
    gaps = [
        message.id for message in messages if message.fuzzy or not all(text for _id, text in both(message))
    ]
    assert len(messages) > 1000
    assert gaps == []


def test_a_translation_fills_in_the_same_places(messages):
    for message in messages:
        for source, text in both(message):
            assert sorted(PLACES.findall(source)) == sorted(PLACES.findall(text)), source


def test_english_is_not_left_in_chinese(messages):
    left = [text for message in messages for source, text in both(message) if CHINESE.search(text)]
    assert set(left) <= KEEPS_CHINESE


def test_the_apostrophe_is_that_of_latin_letters(messages):
    """Chinese fonts, which come first, draw the curved one a whole character wide."""
    assert [text for message in messages for _id, text in both(message) if set(text) & set("‘’")] == []


def test_every_message_of_the_source_is_in_the_catalogue(messages):
    """Add what is named here to the catalogue, with its English."""
    held = {(message.context, message.id) for message in messages}
    lacking = {key[1]: places for key, places in asked.messages().items() if key not in held}
    assert len(held) > 1000
    assert lacking == {}


def test_the_catalogue_holds_no_message_that_nobody_asks_for(messages):
    """Take what is named here out of the catalogue."""
    wanted = asked.messages()
    assert [message.id for message in messages if (message.context, message.id) not in wanted] == []


def test_templates_say_nothing_that_cannot_be_translated():
    left = [
        f"{path.name}: {line.strip()[:60]}"
        for path in sorted(PACKAGE.rglob("templates/**/*.html"))
        if path.name not in SHOWS_CHINESE
        for line in BARE.sub("", path.read_text()).splitlines()
        if CHINESE.search(line)
    ]
    assert left == []


@pytest.mark.parametrize(
    "text, keys",
    [
        ("_('销号')", [(None, "销号")]),
        ("_now('销' '号') + f'{_(\"办结\")}'", [(None, "销号"), (None, "办结")]),
        ("many('一件', '%(n)d 件', n)", [(None, ("一件", "%(n)d 件"))]),
        ("within('clock', '时限')", [("clock", "时限")]),
        ("_(word); other('销号')", []),
    ],
)
def test_messages_are_found_in_python(text, keys):
    names = "gettext as _, gettext as _now, ngettext as many, pgettext as within"
    found = asked.of_python(f"from django.utils.translation import {names}\n{text}")
    assert [key for _line, key in found] == keys


@pytest.mark.parametrize(
    "text, keys",
    [
        ('    <b>{% translate "销号" %}</b>\n <i>don\'t (', [(None, "销号")]),
        ("{% blocktranslate with n=1 %}共 {{ n }} 件{% endblocktranslate %}", [(None, "共 %(n)s 件")]),
        ('{% badge _("办结") tone="ok" %}', [(None, "办结")]),
        ('{{ word|default:_("无") }}', [(None, "无")]),
        ("<b>销号</b>", []),
    ],
)
def test_messages_are_found_in_templates(text, keys):
    assert [key for _line, key in asked.of_template(text)] == keys
