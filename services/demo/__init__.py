"""The demonstration: a throw-away system in which one day of the programme is played, and which checks itself."""

import shutil
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from fastapi import FastAPI
from pydantic import SecretStr
from rich.console import Console

import services.notifications.app
import services.referral.app
from events.vocabulary import Role
from services.chassis import web
from services.chassis.foundation import Foundation
from services.chassis.serving import listen, served, url_of
from services.chassis.settings import Settings
from services.cli.welcome import first_sign_ins
from services.demo.afterwards import play_on
from services.demo.check import check_day
from services.demo.clock import HeldClock, PlayedClock
from services.demo.day import Day, NotAsExpectedError, submissions, until
from services.demo.mailbox import Mailbox, open_mailbox
from services.demo.people import People
from services.demo.silence import show_silence
from services.demo.story import tell
from services.directory.desks import duty_desks
from services.notifications.telling import telling_in_force
from services.system import FACTORIES, Ground, ground, roster

PACE, HURRY = 0.12, 0.02

console = Console(highlight=False)


async def play(*, leave: bool) -> bool:
    """Plays it. With ``leave`` it ends at once, otherwise the system stays up until Ctrl-C.

    Returns whether everything was as expected.
    """
    data = Path(tempfile.mkdtemp(prefix="canaliza-demo-"))
    console.print("Se levanta un sistema de usar y tirar… · A throw-away system is started…")
    try:
        with open_mailbox() as mailbox:
            settings = Settings(data=data, mail_url=SecretStr(mailbox.url))
            async with ground(settings) as everything:
                return await _play(everything, mailbox, leave=leave)
    finally:
        shutil.rmtree(data, ignore_errors=True)


async def _play(everything: Ground, mailbox: Mailbox, *, leave: bool) -> bool:
    first = datetime.fromisoformat(submissions()[0]["occurred_at"])
    clock = PlayedClock(first - timedelta(minutes=10))
    held = HeldClock(clock)
    listener = listen("127.0.0.1", 0)
    async with served(_application(everything, clock, held), listener, on_signals=not leave) as serving:
        people = People(everything, url_of(listener), clock)
        try:
            await _tell_the_day(people, clock, held, mailbox, pace=HURRY if leave else PACE)
        except NotAsExpectedError as found:
            console.print(f"[red]No fue como se esperaba · Not as expected:[/red] {found}")
            return False
        finally:
            await people.close()
        if not leave:
            console.print("\n[bold]Para probar[/bold] · To try it")
            for name, token in await first_sign_ins(everything):
                console.print(f"  {name:<44} {token}", soft_wrap=True)
            console.print(f"\nSigue en marcha en {url_of(listener)}; Ctrl-C lo termina · Still up; Ctrl-C ends it")
            await serving
    return True


def _application(everything: Ground, clock: PlayedClock, held: HeldClock) -> FastAPI:
    """All services behind one origin, the clockwork by a clock of its own."""
    foundation = Foundation.of(everything.settings, "referral", secrets=everything.secrets, clock=clock)
    referral = services.referral.app.create_service(foundation, duty_desks(), clockwork_clock=held)
    telling = telling_in_force()
    one_by_one = telling.model_copy(update={"bursts": telling.bursts.model_copy(update={"groups": frozenset()})})
    foundation = Foundation.of(everything.settings, "notifications", secrets=everything.secrets, clock=clock)
    alerts = services.notifications.app.create_service(foundation, roster(), telling=one_by_one)
    own = {"referral": referral, "notifications": alerts}
    return web.application([own.get(name) or everything.service(name, clock) for name in FACTORIES])


async def _tell_the_day(people: People, clock: PlayedClock, held: HeldClock, mailbox: Mailbox, *, pace: float) -> None:
    operator = await people.operator()

    async def ready() -> bool:
        return (await operator.get("/health/ready")).status_code == 200

    await until(ready, "the system did not become ready")
    day = Day(people=people, clock=clock, mailbox=mailbox, console=console, pace=pace)
    picture = await day.play()
    auditor = await people.signed_in(Role.AUDITOR)
    found = await check_day(day, picture, auditor)
    await tell(console, day, picture, auditor)
    found += await show_silence(console, day, held, auditor)
    found += await play_on(console, people, auditor)
    console.print("\n[bold]Comprobado[/bold] · Checked")
    for line in found:
        console.print(f"  [green]✓[/green] {line}")
