"""Derived ids are what any other program would derive."""

from uuid import UUID
from uuid import uuid5 as standard_uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.ids import parse_uuid, uuid5


@given(st.uuids(), st.text(max_size=80).filter(str.isprintable))
def test_it_is_the_name_based_id_of_the_standard(namespace: UUID, name: str) -> None:
    assert uuid5(namespace, name) == standard_uuid5(namespace, name)
    assert uuid5(namespace, name).version == 5


@given(st.uuids())
def test_an_id_is_the_same_key_whichever_way_it_was_made(one: UUID) -> None:
    quick = parse_uuid(str(one))
    assert isinstance(quick, UUID)
    assert (quick, str(quick), repr(quick), quick.bytes, quick.int) == (one, str(one), repr(one), one.bytes, one.int)
    assert {one: "found"}[quick] == {quick: "found"}[one] == "found"
    assert not one < quick
    assert not quick < one


@pytest.mark.parametrize("text", ["", "x", "0" * 31, "0" * 33, "g" * 32, "00000000-0000-0000-0000-00000000000é"])
def test_what_writes_no_id_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="UUID"):
        parse_uuid(text)
