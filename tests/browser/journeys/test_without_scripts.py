"""Everything that a desk does it can do with plain forms, in either language."""

import pytest

from events.vocabulary import Role
from tests.support.browser.desk import AtTheDesk
from tests.support.browser.devices import SMALL_PHONE
from tests.support.browser.visiting import Visiting
from tests.support.people.people import Programme, an_adult, consent_to


@pytest.mark.parametrize("language", ["es", "en"])
async def test_a_referral_is_taken_to_its_end_by_plain_forms(
    visiting: Visiting, programme: Programme, language: str
) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    referral = await programme.referral_to("ACNUR", case, state="requested")
    visitor = await visiting.signed_in(Role.OFFICER, "ACNUR", SMALL_PHONE, language=language, scripts=False)
    officer = AtTheDesk(visitor)
    assert await officer.opens(referral["referral_id"]) == 200
    await officer.takes("acknowledge")
    await officer.takes("accept")
    await officer.takes("schedule", appointment_at="2099-01-15T10:00")
    await officer.takes("start")
    await officer.takes("deliver", outcome="service_delivered")
    assert (await programme.referral_to("ACNUR", case))["state"] == "delivered"
