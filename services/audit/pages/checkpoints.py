"""``/auditoria/sellos``: whether every log is sealed, who outside has cosigned it, and how to check that oneself."""

from datetime import datetime

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.audit.ledger.keys import LOGS
from services.audit.pages.frame import TEMPLATES
from services.audit.witnesses.commands import WitnessFault
from services.audit.witnesses.queries import Seals, Standing, WitnessState, standings
from services.audit.witnesses.scheduler import ALARMING
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.pages.answers import page

PATH = "/auditoria/sellos"
LATE = 60
"""Seconds without a seal, with events to be sealed, after which the page says so."""


def pages(database: Database, tokens: Tokens, clock: Clock, seals: Seals) -> APIRouter:
    """``GET /auditoria/sellos``."""
    router = APIRouter(include_in_schema=False)
    verifiers, names = seals.keys.verifiers(), seals.names()

    @router.get(PATH)
    async def show_seals(request: Request, _principal: Principal = requires(tokens, Action.SEE_LEDGER)) -> Response:
        """Shows the last seal of every log and each witness's state."""
        async with database.reading() as connection:
            found = await standings(connection, LOGS, seals.policy)
        now = clock()
        return page(
            request,
            TEMPLATES,
            "checkpoints.html",
            now=now,
            logs=[
                (
                    one,
                    str(verifiers[one.log]),
                    seals.problems.get(one.log),
                    _tone(one, now, seals),
                    _witnesses(one, names),
                )
                for one in found
            ],
            has_witnesses=bool(names),
            policy=seals.text(),
        )

    return router


def _tone(one: Standing, now: datetime, seals: Seals) -> tuple[str, str]:
    """The word and the tone of a log's state."""
    if one.log in seals.problems:
        return "inconsistent", "bad"
    if one.last is None:
        return "nothing", "over" if not one.leaves else "waiting"
    if one.leaves > one.last.size and (now - one.last.sealed_at).total_seconds() > LATE:
        return "late", "waiting"
    if one.witnessed is None:
        return "sealed", "good" if not seals.names() else "waiting"
    return ("witnessed", "good") if one.witnessed == one.last.size else ("sealed", "waiting")


def _witnesses(one: Standing, names: dict[str, str]) -> list[tuple[str, WitnessState, int, str, str]]:
    """Each witness of a log: its name, its state, by how much it is behind, and the word and tone of that."""
    size = 0 if one.last is None else one.last.size
    return [(names[each.witness], each, max(0, size - (each.size or 0)), *_of(each, size)) for each in one.witnesses]


def _of(each: WitnessState, size: int) -> tuple[str, str]:
    if each.fault is not None:
        return each.fault, "bad" if WitnessFault(each.fault) in ALARMING else "waiting"
    if each.size is None:
        return "never", "over"
    return ("cosigned", "good") if each.size >= size else ("behind", "waiting")
