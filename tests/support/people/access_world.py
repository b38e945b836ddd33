"""A small world in which everything is somebody's: what is one's own, what is others', what is hidden."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID, uuid4

from events.vocabulary import Agency, Role
from services.chassis.vault.link_codes import LinkCodes
from tests.support.models.access_page import OF_A_SHELTER, OF_AN_AGENCY
from tests.support.people.access_furniture import (
    AGENCY,
    DESK,
    OTHER_AGENCY,
    OTHER_DESK,
    WHY,
    a_replayed_period,
    begin_caravans,
    enrol_telephone,
    make_webhook,
    notify_beforehand,
    open_accesses,
    open_tasks,
    record_demands,
    refuse_twice,
    request_contact,
    withdrawn_receipt,
)
from tests.support.people.access_on_the_way import OnTheWay, on_the_way
from tests.support.people.asked import is_asked
from tests.support.people.people import SHELTER, Item, Programme, an_adult, consent_to, taken
from tests.support.people.shelter_alerts import alert_about

OTHER_SHELTER = "ALB-TAP-01"
ORGANISATIONS = (SHELTER, OTHER_SHELTER, AGENCY, OTHER_AGENCY)
NOT_YET, LONG_AGO = datetime(2100, 1, 1, tzinfo=UTC), datetime(2013, 1, 1, tzinfo=UTC)

Relation = Literal["own", "other", "hidden"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One thing of each kind. What is open could be acted on; what is done answers that it is, and changes nothing."""

    document: Item
    case: str
    referral: Item
    receipt: str
    contact_open: str
    contact_done: str
    demand_open: str
    demand_done: str
    came_to: str
    link_open: str
    link_done: str
    """Of an alert about the referral; the second has expired."""
    desk: str
    webhook: str
    way: OnTheWay
    access_open: str
    access_done: str
    """Exceptional accesses to the referral, by somebody else; the second was reviewed."""
    opened_by: str
    """The command that opened the first: an id that was used for something else."""
    refused: tuple[str, str]
    """What the shelter sent and was refused: one that waits, and one that was set aside."""
    caravans: tuple[str, str]
    """One that is on, and one that has ended."""
    alert: str
    """Of the referral's desk or of the case's shelter; it asks for something, so that reading it ends nothing."""
    asked_open: str
    asked_done: str
    """Referrals of another agency, about which this one was asked; the second was accepted since."""
    telephone: str
    """Enrolled by the case's shelter."""
    tasks: tuple[str, str] = ("", "")
    """One that is open, and one that was done."""
    event: str = ""
    """The id of a recorded fact."""
    replayed: str = ""
    """A period that was decided again by other rules."""


@dataclass(frozen=True, slots=True)
class World:
    """Targets by whose they are."""

    of_shelter: dict[Relation, Target]
    of_agency: dict[Relation, Target]

    def target(self, role: str, relation: Relation) -> Target:
        """What is a role's own, another's, or its own but hidden. For those above all, everything is their own."""
        return (self.of_agency if role in OF_AN_AGENCY else self.of_shelter)[relation]


def organisation(role: str) -> str:
    """Where a role is at home in this world."""
    return SHELTER if role in OF_A_SHELTER else AGENCY if role in OF_AN_AGENCY else "*"


async def furnished(programme: Programme) -> World:
    """Makes the world: three cases of one shelter, one of another, one that went there, and what was asked of them."""
    system = programme.system
    own = an_adult(consent_to(AGENCY))
    case = await programme.flag(own)
    elsewhere = an_adult(consent_to(OTHER_AGENCY))
    not_told = await programme.flag(elsewhere)
    harm = {"kind": "assault", "when": "72h", "perpetrator": "shelter_or_aid_worker"}
    about_staff = an_adult(harm_events=[harm])
    reported = await programme.flag(about_staff)
    theirs = an_adult(consent_to(AGENCY)) | {"shelter": OTHER_SHELTER}
    others = Programme(
        system, await system.signed_in(Role.SHELTER_WORKER, OTHER_SHELTER, "w-900"), programme.coordinator
    )
    another = await others.flag(theirs)
    way = await on_the_way(programme, others, case, another, not_told)
    demands = {org: await record_demands(programme.coordinator, org) for org in ORGANISATIONS}

    hooks = {org: await make_webhook(system, org) for org in ORGANISATIONS}
    refused = {who.shelter: await refuse_twice(who.shelter) for who in (programme, others)}
    telephones = {org: await enrol_telephone(system, org) for org in (SHELTER, OTHER_SHELTER)}
    caravans = await begin_caravans(programme.coordinator)
    reviewer = await system.signed_in(Role.PROGRAMME_COORDINATOR, "*", "c-900")
    codes = LinkCodes(system.installation.secrets.link_key or "")

    async def target(who: Programme, document: Item, case_id: str, agency: str, state: str, came_to: str) -> Target:
        referral = await who.referral_to(agency, case_id, state=state)
        links = [codes.code(UUID(referral["referral_id"]), until) for until in (NOT_YET, LONG_AGO)]
        accesses = [str(uuid4()) for _ in range(3)]
        if agency != "PEAS":  # nobody's exceptional access reaches a report about staff
            accesses = await open_accesses(programme.coordinator, reviewer, referral["referral_id"])
        return Target(
            access_open=accesses[0],
            access_done=accesses[1],
            opened_by=accesses[2],
            caravans=caravans,
            refused=refused[who.shelter],
            telephone=telephones[document["shelter"]],
            document=document,
            case=case_id,
            referral=referral,
            link_open=links[0],
            link_done=links[1],
            desk=DESK if agency == AGENCY else OTHER_DESK,
            alert=await alert_about(system, referral, came_to),
            webhook=hooks[came_to],
            way=way,
            receipt=await withdrawn_receipt(who, case_id),
            contact_open=await request_contact(who, case_id),
            contact_done=await request_contact(who, case_id, withdrawn=True),
            demand_open=demands[came_to][0],
            demand_done=demands[came_to][1],
            came_to=came_to,
            asked_open=referral["referral_id"],
            asked_done=referral["referral_id"],
        )

    of_shelters = [
        await open_tasks(programme.coordinator, await who.flag(a_child_in_danger(shelter)), "shelter")
        for who, shelter in ((programme, SHELTER), (others, OTHER_SHELTER))
    ]
    of_agencies = [await tasks_of_agency(programme, agency) for agency in (AGENCY, OTHER_AGENCY)]
    first = await target(programme, own, case, AGENCY, "requested", SHELTER)
    report = await target(programme, about_staff, reported, "PEAS", "requested", SHELTER)
    of_others = await target(others, theirs, another, AGENCY, "requested", OTHER_SHELTER)
    told_elsewhere = await target(programme, elsewhere, not_told, OTHER_AGENCY, "requested", OTHER_AGENCY)
    waiting = await programme.referral_to(AGENCY, not_told, state="blocked_consent")
    asked = [await programme.referral_to(OTHER_AGENCY, not_told)]
    asked.append(await programme.referral_to(OTHER_AGENCY, await programme.flag(an_adult(consent_to(OTHER_AGENCY)))))
    for one in asked:
        await is_asked(system, one, Agency(AGENCY))
    now = (await programme.coordinator.get(f"/api/v1/referrals/{asked[1]['referral_id']}")).json()
    await taken(await programme.desk(OTHER_AGENCY), now, "accept")
    mine: dict[str, Any] = {
        "asked_open": asked[0]["referral_id"],
        "asked_done": asked[1]["referral_id"],
        "demand_open": demands[AGENCY][0],
        "demand_done": demands[AGENCY][1],
        "came_to": AGENCY,
        "webhook": hooks[AGENCY],
        "alert": await alert_about(system, first.referral, AGENCY),
    }
    not_asked: dict[str, Any] = dict.fromkeys(("asked_open", "asked_done"), of_others.referral["referral_id"])
    await notify_beforehand(system)
    await programme.system.audited()
    auditor = await system.signed_in(Role.AUDITOR, "*", "a-900")
    recorded = (await auditor.get(f"/api/v1/audit/cases/{case}/history")).json()["entries"][0]["event_id"]
    replayed = await a_replayed_period(system)
    first, of_others, report, told_elsewhere = (
        replace(one, event=recorded, replayed=replayed) for one in (first, of_others, report, told_elsewhere)
    )
    return World(
        {
            "own": replace(first, tasks=of_shelters[0]),
            "other": replace(of_others, tasks=of_shelters[1]),
            "hidden": replace(report, tasks=of_agencies[0]),
        },
        {
            "own": replace(first, **mine, tasks=of_agencies[0]),
            "other": replace(told_elsewhere, **not_asked, tasks=of_agencies[1]),
            "hidden": replace(told_elsewhere, **not_asked, referral=waiting, tasks=of_shelters[0]),
        },
    )


def a_child_in_danger(shelter: str) -> Item:
    """A child of whom the Procuraduría is to be notified, and who is to be told of what OIM was sent."""
    document = an_adult(age_band="12-14", accompaniment="alone", danger_now="yes")
    del document["screening"]["travelling"]
    interests = {"assent": "yes", "basis": "assessment_started"}
    return document | {"best_interests": interests, "shelter": shelter}


async def tasks_of_agency(programme: Programme, agency: str) -> tuple[str, str]:
    """Two openings of sealed data by an agency's desk, of both of which the person is to be told."""
    officer = await programme.desk(agency)
    case = await programme.flag(an_adult(consent_to("ACNUR"), consent_to("OIM")))
    for told in ("ACNUR", "OIM"):
        referral = await programme.referral_to(told, case, state="requested")
        body = {"command_id": str(uuid4()), "basis": "imminent_danger_to_life", "justification": WHY}
        path = f"/api/v1/referrals/{referral['referral_id']}/break-glass"
        opened = await officer.post(path, json=body)
        assert opened.status_code == 201, opened.text
    return await open_tasks(programme.coordinator, case, "agency")
