"""No address is shown in full, however short it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.channels.kinds import KINDS
from services.notifications.contacts.masking import masked


@pytest.mark.parametrize(
    ("channel", "target", "shown"),
    [
        ("email", "guardia@acnur.example", "g•••@acnur.example"),
        ("email", "ab@acnur.example", "•••@acnur.example"),
        ("sms", "+525500000014", "••• 14"),
        ("telegram", "@guardia", "•••"),
        ("push", "dispositivo-7", "•••"),
    ],
)
def test_its_owner_knows_it_again(channel: str, target: str, shown: str) -> None:
    assert masked(channel, target) == shown


@given(st.sampled_from(KINDS), st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=4, max_size=40))
def test_nobody_else_learns_it(channel: str, target: str) -> None:
    assert target not in masked(channel, target)
