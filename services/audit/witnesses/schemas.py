"""The state of every log's seals in answers, and what each witness says of it."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from services.audit.ledger.schemas import LogOfLedger, SealedCheckpoint
from services.chassis.web.schemas import Answer, Moment, examples_of

_WITNESS: JsonDict = {
    "name": "acnur",
    "key": "acnur.witness.invalid+5d2a3f10+BKgBdJpGl8dRkRJ3ME4hWbYl1vXG3f9iHn7i0m3y0b0k",
    "size": 5281,
    "cosigned_at": "2026-03-02T15:04:06+00:00",
    "behind": 0,
    "tried_at": "2026-03-02T15:04:06.105400+00:00",
    "fault": None,
    "since": None,
}


class WitnessOfLog(Answer):
    """How far one witness is with one log."""

    model_config = ConfigDict(json_schema_extra={"examples": [_WITNESS]})

    name: str
    key: Annotated[str, Field(description="Its public key (C2SP signed-note verifier key).")]
    size: Annotated[int | None, Field(description="Of the last checkpoint that it cosigned; null: none yet.")]
    cosigned_at: Annotated[Moment | None, Field(description="By the witness's own clock.")]
    behind: Annotated[int, Field(description="Events between that and the last checkpoint.")]
    tried_at: Moment | None
    fault: Annotated[
        Literal["refused", "ahead", "unknown_log", "unreachable", "unusable", "not_provable"] | None,
        Field(description="Why the last attempt failed; `refused`: it has seen another history."),
    ]
    since: Moment | None


class StandingOfLog(Answer):
    """The state of one log's seals."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "log": "referral",
                    "origin": "canaliza.invalid/4f0c9a7be2d14c0f8b6a5d3e2c1b0a99/referral",
                    "key": _WITNESS["key"],
                    "leaves": 5281,
                    "checkpoint": examples_of(SealedCheckpoint)[0],
                    "unsealed": 0,
                    "problem": None,
                    "witnessed": 5281,
                    "witnesses": [_WITNESS],
                }
            ]
        }
    )

    log: LogOfLedger
    origin: Annotated[str, Field(description="The log's name in the world; the name of its key.")]
    key: Annotated[str, Field(description="The log's public key (C2SP signed-note verifier key).")]
    leaves: Annotated[int, Field(description="Events in the tree.")]
    checkpoint: SealedCheckpoint | None
    unsealed: Annotated[int, Field(description="Events in the tree that the last checkpoint does not cover.")]
    problem: Annotated[
        str | None, Field(description="Why nothing more is sealed, as this process found it; null: all is well.")
    ]
    witnessed: Annotated[int | None, Field(description="The largest size that a quorum has cosigned; null: none.")]
    witnesses: list[WitnessOfLog]


class Standings(Answer):
    """The state of every log's seals."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": examples_of(StandingOfLog), "policy": "quorum none\n"}]}
    )

    items: list[StandingOfLog]
    policy: Annotated[
        str,
        Field(description="The logs' keys, the witnesses and their quorum (C2SP tlog-policy), for whoever verifies."),
    ]
