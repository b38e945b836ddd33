"""Examples of what notifications are ordered to do."""

from datetime import timedelta
from uuid import UUID

from events.vocabulary import AlertAbout
from services.chassis.clock import system_clock
from services.chassis.vault.link_codes import LinkCodes
from tests.support.models.command_examples.example import DESK, OTHER_DESK, Cast, Example, Make, Other, new
from tests.support.people.people import SHELTER, Item
from tests.support.people.shelter_alerts import shelter_alerted


async def alert_acknowledged(cast: Cast) -> Example:
    codes = LinkCodes(cast.programme.system.installation.secrets.link_key or "")
    until = system_clock() + timedelta(hours=1)
    one, other = [f"/alerts/{codes.code(UUID((await cast.referral())['referral_id']), until)}" for _ in range(2)]
    others = [Other(path=f"{other}/acknowledge"), Other(by=cast.officer[1])]
    return Example(cast.officer[0], f"{one}/acknowledge", new(), others)


async def alert_seen(cast: Cast) -> Example:
    system = cast.programme.system
    paths = []
    for _ in range(2):
        alert = await shelter_alerted(system, await cast.referral(), SHELTER, AlertAbout.ANSWER)
        paths.append(f"/alerts/{alert}/seen")
    return Example(cast.shelter[0], paths[0], new(), [Other(path=paths[1]), Other(by=cast.shelter[1])])


def _people(**addresses: str) -> Item:
    return {"people": {f"p-{code[1:]}": {"ways": [{"email": address}]} for code, address in addresses.items()}}


CONTACTS = _people(p013="guardia@contacto.invalid", p014="suplente@contacto.invalid")


async def contacts_imported(cast: Cast) -> Example:
    others = [
        Other({"contacts": _people(p013="otra@contacto.invalid", p014="suplente@contacto.invalid")}),
        Other({"contacts": _people(p013="guardia@contacto.invalid")}),
        Other(by=cast.administrator[1]),
    ]
    return Example(cast.administrator[0], "/contacts", new(contacts=CONTACTS), others)


def contact_changed(path: str, opposite: str) -> Make:
    async def make(cast: Cast) -> Example:
        known = await cast.administrator[0].put("/api/v1/contacts", json=new(contacts=CONTACTS))
        assert known.status_code == 200, known.text
        others = [Other({"contact": "p-014"}), Other(path=opposite), Other(by=cast.administrator[1])]
        return Example(cast.administrator[0], path, new(contact="p-013"), others)

    return make


async def shift_handed_over(cast: Cast) -> Example:
    others = [
        Other({"given_by": "p-014", "taken_by": "p-013"}),
        Other(path=f"/desks/{OTHER_DESK}/handover"),
        Other(by=cast.supervisor[1]),
    ]
    return Example(cast.supervisor[0], f"/desks/{DESK}/handover", new(given_by="p-013", taken_by="p-014"), others)


HOOK = {"url": "https://hook.invalid/"}


async def webhook_made(cast: Cast) -> Example:
    others = [
        *(Other({"url": "https://other.invalid/"}), Other({"events": ["referral.requested"]})),
        *(Other(by=cast.supervisor[1]), Other(by=cast.other_supervisor)),
    ]

    def without_its_secret(first: Item) -> tuple[int, Item]:
        return 201, {**first, "secret": None}

    return Example(cast.supervisor[0], "/webhooks", new(**HOOK), others, without_its_secret)


async def webhook_replayed(cast: Cast) -> Example:
    made = [(await cast.supervisor[0].post("/api/v1/webhooks", json=new(**HOOK))).json() for _ in range(2)]
    one, other = [f"/webhooks/{hook['webhook_id']}/replay" for hook in made]
    others = [Other({"after": 1}), Other({"after": None}), Other(path=other), Other(by=cast.supervisor[1])]
    return Example(cast.supervisor[0], one, new(after=0), others)
