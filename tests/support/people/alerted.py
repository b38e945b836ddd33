"""What people who were alerted after sending find in their lists and mailboxes."""

from typing import Any

import httpx2

from tests.support.fakes.mailbox import Mail, Mailbox
from tests.support.models.revealing_words import revealed_by
from tests.support.people.people import Item, Programme, an_adult, consent_to
from tests.support.system.lists import all_alerts
from tests.support.system.system import eventually

SHIFT, HEAD = "turno.hui@canaliza.invalid", "coordinacion.hui@canaliza.invalid"
COORDINATOR, OPERATOR = "coordinacion@canaliza.invalid", "soporte@canaliza.invalid"
ACNUR, ACNUR_AT_NIGHT = "guardia.acnur@canaliza.invalid", "noche.acnur@canaliza.invalid"


async def sent_to_acnur(programme: Programme, *, also: tuple[Item, ...] = ()) -> Item:
    """A referral that ACNUR has."""
    case = await programme.flag(an_adult(consent_to("ACNUR"), *also))
    return await programme.referral_to("ACNUR", case, state="requested")


async def alert_in(client: httpx2.AsyncClient, **wanted: Any) -> Item:
    """The one alert of this kind in somebody's list, once it is as wanted."""

    async def look() -> Item | None:
        found = [one for one in await all_alerts(client) if all(one[name] == value for name, value in wanted.items())]
        assert len(found) <= 1, found
        return found[0] if found else None

    found = await eventually(look)
    assert found is not None
    return found


async def mails_to(mailbox: Mailbox, address: str, number: int) -> list[Mail]:
    """Everything that one address has got, once it is so much."""

    async def look() -> list[Mail]:
        found = mailbox.to(address)
        return found if len(found) >= number else []

    found = await eventually(look)
    assert len(found) == number, [mail.text for mail in found]
    return found


def nothing_is_revealed(mailbox: Mailbox) -> None:
    """No mail says anything that a neighbour, a smuggler or a husband may not read; a link is opaque."""
    for mail in mailbox.mails:
        text = " ".join(line for line in mail.text.splitlines() if not line.startswith("https://"))
        assert revealed_by(text) | revealed_by(str(mail.message["Subject"])) == set(), mail.text
