"""What is written where there is nothing to write links no two cases."""

from copy import deepcopy
from typing import Any

import pytest

from services.intake.submissions.blind_index import Digests, digests
from services.intake.submissions.document import read

Document = dict[str, Any]
NOTHING = [
    "ninguno", "Ninguna", "NO TIENE", "no tiene documento", "no tiene teléfono", "S/N", "s.n.", "sn", "N/A", "n.d.",
    "nada", "desconocido", "DESCONOCIDA", "se desconoce", "no sabe", "sin documento", "Sin número", "anónimo", "xxx",
    "XXXXXXXX", "x-x-x", "0000", "000-000-0000", "9999999", "-", "---", "...", "?", "   ", "_", "1234567", "0123456789",
    "12345678", "unknown", "none", "aucun", "nenhum", "não tem", "ｘｘｘ", "　",
]  # fmt: skip
SOMETHING = [
    "DPI 4417-2290",
    "A-1",
    "C02 118",
    "0801-1990-12345",
    "12",
    "1010",
    "Pasaporte E123456",
    "Ana",
    "Noé Sinaí",
]


@pytest.fixture
def linked(an_adult: Document, shelters: frozenset[str]) -> Any:
    def ask(part: str, **changes: str) -> Digests:
        document = deepcopy(an_adult)
        document[part] |= changes
        return digests(b"k" * 32, read(document, shelters=shelters), document["shelter"])

    return ask


@pytest.mark.parametrize("nothing", NOTHING)
def test_a_filler_is_no_value(nothing: str, linked: Any) -> None:
    assert linked("person", document=nothing).document is None
    assert linked("person", phone=nothing).phone is None
    assert linked("person", name=nothing, birth_date="1990").name is None


@pytest.mark.parametrize("something", SOMETHING)
def test_a_value_is_one_even_if_it_is_short(something: str, linked: Any) -> None:
    assert linked("person", document=something).document is not None
    assert linked("person", name=something, birth_date="1990").name is not None


def test_a_telephone_is_its_digits_in_any_script(linked: Any) -> None:
    first = linked("person", phone="55881304").phone
    assert first is not None
    assert linked("person", phone="5588-1304").phone == first
    assert linked("person", phone="٥٥٨٨١٣٠٤").phone == first
    assert linked("person", phone="tel. 00000000").phone is None
    assert linked("person", phone="123456").phone is None


@pytest.mark.parametrize("code", ["NA", "ninguna", "0", "00", "x", "xxx", "s.n"])
def test_a_family_without_a_code_is_no_family(code: str, linked: Any) -> None:
    assert linked("screening", family_group=code).family is None


@pytest.mark.parametrize("code", ["1", "7", "11", "B", "f-12", "123"])
def test_a_shelters_family_may_have_a_short_code(code: str, linked: Any) -> None:
    assert linked("screening", family_group=code).family is not None


def test_two_shelters_digests_of_one_person_have_nothing_in_common(
    an_adult: Document, shelters: frozenset[str]
) -> None:
    """A stolen vault does not tell where else a person was; within a shelter its cases are compared as before."""

    def seen(shelter: str, registered_at: str) -> Digests:
        person = {"name": "Rosa Prueba", "birth_date": "1988-05-06", "document": "A-1", "phone": "55881304"}
        document = {**deepcopy(an_adult), "shelter": shelter, "person": person}
        document["screening"] |= {"family_group": "F-1"}
        return digests(b"k" * 32, read(document, shelters=shelters), registered_at)

    here, again, there = (seen(one, one) for one in ("ALB-TAP-01", "ALB-TAP-01", "ALB-OAX-01"))
    assert here == again
    for part in ("name", "document", "phone", "family"):
        assert getattr(here, part) is not None
        assert getattr(here, part) != getattr(there, part), part
    amended_by_the_next = seen("ALB-OAX-01", "ALB-TAP-01")
    assert amended_by_the_next.family == here.family, "a family's code is that of the shelter where it was registered"
    assert amended_by_the_next.name == there.name, "what a shelter recorded itself is compared with its own"
