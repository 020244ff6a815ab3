from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.urls import path
from django.utils import translation
from django.utils.translation import get_language

from bihuan.kernel.passwords import CharacterClasses
from tests.town import MORNING


def desk(request):
    request.session["visits"] = request.session.get("visits", 0) + 1
    return HttpResponse(get_language())


def counts(request):
    return HttpResponse(str(request.session.get("visits", 0)))


counts.is_polled = True

urlpatterns = [path("desk/", desk), path("counts/", counts)]

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


@pytest.mark.parametrize(
    "minutes, address, visits",
    [
        ([20, 20, 20], "/desk/", b"4"),
        ([31], "/desk/", b"1"),
        ([20, 5], "/counts/", b"1"),
        ([20, 20], "/counts/", b"0"),  # a page left open asks by itself, its reader went home
    ],
)
def test_a_session_ends_after_half_an_hour_without_a_real_request(client, minutes, address, visits):
    with time_machine.travel(MORNING, tick=False) as clock:
        client.get("/desk/")
        for pause in minutes:
            clock.shift(timedelta(minutes=pause))
            client.get(address)
        assert client.get("/counts/").content == visits


@pytest.mark.parametrize(
    "cookie, language", [(None, b"zh-hans"), ("en", b"en"), ("fr", b"zh-hans"), ("", b"zh-hans")]
)
def test_pages_are_chinese_unless_the_reader_switched(client, settings, cookie, language):
    if cookie is not None:
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = cookie
    before = translation.get_language()
    assert client.get("/desk/", headers={"Accept-Language": "en-US,en"}).content == language
    assert translation.get_language() == before


@pytest.mark.parametrize(
    "password, accepted", [("abcDEF12", True), ("abc-1234", True), ("abcdef12", False), ("督查督办Ab1", True)]
)
def test_a_password_mixes_three_classes(password, accepted):
    rule = CharacterClasses(classes=3)
    if accepted:
        rule.validate(password)
    else:
        with pytest.raises(ValidationError):
            rule.validate(password)
