"""Countries (ISO 3166-1) and places (ISO 3166-2), as the pycountry library lists them.

Mexico's states are checked one by one, because statistics count by them; of other countries' divisions only the form
and the country. A language is checked by form only: people name languages that ISO 639-3 splits or lacks.
"""

import re
from functools import cache
from typing import Annotated

import pycountry
from pydantic import AfterValidator

from services.intake.submissions.document.field_types import refusal

DIVISION_FORM = re.compile(r"(?P<country>[A-Z]{2})-(?P<division>[A-Z0-9]{1,3})")
LANGUAGE_FORM = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")


@cache
def alpha_2() -> frozenset[str]:
    """Two-letter country codes. The first call loads the library's list."""
    return frozenset(country.alpha_2 for country in pycountry.countries)


@cache
def alpha_3() -> frozenset[str]:
    """Three-letter country codes."""
    return frozenset(country.alpha_3 for country in pycountry.countries)


@cache
def states_of_mexico() -> frozenset[str]:
    """Codes of the 32 states without ``MX-``. Mexico City is ``CMX``, as in ISO since 2016."""
    states = pycountry.subdivisions.get(country_code="MX")  # type: ignore[no-untyped-call]
    return frozenset(state.code.removeprefix("MX-") for state in states)


def _country_of_origin(code: str) -> str:
    if code not in alpha_3() and code not in {"stateless", "unknown"}:
        raise refusal("not_listed")
    return code


def _place(code: str) -> str:
    division = DIVISION_FORM.fullmatch(code)
    if division is None:
        listed = code in alpha_2()
    elif division["country"] == "MX":
        listed = division["division"] in states_of_mexico()
    else:
        listed = division["country"] in alpha_2()
    if not listed:
        raise refusal("not_listed")
    return code


def _language(tag: str) -> str:
    if not LANGUAGE_FORM.fullmatch(tag):
        raise refusal("not_a_language")
    return tag


CountryOfOrigin = Annotated[str, AfterValidator(_country_of_origin)]
Place = Annotated[str, AfterValidator(_place)]
"""A state (``MX-CHP``) or a country (``GT``)."""
Language = Annotated[str, AfterValidator(_language)]
"""A BCP 47 tag; many of the region's languages have only an ISO 639-3 code (``mam``, ``quc``)."""
