"""The ISO lists come from a library; what they accept changes only by a decision of ours."""

import hashlib
from collections.abc import Iterable

import pytest
from pydantic import TypeAdapter, ValidationError

from services.intake.submissions.document.places import CountryOfOrigin, Place, alpha_2, alpha_3, states_of_mexico

PLACE, ORIGIN = TypeAdapter(Place), TypeAdapter(CountryOfOrigin)


def digest(codes: Iterable[str]) -> str:
    return hashlib.sha256(" ".join(sorted(codes)).encode()).hexdigest()[:16]


def test_a_new_version_of_the_library_lists_the_same_codes() -> None:
    """One that fails here has news from ISO: look at what it adds or drops, and what that does to people's forms."""
    assert (len(alpha_2()), digest(alpha_2())) == (249, "e1c950d24ceb933a")
    assert (len(alpha_3()), digest(alpha_3())) == (249, "9b9a41be481859e4")
    assert (len(states_of_mexico()), digest(states_of_mexico())) == (32, "176343881ceafe86")


@pytest.mark.parametrize("code", ["MX-CHP", "MX-CMX", "MX", "GT", "GT-01", "HN-FM", "US-TX"])
def test_a_place_on_the_way_is_accepted(code: str) -> None:
    assert PLACE.validate_python(code) == code


@pytest.mark.parametrize("code", ["MX-DIF", "MX-XXX", "MX-01", "XX", "XX-01", "mx-chp", "GT-ABCD", "MEX", ""])
def test_what_is_no_place_is_refused(code: str) -> None:
    with pytest.raises(ValidationError):
        PLACE.validate_python(code)


@pytest.mark.parametrize("code", ["HND", "SLV", "GTM", "HTI", "stateless", "unknown"])
def test_where_somebody_comes_from_is_accepted(code: str) -> None:
    assert ORIGIN.validate_python(code) == code


@pytest.mark.parametrize("code", ["HN", "hnd", "ZZZ", "YUG", ""])
def test_a_country_that_is_not_listed_is_refused(code: str) -> None:
    with pytest.raises(ValidationError):
        ORIGIN.validate_python(code)
