"""The end of the day: the history leaves as one file and is verified; a forgery is found; a person is forgotten."""

import asyncio
import re
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

import httpx2
from rich.console import Console

from events.vocabulary import ErasureBasis
from services.audit.verification.commands import verify
from services.audit.verification.domain import Fault, Report
from services.audit.verification.words import report_lines
from services.chassis.clock import MEXICO
from services.demo.day import Day, expect, first, until
from services.demo.live_view import LiveView
from services.demo.one_case import API, Item
from services.demo.people import NotAsExpectedError
from services.replays import replays

ACCEPTED = re.compile(rb'referral\.accepted\.v\d+.{4}\{"case":"[^{}]{1,400}?"actor":"[^"]+(?=")', re.DOTALL)
"""An accepted referral as its log stores it: the event's name, the length of its state, and who accepted."""
BUNDLE_TIMEOUT = 120.0


async def show_proof(
    console: Console, day: Day, view: LiveView, auditor: httpx2.AsyncClient, folder: Path
) -> list[str]:
    """Prints each step and returns what was checked, in words. The files are written to ``folder``.

    Raises:
        NotAsExpectedError: a check failed.
    """
    before, forged, after, kept = (folder / name for name in ("antes", "falso", "después", "sellos"))
    _title(console, "Toda la historia, en un archivo que cualquiera comprueba sin red", "The whole history, in a file")
    await _exported(auditor, before)
    found = await _verified(console, before, kept)
    expect(found.passed, "an untouched bundle did not verify")

    _title(console, "Alguien cambia en una copia quién aceptó una canalización", "Somebody changes who accepted one")
    _forge(before, forged)
    lie = await _verified(console, forged, kept, marks="")
    faults = [fault for check in lie.checks for fault in check.faults]
    expect(any(fault.position is not None for fault in faults), "a forged entry was not found")

    case = _a_child_that_was_accepted(view)
    _title(console, "Se suprimen los datos de esa niña o ese niño, que lo pidió", "A child's data are erased, as asked")
    await _forgotten(day, auditor, case)
    console.print(await _told(auditor, case), markup=False)
    await _exported(auditor, after)
    again = await _verified(console, after, kept, other=before)
    expect(again.passed, "a bundle that was exported after an erasure did not verify")
    return [
        f"{sum(found.logs.values()):,} hechos comprobados sin base de datos ni red · events verified offline",
        f"una copia alterada se encontró en {_where(faults)} · a forged copy was found, and where",
        "una persona suprimida, y toda la historia se sigue comprobando · one forgotten, all still proven",
    ]


def _title(console: Console, spanish: str, english: str) -> None:
    console.print(f"\n[bold]{spanish}[/bold]")
    console.print(f"{english}\n", style="dim")


async def _exported(auditor: httpx2.AsyncClient, path: Path) -> None:
    async with auditor.stream("GET", f"{API}/audit/bundle", timeout=BUNDLE_TIMEOUT) as answer:
        expect(answer.status_code == 200, f"an export was answered {answer.status_code}")
        with path.open("wb") as file:
            async for piece in answer.aiter_bytes():
                file.write(piece)


async def _verified(console: Console, path: Path, kept: Path, *, other: Path | None = None, marks: str = "✓") -> Report:
    """Verifies a file as ``canaliza audit verify`` does, beside the system, and prints the report."""
    report = await asyncio.to_thread(partial(verify, path, replays(), kept=kept, other=other))
    *lines, verdict = report_lines(report)
    for line in (*(line for line in lines if line[:1] in marks or "✗" in line), verdict):
        console.print(f"  {line}", markup=False)
    return report


def _forge(path: Path, forged: Path) -> None:
    """Writes a copy in which another person accepted a referral: a digit of the officer's code is another."""
    whole = bytearray(path.read_bytes())
    accepted = first(ACCEPTED.finditer(whole), "no accepted referral is in the bundle")
    end = accepted.end()
    whole[end - 1] ^= 1
    forged.write_bytes(whole)


def _a_child_that_was_accepted(view: LiveView) -> str:
    return str(
        first(
            (
                one["case_id"]
                for one in view.referrals
                if one["agency"] == "UNICEF" and "NNA_NA" in one["categories"] and one["state"] == "accepted"
            ),
            "no child travelling alone was accepted by UNICEF",
        )
    )


async def _forgotten(day: Day, auditor: httpx2.AsyncClient, case: str) -> None:
    """Erases the person, and waits until the history says so."""
    operator = await day.people.operator()
    order = {"command_id": str(uuid4()), "basis": ErasureBasis.PERSON_REQUEST.value}
    answer = await operator.post(f"{API}/cases/{case}/erasure", json=order)
    expect(answer.status_code == 200, f"an erasure was answered {answer.status_code}")
    await until(partial(_erasure_in, auditor, case), "the history does not say that a person was erased")
    await day.caught_up()


async def _erasure_in(auditor: httpx2.AsyncClient, case: str) -> Item | None:
    history = (await auditor.get(f"{API}/audit/cases/{case}/history")).json()
    return next((one for one in history["entries"] if one["name"] == "intake.person_erased"), None)


async def _told(auditor: httpx2.AsyncClient, case: str) -> str:
    entry = await _erasure_in(auditor, case)
    if entry is None:
        raise NotAsExpectedError("the history lost that a person was erased")
    at = datetime.fromisoformat(entry["recorded_at"]).astimezone(MEXICO)
    return f"  {at:%d/%m/%Y %H:%M}  {entry['es']}"


def _where(faults: list[Fault]) -> str:
    """The first place of a forgery, in words."""
    one = first((fault for fault in faults if fault.position is not None), "a forged entry has no place")
    return f"el registro {one.log}, posición {one.position}"
