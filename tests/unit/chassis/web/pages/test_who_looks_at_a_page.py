"""A page is in the viewer's language and by the viewer's clock: the account's, else the browser's, else Mexico's."""

from zoneinfo import ZoneInfo

import pytest
from fastapi import Request

from events.vocabulary import Role
from services.chassis.authorization.policy import Principal
from services.chassis.clock import MEXICO
from services.chassis.locales import catalogue
from services.chassis.web.pages.viewer import viewer_of

WORDS = catalogue(__name__)


def asks(*, language: str = "", cookie: str = "", principal: Principal | None = None) -> Request:
    headers = [(b"accept-language", language.encode()), (b"cookie", cookie.encode())]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [one for one in headers if one[1]], "state": {}}
    request = Request(scope)
    if principal is not None:
        request.state.principal = principal
    return request


def officer(language: str, zone: str) -> Principal:
    return Principal(Role.OFFICER, "ACNUR", "p-1", person="p-1", language=language, time_zone=zone)


@pytest.mark.parametrize(
    ("language", "cookie", "expected"),
    [
        ("", "", "es"),
        ("en-GB,en;q=0.9,es;q=0.8", "", "en"),
        ("de, en;q=0.5, es;q=0.9", "", "es"),
        ("en", "idioma=es", "es"),
        ("es", "idioma=en", "en"),
        ("en", "idioma=xx", "en"),
        ("en;q=0, es;q=0.1", "", "es"),
        ("en;q=mucho, *", "", "es"),
        ("../../etc/passwd", "idioma=../../secret", "es"),
    ],
)
def test_whoever_has_not_signed_in_reads_what_the_browser_asks_for(language: str, cookie: str, expected: str) -> None:
    found = viewer_of(asks(language=language, cookie=cookie), WORDS)
    assert (found.language, found.zone, found.person) == (expected, MEXICO, "")


def test_the_account_says_the_language_and_the_clock_whatever_the_browser_asks_for() -> None:
    found = viewer_of(asks(language="es", cookie="idioma=es", principal=officer("en", "America/Tijuana")), WORDS)
    assert (found.language, found.zone) == ("en", ZoneInfo("America/Tijuana"))


def test_an_account_in_a_language_without_texts_reads_spanish() -> None:
    assert viewer_of(asks(principal=officer("mam", "America/Mexico_City")), WORDS).language == "es"
