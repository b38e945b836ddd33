"""A desk gets one mail for each alert, and another when it becomes more urgent."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx2

from events.notifications import AlertDelivered, AlertNotDelivered, AlertRaised
from events.vocabulary import AlertAbout, Role, Urgency
from services.chassis.eventlog.append import Append
from services.chassis.eventlog.unit_of_work import UnitOfWork
from tests.support.fakes.mailbox import Mail, Mailbox
from tests.support.people.alerts import (
    ACNUR,
    OIM,
    UNICEF,
    a_child_alone,
    a_threat,
    facts,
    flag,
    only_alert,
    says_what_the_alert_says,
    some,
    two_rounds_pass,
)
from tests.support.system.system import HANG, System, eventually


async def test_a_desk_gets_one_mail_with_the_words_of_its_alert(
    system: System, shelter: httpx2.AsyncClient, officer: httpx2.AsyncClient, mailbox: Mailbox
) -> None:
    await flag(shelter, a_child_alone())
    alert = await only_alert(officer)
    (delivered,) = await some(system, AlertDelivered, alert["alert_id"])
    assert (delivered.event.contact, delivered.event.attempt) == ("UNICEF/email/1", 1)
    await two_rounds_pass(system, shelter)
    (mail,) = mailbox.to(UNICEF)
    assert mail.to == (UNICEF,)
    assert mail.message["To"] == UNICEF
    says_what_the_alert_says(mail, alert)
    assert not await facts(system, AlertNotDelivered)


async def test_two_desks_alerted_of_one_case_each_get_their_own_mail(
    system: System, shelter: httpx2.AsyncClient, mailbox: Mailbox
) -> None:
    case = await flag(shelter, a_threat())
    await some(system, AlertDelivered, at_least=2)
    coordinator = await system.signed_in(Role.PROGRAMME_COORDINATOR, "*")
    referrals = {item["agency"]: item["referral_id"] for item in await system.referrals_of(coordinator, case)}
    alerts = (await coordinator.get("/api/v1/alerts")).json()["items"]
    for agency, address in (("OIM", OIM), ("ACNUR", ACNUR)):
        (mail,) = mailbox.to(address)
        (alert,) = [one for one in alerts if one["referral_id"] == referrals[agency]]
        assert (mail.to, str(mail.message["To"])) == ((address,), address)
        says_what_the_alert_says(mail, alert)
    assert len({mail.message_id for mail in mailbox.mails}) == len(mailbox.mails) == 2


async def raise_to_u0(system: System, alert: str) -> None:
    """Records, as the reaction to a reassessment does, that the alert became more urgent."""
    log = system.service("notifications").log
    work = UnitOfWork(log, system.service("notifications").context.clock)
    await work.load([UUID(alert)])
    first: Any = work.history(UUID(alert))[0]
    urgent = first.event.model_copy(update={"urgency": Urgency.U0})
    work.record(UUID(alert), urgent, case=first.case, actor="notifications", cause=uuid4())
    await log.append(Append(entries=work.entries))


async def test_a_desk_gets_another_mail_when_its_referral_becomes_more_urgent(
    system: System, shelter: httpx2.AsyncClient, officer: httpx2.AsyncClient, mailbox: Mailbox
) -> None:
    await flag(shelter, a_child_alone())
    alert = await only_alert(officer)
    assert alert["urgency"] != "U0"
    await some(system, AlertDelivered, alert["alert_id"])
    await raise_to_u0(system, alert["alert_id"])
    await some(system, AlertDelivered, alert["alert_id"], at_least=2)
    first, second = mailbox.to(UNICEF)
    says_what_the_alert_says(first, alert)
    says_what_the_alert_says(second, await only_alert(officer))
    assert "U0" in second.text
    assert first.message_id != second.message_id, "a reader's mail program would hide the second as a copy"


async def test_an_alert_that_becomes_more_urgent_while_it_is_being_sent_is_sent_again(
    system: System, shelter: httpx2.AsyncClient, officer: httpx2.AsyncClient, mailbox: Mailbox
) -> None:
    loop = asyncio.get_running_loop()

    async def more_urgent() -> None:
        (raised,) = [one for one in await facts(system, AlertRaised) if one.event.about is AlertAbout.REFERRAL]
        await raise_to_u0(system, str(raised.stream))

    def meanwhile(mail: Mail) -> None:
        if mail.to == (UNICEF,):  # others are told of the case's tasks, in any order
            mailbox.on_mail = None
            asyncio.run_coroutine_threadsafe(more_urgent(), loop).result(HANG)

    mailbox.on_mail = meanwhile
    await flag(shelter, a_child_alone())
    alert = await only_alert(officer)
    (raised, *_) = await some(system, AlertRaised, alert["alert_id"])

    async def both() -> bool:
        return [mail.text.split()[3] for mail in mailbox.to(UNICEF)] == [raised.event.urgency, "U0"]

    await eventually(both)
    await some(system, AlertDelivered, alert["alert_id"], at_least=2)
