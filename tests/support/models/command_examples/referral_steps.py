"""An example for every step of a referral."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from events.vocabulary import Agency, Role
from tests.support.models.command_examples.example import Cast, Example, Make, Other, new
from tests.support.people.asked import is_asked
from tests.support.people.people import Item, taken


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a referral: after which others, by whom, what it says, and what else it might have said."""

    after: Sequence[tuple[str, str, Item]] = ()
    by: str = "officer"
    says: Item = field(default_factory=dict)
    else_: Sequence[Item] = ()


ACCEPTED: tuple[str, str, Item] = ("officer", "accept", {})
STEPS: Mapping[str, Step] = {
    "acknowledge": Step(),
    "accept": Step(),
    "decline": Step(
        says={"reason": "other", "note": "No hay intérprete."},
        else_=[{"note": "No hay cupo."}, {"reason": "duplicate"}, {"reason": "duplicate", "note": None}],
    ),
    "request-info": Step(says={"question": "¿Habla español?"}, else_=[{"question": "¿Tiene documentos?"}]),
    "supply-info": Step(
        after=[("officer", "request-info", {"question": "¿Habla español?"})],
        by="shelter",
        says={"answer": "Sí."},
        else_=[{"answer": "No."}],
    ),
    "schedule": Step(
        after=[ACCEPTED],
        says={"appointment_at": "2031-06-13T10:00:00-05:00"},
        else_=[{"appointment_at": "2031-06-13T11:00:00-05:00"}],
    ),
    "start": Step(after=[ACCEPTED]),
    "deliver": Step(after=[ACCEPTED], says={"outcome": "service_delivered"}, else_=[{"outcome": "no_show"}]),
    "confirm": Step(
        after=[ACCEPTED, ("officer", "deliver", {"outcome": "service_delivered"})],
        by="shelter",
        says={"confirmation": "no"},
        else_=[{"confirmation": "yes"}, {"by": "person"}],
    ),
    "fail": Step(after=[ACCEPTED], says={"outcome": "no_show"}, else_=[{"outcome": "detained"}]),
    "no-contact": Step(says={"outcome": "disappeared"}, else_=[{"outcome": "detained"}]),
    "cancel": Step(by="shelter", says={"outcome": "disappeared"}, else_=[{"outcome": "detained"}]),
    "mark-in-error": Step(by="supervisor", says={"comment": "Era otra."}, else_=[{"comment": "Fue un error."}]),
    "reopen": Step(
        after=[("shelter", "cancel", {})],
        by="coordinator",
        says={"comment": "Volvió."},
        else_=[{"comment": "Llamó."}],
    ),
    "reroute": Step(
        after=[("officer", "decline", {"reason": "duplicate"})],
        by="coordinator",
        says={"to": "PNUD"},
        else_=[{"to": "UNFPA"}],
    ),
}


def of_step(name: str) -> Make:
    async def make(cast: Cast) -> Example:
        referral, elsewhere = await cast.referral(), await cast.referral()
        how = STEPS[name]
        for who, earlier, says in how.after:
            referral = await taken(getattr(cast, who)[0], referral, earlier, **says)
        return _order(cast, name, how, referral, elsewhere)

    return make


def _order(cast: Cast, name: str, how: Step, referral: Item, elsewhere: Item) -> Example:
    first, second = getattr(cast, how.by)
    paths = [f"/referrals/{one['referral_id']}/{name}" for one in (referral, elsewhere)]
    others = [*(Other(one) for one in how.else_), Other(path=paths[1]), Other(by=second)]
    return Example(first, paths[0], new(expected_version=referral["version"], **how.says), others)


def asked(name: str) -> Make:
    """An agency that was asked in another's stead answers."""

    async def make(cast: Cast) -> Example:
        referral, elsewhere = await cast.referral(), await cast.referral()
        for one in (referral, elsewhere):
            await is_asked(cast.programme.system, one, Agency.OIM)
        first, second = [await cast.programme.system.signed_in(Role.OFFICER, "OIM", f"x-00{n}") for n in (1, 2)]
        here, there = (f"/referrals/{one['referral_id']}" for one in (referral, elsewhere))
        other = "cannot" if name == "offer" else "offer"
        others = [Other(path=f"{there}/{name}"), Other(path=f"{here}/{other}"), Other(by=second)]
        return Example(first, f"{here}/{name}", new(), others)

    return make


async def deletion_confirmed(cast: Cast) -> Example:
    referral, elsewhere = await cast.referral(), await cast.referral()
    case = referral["case_id"]
    consents = (await cast.shelter[0].get(f"/api/v1/cases/{case}")).json()["consents"]
    (receipt,) = [one["receipt"] for one in consents if one["recipient"] == "ACNUR"]
    assert (await cast.programme.withdraw(case, receipt)).status_code == 200
    referral = await cast.programme.referral_to("ACNUR", case, state="withdrawn")
    return _order(cast, "confirm-deletion", Step(), referral, elsewhere)
