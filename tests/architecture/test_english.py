"""The English catalogue is whole: every message it holds is translated, with the same places to fill in."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

CATALOGUE = Path(__file__).resolve().parents[2] / "src/bihuan/locale/en/LC_MESSAGES/django.po"
PLACES = re.compile(r"%\(\w+\)[sd]|%%|%[sd]|\{\w*\}")
CHINESE = re.compile(r"[一-鿿]")
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
