"""A referral in each state of its life, as people and clocks bring it there."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from events.referral import ReferralExpired
from events.vocabulary import Agency, Role
from services.chassis.eventlog.append import Append
from services.chassis.eventlog.unit_of_work import UnitOfWork
from tests.support.people.people import SHELTER, Item, Programme, an_adult, consent_to, taken
from tests.support.system.system import System

Earlier = tuple[str, str, Item]
"""Who takes a step, which, and what they say."""
ACCEPTED: Earlier = ("officer", "accept", {})
DELIVERED: Sequence[Earlier] = (ACCEPTED, ("officer", "deliver", {"outcome": "service_delivered"}))
DECLINED: Earlier = ("officer", "decline", {"reason": "duplicate"})
WAYS: Mapping[str, Sequence[Earlier]] = {
    "requested": (),
    "acknowledged": (("officer", "acknowledge", {}),),
    "info_requested": (("officer", "request-info", {"question": "¿Habla español?"}),),
    "accepted": (ACCEPTED,),
    "scheduled": (ACCEPTED, ("officer", "schedule", {"appointment_at": "2031-06-13T10:00:00-05:00"})),
    "in_service": (ACCEPTED, ("officer", "start", {})),
    "delivered": DELIVERED,
    "loop_closed": (*DELIVERED, ("shelter", "confirm", {"confirmation": "yes"})),
    "declined": (DECLINED,),
    "rerouted": (DECLINED, ("coordinator", "reroute", {"to": "PNUD"})),
    "cancelled": (("shelter", "cancel", {}),),
    "no_contact": (("officer", "no-contact", {"outcome": "disappeared"}),),
    "failed": (ACCEPTED, ("officer", "fail", {"outcome": "no_show"})),
    "entered_in_error": (("supervisor", "mark-in-error", {"comment": "Era otra."}),),
    "expired": (),
    "withdrawn": (),
    "blocked_consent": (),
}
"""The steps that lead there; the last three do not come by a step."""


async def in_state(programme: Programme, state: str) -> Item:
    """A new referral to ACNUR in this state, as the coordinator sees it."""
    sign = programme.system.signed_in
    cast = {
        "officer": await sign(Role.OFFICER, "ACNUR"),
        "supervisor": await sign(Role.SUPERVISOR, "ACNUR"),
        "coordinator": programme.coordinator,
        "shelter": programme.shelter,
    }
    consents = () if state == "blocked_consent" else (consent_to("ACNUR"), consent_to("PNUD"))
    case = await programme.flag(an_adult(*consents, harm_events=[]))
    begun = "blocked_consent" if state == "blocked_consent" else "requested"
    referral = await programme.referral_to("ACNUR", case, state=begun)
    for who, step, says in WAYS[state]:
        referral = await taken(cast[who], referral, step, **says)
    if state == "withdrawn":
        consented = (await programme.shelter.get(f"/api/v1/cases/{case}")).json()["consents"]
        (receipt,) = [one["receipt"] for one in consented if one["recipient"] == "ACNUR"]
        assert (await programme.withdraw(case, receipt)).status_code == 200
    if state == "expired":
        await expires(programme.system, referral)
    return await programme.referral_to("ACNUR", case, state=state)


async def expires(system: System, referral: Item) -> None:
    """The desk's time runs out, as the scheduler records it."""
    service, stream = system.service("referral"), UUID(referral["referral_id"])
    work = UnitOfWork(service.log, service.context.clock)
    await work.load([stream])
    deadline = datetime.fromisoformat(referral["deadlines"]["decide_by"])
    event = ReferralExpired(agency=Agency(referral["agency"]), shelter=SHELTER, deadline=deadline)
    work.record(stream, event, case=UUID(referral["case_id"]), actor="clock:test", cause=uuid4())
    await service.log.append(Append(entries=work.entries))
