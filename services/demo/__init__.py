"""The demonstration: plays one day of the programme on a temporary system and checks the result."""

import shutil
import tempfile
from collections.abc import Awaitable
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import httpx2
from fastapi import FastAPI
from pydantic import SecretStr
from rich.console import Console

import services.notifications.app
import services.referral.app
from events.vocabulary import Role
from services.chassis.runtime.application import application
from services.chassis.runtime.bootstrap import ServiceContext
from services.chassis.runtime.server import listen, served, url_of
from services.chassis.settings import Settings
from services.demo.changes import show_changes
from services.demo.check import check_day, check_mails
from services.demo.clock import PausedClock, PlayedClock
from services.demo.day import Day, submissions, until
from services.demo.duty import show_duty
from services.demo.entry import show_links, sign_in_links
from services.demo.lifecycle import show_lifecycle
from services.demo.mailbox import Mailbox, open_mailbox
from services.demo.narration import narrate
from services.demo.people import READY, NotAsExpectedError, People
from services.demo.proof import show_proof
from services.demo.shelter_contacts import write_contacts
from services.demo.silence import show_silence
from services.demo.told import show_told
from services.demo.transfer import show_transfer
from services.demo.waiting import show_waiting
from services.directory.bodies import legal_bodies
from services.directory.desks import duty_desks
from services.directory.phone_book import phone_book
from services.notifications.delivery.policy import notification_policy
from services.system import FACTORIES, Installation, first_sign_ins, installation, roster

SHOWN_PACE, QUICK_PACE = 0.12, 0.02

console = Console(highlight=False)


async def play(*, leave: bool) -> bool:
    """Plays the day. With ``leave`` the system ends at once, otherwise it stays up until Ctrl-C.

    Returns whether every check passed.
    """
    folder = Path(tempfile.mkdtemp(prefix="canaliza-demo-"))
    data = folder / "data"
    console.print("Se levanta un sistema de usar y tirar… · A throw-away system is started…")
    try:
        with open_mailbox() as mailbox:
            settings = Settings(data=data, mail_url=SecretStr(mailbox.url), contacts=write_contacts(folder))
            async with installation(settings) as everything:
                return await _play(everything, mailbox, folder, leave=leave)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _play(everything: Installation, mailbox: Mailbox, folder: Path, *, leave: bool) -> bool:
    first = datetime.fromisoformat(submissions()[0]["occurred_at"])
    clock = PlayedClock(first - timedelta(minutes=10))
    paused = PausedClock(clock)
    listener = listen("127.0.0.1", 0)
    app = _application(everything, clock, paused)
    links = sign_in_links(app)
    async with served(app, listener, on_signals=not leave) as serving:
        people = People(everything, url_of(listener), clock)
        try:
            story = _play_day(people, clock, paused, mailbox, folder, pace=QUICK_PACE if leave else SHOWN_PACE)
            if not await as_expected(story):
                return False
        finally:
            await people.close()
        clock.run_freely()
        if not leave:
            show_links(console, url_of(listener), await links.invite(people.dsn))
            console.print("\n[bold]Para la API[/bold] · For the API")
            for name, token in (await first_sign_ins(everything)).tokens:
                console.print(f"  {name:<44} {token}", soft_wrap=True)
            console.print(f"\nSigue en marcha en {url_of(listener)}; Ctrl-C lo termina · Still up; Ctrl-C ends it")
            await serving
    return True


async def as_expected(story: Awaitable[None]) -> bool:
    """Whether every check of a story passed; if not, prints the reason as a sentence."""
    try:
        await story
    except NotAsExpectedError as found:
        console.print(f"[red]No fue como se esperaba · Not as expected:[/red] {found}")
        return False
    except (httpx2.HTTPError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        kind = type(error).__name__
        console.print(f"[red]El sistema no respondió a tiempo · The system did not answer in time:[/red] {kind}")
        return False
    return True


def _application(everything: Installation, clock: PlayedClock, paused: PausedClock) -> FastAPI:
    """All services behind one origin; the escalation scheduler has a clock of its own."""
    secrets = everything.secrets
    context = ServiceContext.of(everything.settings, "referral", secrets=secrets.of("referral"), clock=clock)
    referral = services.referral.app.create_service(
        context, duty_desks(), legal_bodies(), phone_book(context.settings.contacts), scheduler_clock=paused
    )
    policy = notification_policy()
    ungrouped = policy.model_copy(update={"bursts": policy.bursts.model_copy(update={"groups": frozenset()})})
    context = ServiceContext.of(
        everything.settings, "notifications", secrets=everything.secrets.of("notifications"), clock=clock
    )
    alerts = services.notifications.app.create_service(context, roster(), policy=ungrouped)
    own = {"referral": referral, "notifications": alerts}
    return application([own.get(name) or everything.service(name, clock) for name in FACTORIES])


async def _play_day(
    people: People, clock: PlayedClock, paused: PausedClock, mailbox: Mailbox, folder: Path, *, pace: float
) -> None:
    operator = await people.operator()

    async def ready() -> bool:
        return (await operator.get(READY)).status_code == 200

    await until(ready, "the system did not become ready")
    day = Day(people=people, clock=clock, mailbox=mailbox, console=console, pace=pace)
    view = await day.play()
    auditor = await people.signed_in(Role.AUDITOR)
    found = await check_day(day, view, auditor)
    await narrate(console, day, view, auditor)
    found += await show_silence(console, day, paused, auditor)
    await day.caught_up()
    found += await show_lifecycle(console, people, auditor)
    await day.caught_up()
    found += await show_transfer(console, people, auditor)
    found += await show_duty(console, day, auditor)
    found += await show_changes(console, day, auditor)
    found += await show_waiting(console, day, auditor)
    found += await show_told(day, auditor)
    found += await show_proof(console, day, view, auditor, folder)
    check_mails(mailbox.mails)
    console.print("\n[bold]Comprobado[/bold] · Checked")
    for line in found:
        console.print(f"  [green]✓[/green] {line}")
