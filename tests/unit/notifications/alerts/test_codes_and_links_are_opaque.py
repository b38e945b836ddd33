"""The code and the link of an alert mean nothing to a stranger."""

import base64
import re
from datetime import timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from services.chassis.vault.link_codes import LinkCodes
from services.notifications.alerts.domain import code_of
from tests.support.builders.alerts import THEN
from tests.support.models.revealing_words import revealed_by_code
from tests.support.properties import examples

KEY = base64.b64encode(bytes(range(64))).decode()


@given(number=st.uuids())
@settings(max_examples=examples(2000))
def test_a_code_never_spells_anything(number: UUID) -> None:
    code = code_of(number)
    assert re.fullmatch("[2-9A-Z]{4}", code)
    assert not set(code) & set("01ILOU")
    assert revealed_by_code(code) == set()
    assert not re.search("[A-Z]{2}", code)


@given(referral=st.uuids(), days=st.integers(1, 30))
def test_a_link_is_an_opaque_code_that_says_nothing_of_the_referral_and_stays_the_same(
    referral: UUID, days: int
) -> None:
    codes, expires = LinkCodes(KEY), THEN + timedelta(days=days)
    code = codes.code(referral, expires)
    assert code == codes.code(referral, expires)
    assert re.fullmatch("[A-Za-z0-9_-]{48}", code)
    read = base64.urlsafe_b64decode(code)
    assert referral.bytes not in read
    assert referral.hex not in code
    opened = codes.read(code)
    assert opened is not None
    assert (opened.referral, opened.expires_at) == (referral, expires)
    assert LinkCodes(base64.b64encode(bytes(64)).decode()).read(code) is None


def test_codes_distinguish_the_pending_alerts_of_a_desk() -> None:
    pending = [code_of(UUID(int=number)) for number in range(200)]
    assert len(set(pending)) >= 198
