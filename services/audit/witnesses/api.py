"""The state of every log's seals and of its witnesses over HTTP, read-only."""

from fastapi import APIRouter

from services.audit.ledger.api import sealed
from services.audit.ledger.keys import LOGS
from services.audit.witnesses.queries import Seals, Standing, WitnessState, standings
from services.audit.witnesses.schemas import StandingOfLog, Standings, WitnessOfLog
from services.chassis.authorization.policy import Action, Principal
from services.chassis.database import Database
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens


def add_routes(router: APIRouter, database: Database, tokens: Tokens, seals: Seals) -> None:
    """``GET /audit/checkpoints``."""
    verifiers, names = seals.keys.verifiers(), seals.names()

    @router.get("/audit/checkpoints")
    async def list_last_checkpoints(_principal: Principal = requires(tokens, Action.SEE_LEDGER)) -> Standings:
        """The last signed checkpoint of every log with its cosignatures, and how far each witness is."""
        async with database.reading() as connection:
            found = await standings(connection, LOGS, seals.policy)
        return Standings(items=[_answered(one) for one in found], policy=seals.text())

    def _answered(one: Standing) -> StandingOfLog:
        size = 0 if one.last is None else one.last.size
        checkpoint = None
        if one.last is not None:
            plain = sealed(one.last)
            lines = "".join(f"{line}\n" for line in one.cosignatures.values())
            checkpoint = plain.model_copy(update={"note": plain.note + lines})
        return StandingOfLog.model_validate(
            {
                "log": one.log,
                "origin": seals.keys.origin(one.log),
                "key": str(verifiers[one.log]),
                "leaves": one.leaves,
                "checkpoint": checkpoint,
                "unsealed": one.leaves - size,
                "problem": seals.problems.get(one.log),
                "witnessed": one.witnessed,
                "witnesses": [_witness(state, size) for state in one.witnesses],
            }
        )

    def _witness(state: WitnessState, size: int) -> WitnessOfLog:
        return WitnessOfLog.model_validate(
            {
                "name": names[state.witness],
                "key": state.witness,
                "size": state.size,
                "cosigned_at": state.cosigned_at,
                "behind": max(0, size - (state.size or 0)),
                "tried_at": state.tried_at,
                "fault": state.fault,
                "since": state.since,
            }
        )
