"""Two shelters live through the same, but that a person told one of them of harm by its staff: no answer tells it.

Every route there is, each as a worker, a coordinator and the shelter's software; the stream of alerts; the messages to
its webhook. A third shelter, whose case differs in something that it may know, shows that a difference is found.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from events.vocabulary import Role
from services.chassis.runtime.application import API
from services.chassis.vault.link_codes import LinkCodes
from services.system import Installation
from tests.support.builders.slips import WORD, says, takes_back
from tests.support.fakes.gateway import Gateway, open_gateway
from tests.support.models.route_table import route_table
from tests.support.people.alerts import Clock
from tests.support.people.people import Item, Programme, an_adult, consent_to, taken
from tests.support.people.shelter_work import spoilt
from tests.support.people.twin_shelters import ROLES, Twin, differences, example_of, settled
from tests.support.system.system import HANG, System, running

ROBBERY = {"kind": "robbery", "when": "72h", "perpetrator": "common_criminal"}
BY_STAFF = {"kind": "assault", "when": "72h", "perpetrator": "shelter_or_aid_worker"}
KIDNAPPING = {"kind": "kidnapping", "when": "30d", "perpetrator": "organised_group"}
SHELTERS = {"ALB-TAP-02": [], "ALB-TAP-03": [BY_STAFF], "ALB-HUI-01": [KIDNAPPING]}
"""All in one state; and what the case of each has more than the first one's."""
NOTHING = str(UUID(int=7))
LISTS: dict[str, list[Item]] = {
    "/cases": [{}, {"order": "changed"}, {"category": "DELITO"}, {"category": "PEAS"}, {"state": "requested"}],
    "/referrals": [{}, {"sort": "due"}, {"agency": "PEAS"}, {"category": "PEAS"}, {"category": "DELITO"}],
    "/alerts": [{}, {"state": "pending"}],
    "/obligations": [{}, {"ended": True}],
    "/refusals": [{}, {"settled": True}],
    "/duplicates": [{}],
    "/authority-demands": [{}],
}
"""What lists are asked for besides everything; each page by page, too."""
PAGES = ("/albergue", "/mesa", "/avisos")
NOT_A_SHELTERS = ("/api/v1/session", "/api/v1/slips/", "/api/v1/alerts/stream", "/api/openapi.json")
"""The account's own, the person's (counted by place), and what is read otherwise."""


@pytest.fixture
def receiver() -> Iterator[Gateway]:
    with open_gateway() as found:
        yield found


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime.fromisoformat("2026-11-24T12:00:00-06:00"))


@pytest.fixture
async def system(installation: Installation, clock: Clock) -> AsyncIterator[System]:
    here = Installation(
        installation.settings.model_copy(update={"webhook_private": True}),
        installation.secrets,
        installation.first_start,
    )
    async with running(here, clock) as everything:
        yield everything


async def twin(system: System, shelter: str) -> Twin:
    document = an_adult(consent_to("ACNUR"), harm_events=[ROBBERY]) | {"shelter": shelter}
    person = {"name": "Persona Parecida", "birth_date": "1990-01-02", "document": f"DPI 4417-2290-{shelter}"}
    return Twin(
        shelter=shelter,
        hidden=SHELTERS[shelter],
        clients={role: await system.signed_in(Role(role), shelter, "w-035") for role in ROLES},
        document=document | {"person": person},
        neighbours=[name for name in SHELTERS if name != shelter],
    )


def with_what_is_hidden(one: Twin) -> Item:
    document = deepcopy(one.document)
    document["screening"]["harm_events"] += one.hidden
    return document


async def begins(one: Twin, receiver: Gateway) -> None:
    """The shelter's software subscribes, and somebody is registered who looks like the person that comes."""
    hook = {"command_id": str(uuid4()), "url": f"http://127.0.0.1:{receiver.port}/{one.shelter}", "events": ["*"]}
    made = await one.ask("POST", f"{API}/webhooks", hook, role="integrator")
    one.ids["webhook_id"] = made.json()["webhook_id"]
    consents = [consent_to(agency, "refused") for agency in ("ACNUR", "OIM")]  # so that it changes no more
    alike = one.document | {"submission_id": str(uuid4()), "consent": consents}
    assert (await one.ask("POST", f"{API}/submissions", alike)).status_code == 201


async def registers(one: Twin) -> None:
    """The person comes; what is sent with a fault is refused."""
    answer = await one.ask("POST", f"{API}/submissions", with_what_is_hidden(one))
    assert answer.status_code == 201, answer.text
    one.case = answer.json()["case_id"]
    refused = spoilt(with_what_is_hidden(one)) | {"submission_id": str(uuid4())}
    said = refused["screening"]["harm_events"]  # the report has faults of its own
    refused["screening"]["harm_events"] = [
        harm | {"when": "x", "x": "x"} if harm == BY_STAFF else harm for harm in said
    ]
    assert (await one.ask("POST", f"{API}/submissions", refused)).status_code == 422
    one.ids["refusal_id"] = (await one.clients[ROLES[0]].get(f"{API}/refusals")).json()["items"][0]["refusal_id"]


async def goes_on(one: Twin, programme: Programme) -> None:
    """The agency asks something; the person gets a slip; PEAS, where there is a report, works on it."""
    referral = await programme.referral_to("ACNUR", one.case, state="requested")
    one.ids |= {"case_id": one.case, "referral_id": referral["referral_id"], "receipt": str(uuid4())}
    asked = await taken(await programme.desk("ACNUR"), referral, "request-info", question="¿Dónde duerme?")
    assert asked["state"] == "info_requested"
    slip = {"command_id": str(uuid4()), "word": WORD, "override": True}
    issued = await one.ask("POST", f"{API}/cases/{one.case}/slip", slip, of="slip")
    one.slip = issued.json()["code"]
    if BY_STAFF in one.hidden:
        report = await programme.referral_to("PEAS", one.case, state="requested")
        one.ids["hidden"] = report["referral_id"]
        report = await taken(await programme.desk("PEAS"), report, "accept")
        await taken(await programme.desk("PEAS"), report, "deliver", outcome="service_delivered")


async def speaks_of_it(one: Twin, system: System) -> None:
    """With the slip the person says whether PEAS helped, and takes back what PEAS was told."""
    if BY_STAFF not in one.hidden:
        return
    async with httpx2.AsyncClient(base_url=system.url, timeout=HANG) as anybody:
        for answer in (
            await says(anybody, one.slip, "partly", agency="PEAS"),
            await takes_back(anybody, one.slip, recipient="PEAS"),
        ):
            assert answer.status_code == 202, answer.text


async def corrects(one: Twin) -> None:
    """The shelter amends what it reads, and records a decision."""
    path = f"{API}/cases/{one.case}"
    told = (await one.ask("GET", f"{path}/answers", of="answers")).json()["answers"]
    visible = [ROBBERY, *(harm for harm in one.hidden if harm != BY_STAFF)]
    assert told["harm_events"] == visible
    amended = deepcopy(one.document)
    amended["screening"] |= {"harm_events": [], "language": "mam", "lacks_aid_or_medicine": True}
    body = {"command_id": str(uuid4()), "submission": amended}
    for _ in range(2):
        assert (await one.ask("POST", f"{path}/amendments", body, of="amendments")).status_code == 200
    consent = {"command_id": str(uuid4()), **consent_to("UNFPA")}
    given = await one.ask("POST", f"{path}/consents", consent, of="consents")
    one.ids["receipt"] = given.json()["receipt"]


async def reads_everything(one: Twin, routes: list[tuple[str, str]], codes: LinkCodes) -> None:
    """Every GET there is, of what is its own and of what is hidden from it, and every list page by page."""
    for role, (method, path) in product(ROLES, routes):
        if method == "GET":
            for ids in of_both(one, codes, path):
                await one.ask(method, path.format_map(ids), role=role, of=f"{path} {ids['which']}")
    for role, (path, wishes) in product(ROLES, LISTS.items()):
        for wish, page in product(wishes, ({}, {"limit": 1})):
            await leaf_through(one, role, path, {**wish, **page})


async def looks_at_every_page(one: Twin, pages: list[str], codes: LinkCodes) -> None:
    """Every page there is for its people, of what is its own and of what is hidden from it."""
    for role, path in product(ROLES[:2], pages):
        for ids in of_both(one, codes, path):
            await one.ask("GET", path.format_map(ids), role=role, of=f"{path} {ids['which']}")


async def leaf_through(one: Twin, role: str, path: str, asked: Item) -> None:
    for _ in range(12):
        query = str(httpx2.QueryParams(asked))
        answer = await one.ask("GET", f"{API}{path}?{query}", role=role, of=f"{path} {sorted(asked)}")
        page = answer.json()
        if path == "/alerts":
            last = page["items"][-1]["sequence"] if page.get("items") and "limit" in asked else None
            asked = {**asked, "after": last}
        else:
            last = page.get("next_cursor")
            asked = {**asked, "cursor": last}
        if last is None:
            return
    raise AssertionError(f"{path} does not end")


async def tries_everything(
    one: Twin,
    role: str,
    routes: list[tuple[str, str]],
    codes: LinkCodes,
    receiver: Gateway,
    settle: Callable[[], Awaitable[None]],
) -> None:
    """Every order there is, as the description of the API shows it; what deletes something last.

    A webhook that is deleted or replayed may have been sent what came just before, or not: all is sent first.
    """
    description = (await one.clients[ROLES[0]].get("/api/openapi.json")).json()
    orders = sorted((route for route in routes if route[0] != "GET"), key=lambda route: (route[0] == "DELETE", route))
    for method, path in orders:
        for ids in of_both(one, codes, path):
            body = example_of(description, method, path)
            if isinstance(body, dict):
                body |= {"command_id": str(uuid4())} if "command_id" in body else {}
                body |= {"submission": one.document} if "submission" in body else {}
                body |= {"url": f"http://127.0.0.1:{receiver.port}/{one.shelter}"} if "url" in body else {}
                body |= {"came_to": one.shelter} if "came_to" in body else {}
                if path.endswith("/submissions"):
                    body = one.document  # what a worker makes of what it may read, sent again
            if "/webhooks" in path:
                await settle()
            await one.ask(method, path.format_map(ids), body, role=role, of=f"{path} {ids['which']}")


class Ids(dict[str, str]):
    """What a path names; something that does not exist where there is nothing of the kind."""

    def __missing__(self, name: str) -> str:
        return NOTHING


def of_both(one: Twin, codes: LinkCodes, path: str) -> list[Ids]:
    """The ids of what is its own, and of the report: where there is none, of something that does not exist."""
    own = {**one.ids, "shelter": one.shelter, "agency": "ACNUR", "desk": "ACNUR-CHP", "name": "intake"}
    hidden = own.pop("hidden", str(uuid4()))
    until = datetime(2100, 1, 1, tzinfo=UTC)
    both = (("own", own["referral_id"]), ("hidden", hidden))
    return [
        Ids({**own, "which": which, "referral_id": referral, "code": codes.code(UUID(referral), until)})
        for which, referral in (both if "{referral_id}" in path or "{code}" in path else both[:1])
    ]


async def test_no_answer_tells_a_shelter_that_harm_by_its_staff_was_reported(
    system: System, clock: Clock, receiver: Gateway
) -> None:
    coordinator = await system.signed_in(Role.PROGRAMME_COORDINATOR, "*")
    routes = sorted(
        (method, path)
        for method, path in route_table(system.installation.application())
        if path.startswith(API) and not path.startswith(NOT_A_SHELTERS)
    )
    assert len(routes) > 80
    table = route_table(system.installation.application())
    pages = sorted(path for method, path in table if method == "GET" and path.startswith(PAGES))
    assert len(pages) > 25
    codes = LinkCodes(system.installation.secrets.link_key or "")
    plain, with_report, other = twins = [await twin(system, shelter) for shelter in SHELTERS]

    async def each(act: Any, *more: Any) -> None:
        for one in twins:
            await act(one, *more)
            await settled(system, clock)

    async with plain.listening(), with_report.listening(), other.listening():
        await each(begins, receiver)
        clock.now += timedelta(minutes=1)  # what came at one moment is in the order of ids, which are random
        await each(registers)
        for one in twins:
            programme = Programme(system, one.clients[ROLES[0]], coordinator)
            await goes_on(one, programme)
            await settled(system, clock)
        await each(speaks_of_it, system)
        await each(reads_everything, routes, codes)
        await each(corrects)
        for hours in (2, 70):
            clock.now += timedelta(hours=hours)
            await settled(system, clock)
            await each(reads_everything, routes, codes)
        for role in ROLES:
            clock.now += timedelta(minutes=1)
            await each(tries_everything, role, routes, codes, receiver, partial(settled, system, clock))
        await each(reads_everything, routes, codes)
        await each(looks_at_every_page, pages, codes)
    assert len(plain.heard) > 1000
    told = differences(plain, with_report)
    assert not told, "\n".join(told)
    sent = plain.messages(receiver)
    assert len(sent) > 3
    assert with_report.messages(receiver) == sent
    assert differences(plain, other), "a shelter that may know of a difference is answered the same"
    assert other.messages(receiver) != sent
