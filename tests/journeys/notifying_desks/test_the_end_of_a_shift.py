"""A desk is handed over with its open referrals; both people are notified, and the new one is called first."""

from typing import Any
from uuid import uuid4

from events.notifications import AlertDelivered, AlertRaised, DeskHandedOver
from events.vocabulary import Role
from services.notifications.shifts.domain import HANDOVERS_WITHIN, MAX_HANDOVERS
from services.upkeep import rebuild_read_models
from tests.support.fakes.gateway import Gateway
from tests.support.fakes.mailbox import Mailbox
from tests.support.people.alerts import Clock, facts, some
from tests.support.people.people import Programme, an_adult, consent_to, is_a_problem, taken
from tests.support.system.system import System, eventually

HANDOVER = "/api/v1/desks/ACNUR-CHP/handover"


async def test_open_referrals_and_new_alerts_go_to_the_person_who_takes_the_desk(
    programme: Programme, system: System, mailbox: Mailbox, gateway: Gateway
) -> None:
    officer = await system.signed_in(Role.OFFICER, "ACNUR", "p-013")
    for number in range(1, 4):
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        referral = await programme.referral_to("ACNUR", case, state="requested")
        await some(system, AlertRaised, at_least=number)
        if number == 2:
            await taken(officer, referral, "acknowledge")
        if number == 3:
            await taken(officer, referral, "decline", reason="not_eligible")
    order = {"command_id": str(uuid4()), "given_by": "p-013", "taken_by": "p-014"}
    first, again = [await officer.post(HANDOVER, json=order) for _ in range(2)]
    assert first.status_code == again.status_code == 200, first.text
    assert first.json() == again.json()
    said = first.json()
    assert (said["number"], said["on_call"]) == (2, ["p-014", "p-013"])
    assert [(one["urgency"], one["state"]) for one in said["open"]] in (
        [("U2", "requested"), ("U2", "acknowledged")], [("U2", "acknowledged"), ("U2", "requested")],
    )  # fmt: skip
    (event,) = await facts(system, DeskHandedOver)
    assert event.event.open[0].code in {one["code"] for one in said["open"]}

    async def both_told() -> bool:
        given = [mail for mail in mailbox.to("p013@canaliza.invalid") if "Entregó" in mail.text]
        return len(given) == 1 and len(gateway.to("+525500000014")) == 1

    await eventually(both_told)
    (request,) = gateway.to("+525500000014")
    assert request.said["message"] == "Recibe la guardia con 2 canalizaciones abiertas, la más urgente U2"
    (given,) = [mail for mail in mailbox.to("p013@canaliza.invalid") if "Entregó" in mail.text]
    assert given.message["Subject"] == "Entrega de guardia"

    await programme.flag(an_adult(consent_to("ACNUR")))

    async def next_called() -> bool:
        return len(gateway.to("+525500000014")) == 2

    await eventually(next_called)
    await some(system, AlertDelivered)
    shown = (await officer.get(HANDOVER)).json()
    assert (shown["on_call"], len(shown["open"])) == (["p-014", "p-013"], 3)
    assert [one["taken_by"] for one in shown["handovers"]] == ["p-014"]
    dsn = system.installation.settings.postgres_dsn
    assert dsn is not None
    rebuilt = await rebuild_read_models(dsn.get_secret_value(), "notifications", swap=False)
    assert set(rebuilt.differing.values()) == {0}


async def test_only_people_of_the_desks_own_agency_can_hand_it_over_and_take_it(
    programme: Programme, system: System
) -> None:
    officer, stranger = await programme.desk("ACNUR"), await programme.desk("UNICEF")
    order = {"command_id": str(uuid4()), "given_by": "p-013", "taken_by": "p-014"}
    for client, path in ((stranger, HANDOVER), (officer, "/api/v1/desks/INM-CHP/handover")):
        is_a_problem(await client.post(path, json=order), 404, "not_found")
        is_a_problem(await client.get(path), 404, "not_found")
    for given, taker in (("p-013", "p-049"), ("p-049", "p-014"), ("p-013", "p-013"), ("p-013", "p-999")):
        wrong = order | {"given_by": given, "taken_by": taker}
        is_a_problem(await officer.post(HANDOVER, json=wrong), 422, "unknown_person")
    coordinator = await system.signed_in(Role.PROGRAMME_COORDINATOR, "*")
    is_a_problem(await coordinator.get(HANDOVER), 403, "not_allowed")
    assert not await facts(system, DeskHandedOver)


async def test_an_officer_hands_over_her_own_shift_or_takes_it_and_a_supervisor_any(system: System) -> None:
    def order(given_by: str, taken_by: str) -> dict[str, str]:
        return {"command_id": str(uuid4()), "given_by": given_by, "taken_by": taken_by}

    gives = await system.signed_in(Role.OFFICER, "ACNUR", "p-013")
    takes = await system.signed_in(Role.OFFICER, "ACNUR", "p-014")
    other = await system.signed_in(Role.OFFICER, "ACNUR", "p-015")
    is_a_problem(await other.post(HANDOVER, json=order("p-013", "p-014")), 403, "not_your_shift")
    is_a_problem(await gives.post(HANDOVER, json=order("p-014", "p-015")), 403, "not_your_shift")
    assert (await takes.post(HANDOVER, json=order("p-013", "p-014"))).status_code == 200
    assert (await takes.post(HANDOVER, json=order("p-014", "p-013"))).status_code == 200
    supervisor = await system.signed_in(Role.SUPERVISOR, "ACNUR", "p-011")
    assert (await supervisor.post(HANDOVER, json=order("p-013", "p-015"))).status_code == 200
    assert len(await facts(system, DeskHandedOver)) == 3


async def test_nobody_is_flooded_with_handovers(system: System, clock: Clock) -> None:
    officer = await system.signed_in(Role.OFFICER, "ACNUR", "p-013")
    couple = ("p-013", "p-014")

    async def handed_over(number: int) -> Any:
        given_by, taken_by = couple if number % 2 else couple[::-1]
        order = {"command_id": str(uuid4()), "given_by": given_by, "taken_by": taken_by}
        return await officer.post(HANDOVER, json=order)

    assert (await handed_over(1)).status_code == 200
    is_a_problem(await handed_over(1), 409, "already_handed_over")
    for number in range(2, MAX_HANDOVERS + 1):
        assert (await handed_over(number)).status_code == 200
    is_a_problem(await handed_over(MAX_HANDOVERS + 1), 429, "too_many_handovers")
    clock.now += HANDOVERS_WITHIN
    assert (await handed_over(MAX_HANDOVERS + 1)).status_code == 200
    assert len(await facts(system, DeskHandedOver)) == MAX_HANDOVERS + 1
