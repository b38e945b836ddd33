"""A case that could not be digested is not silent: its shelter, the alarm and the operator's list say so."""

from collections.abc import Sequence
from typing import Any

import httpx2

from events.operations import CaseNotRouted, CaseRouted
from events.vocabulary import Role
from services.chassis.eventlog.log_entry import LogEntry, decode
from services.chassis.eventlog.reactions import BatchHandler, HandledBatch
from services.chassis.operations.rebuild import rebuild
from services.system import MODELS, Installation
from tests.support.people.alerts import SHELTER, a_child_alone, flag
from tests.support.system.health import ready, until_failing, until_flowing
from tests.support.system.routing import routing_of, until_routing
from tests.support.system.system import System, eventually, running


class CannotReadError(Exception):
    """A program that does not know some form of a value."""


def unable(handle: BatchHandler) -> BatchHandler:
    """The handler of a program that cannot digest a case of this shelter."""

    async def unable_handle(entries: Sequence[LogEntry]) -> HandledBatch:
        if any(entry.name == "intake.case_opened" for entry in entries):
            raise CannotReadError
        return await handle(entries)

    return unable_handle


def quiet() -> dict[str, Any]:
    """A child alone, in no danger that the answers say."""
    return a_child_alone()


def urgent() -> dict[str, Any]:
    """The same child, hurt."""
    child = a_child_alone()
    return child | {"screening": child["screening"] | {"medical_now": "yes"}}


async def told(system: System, kind: type) -> list[Any]:
    entries = await system.service("referral").log.entries(after=0, limit=10_000)
    return [fact for fact in map(decode, entries) if isinstance(fact.event, kind)]


async def parked(operator: httpx2.AsyncClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await operator.get("/api/v1/operate/parked")).json()["items"]
    return items


async def test_a_parked_case_is_told_until_it_is_routed(installation: Installation) -> None:
    async with running(installation, handlers={"referral": unable}) as system:
        shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
        officer = await system.signed_in(Role.OFFICER, "UNICEF")
        operator = await system.signed_in(Role.ADMINISTRATOR, "*")
        calm, danger = await flag(shelter, quiet()), await flag(shelter, urgent())
        for case in (calm, danger):
            await until_routing(shelter, case, "not_routed")
        status = (await shelter.get(f"/api/v1/cases/{calm}")).json()
        assert status["routing"]["es"].startswith("Todavía no se canaliza")
        assert status["routing"]["en"].startswith("Not routed yet")
        assert (await officer.get(f"/api/v1/cases/{calm}")).status_code == 404
        await until_failing(system, ("referral", "parked", None))
        assert (await ready(system))[0] == 200

        first, second = await told(system, CaseNotRouted)
        assert {str(first.case), str(second.case)} == {calm, danger}
        assert {one.event.shelter for one in (first, second)} == {SHELTER}
        assert first.event.log == "intake"
        waiting = await parked(operator)
        assert [
            (one["case_id"], one["urgent"]) for one in waiting if one["topic"].startswith("intake.case_opened")
        ] == [
            (danger, True),
            (calm, False),
        ]

    async with running(installation) as system:
        shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
        operator = await system.signed_in(Role.ADMINISTRATOR, "*")
        assert await routing_of(shelter, calm) == "not_routed"
        assert len(await told(system, CaseNotRouted)) == 2, "a restart tells nothing twice"
        for case in (calm, danger):
            assert (await operator.post(f"/api/v1/operate/parked/referral/{case}/retry")).status_code == 200
            await until_routing(shelter, case, "routed")
        assert {str(one.case) for one in await told(system, CaseRouted)} == {calm, danger}

        async def referred() -> bool:
            return all([(await shelter.get(f"/api/v1/cases/{case}")).json()["referrals"] for case in (calm, danger)])

        await eventually(referred)
        await until_flowing(system)
        assert (await operator.post(f"/api/v1/operate/parked/referral/{calm}/retry")).json() == {"digested": 0}
        assert len(await told(system, CaseRouted)) == 2
    assert installation.settings.postgres_dsn is not None
    rebuilt = await rebuild(
        installation.settings.postgres_dsn.get_secret_value(), "intake", MODELS["intake"], swap=False
    )
    assert rebuilt.differing["routing"] == 0


async def test_a_case_where_nothing_fired_reads_as_routed_and_only_its_shelter_reads_it(system: System) -> None:
    shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
    other = await system.signed_in(Role.SHELTER_WORKER, "ALB-TAP-01")
    unicef = await system.signed_in(Role.OFFICER, "UNICEF")
    case = await flag(shelter, quiet())
    await until_routing(shelter, case, "routed")
    assert (await other.get(f"/api/v1/cases/{case}")).status_code == 404
    await system.referrals_of(unicef, case)
    assert "routing" not in (await unicef.get(f"/api/v1/cases/{case}")).json()
