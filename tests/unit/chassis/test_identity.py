"""Derived ids are what any other program would derive."""

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from services.chassis.identity import derived


@given(st.uuids(), st.text(max_size=80).filter(str.isprintable))
def test_it_is_the_name_based_id_of_the_standard(namespace: UUID, name: str) -> None:
    assert derived(namespace, name) == uuid5(namespace, name)
    assert derived(namespace, name).version == 5
