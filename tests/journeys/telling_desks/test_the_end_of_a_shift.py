"""A desk is handed over with what is open; both are told, and from then on whoever took it is called first."""

from uuid import uuid4

from events.notifications import AlertDelivered, AlertRaised, DeskHandedOver
from events.vocabulary import Role
from services.upkeep import rebuild_read_models
from tests.harness.alerts import facts, some
from tests.harness.gateway import Gateway
from tests.harness.mailbox import Mailbox
from tests.harness.people import Programme, an_adult, consent_to, is_a_problem, taken
from tests.harness.system import System, eventually

HANDOVER = "/api/v1/desks/ACNUR-CHP/handover"


async def test_what_is_open_goes_to_the_next_and_so_do_the_alerts(
    programme: Programme, system: System, mailbox: Mailbox, gateway: Gateway
) -> None:
    officer = await programme.desk("ACNUR")
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
    dsn = system.ground.settings.postgres_dsn
    assert dsn is not None
    rebuilt = await rebuild_read_models(dsn.get_secret_value(), "notifications", swap=False)
    assert rebuilt.differing == {"alert": 0, "handover": 0}


async def test_nobody_elses_desk_and_nobody_from_elsewhere(programme: Programme, system: System) -> None:
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
