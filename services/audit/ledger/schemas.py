"""Checkpoints and proofs in answers: hashes in base64, as the C2SP formats write them."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from services.chassis.web.schemas import Answer, Moment

LogOfLedger = Literal["intake", "referral", "notifications", "audit"]
Hash = Annotated[str, Field(description="SHA-256, base64.", min_length=44, max_length=44)]

_ROOT = "kmvBaXTPR1Gsjw4EjX2dgNuQRmQ5mVN7MTqTlX4oHLo="
_ORIGIN = "canaliza.invalid/4f0c9a7be2d14c0f8b6a5d3e2c1b0a99/referral"
_NOTE = f"{_ORIGIN}\n5281\n{_ROOT}\n\n— {_ORIGIN} q83vEjRWeJA=\n"
_CHECKPOINT: JsonDict = {
    "log": "referral",
    "size": 5281,
    "root": _ROOT,
    "note": _NOTE,
    "sealed_at": "2026-03-02T15:04:05.678901+00:00",
}


class SealedCheckpoint(Answer):
    """The state of one log's tree, signed."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CHECKPOINT]})

    log: LogOfLedger
    size: Annotated[int, Field(description="Events of the log from position 1 on that the root is computed over.")]
    root: Hash
    note: Annotated[str, Field(description="The signed note (C2SP tlog-checkpoint), with the cosignatures that came.")]
    sealed_at: Moment


class CheckpointList(Answer):
    """One log's checkpoints, newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_CHECKPOINT], "next_cursor": None}]})

    items: list[SealedCheckpoint]
    next_cursor: Annotated[str | None, Field(description="For the next page; null: this is the last.")]


class InclusionProof(Answer):
    """Why an event is in a log's tree (RFC 6962 §2.1.1)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"log": "referral", "index": 1, "size": 2, "leaf": _ROOT, "root": _ROOT, "hashes": [_ROOT]},
            ]
        }
    )

    log: LogOfLedger
    index: Annotated[int, Field(description="The number of the leaf, from 0: the position less one.")]
    size: Annotated[int, Field(description="Leaves of the tree.")]
    leaf: Hash
    root: Hash
    hashes: Annotated[list[Hash], Field(description="From the leaf's sibling upwards.")]


class ConsistencyProof(Answer):
    """Why a larger tree begins with a smaller one (RFC 6962 §2.1.2)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "log": "referral",
                    "first": 1,
                    "first_root": _ROOT,
                    "second": 2,
                    "second_root": _ROOT,
                    "hashes": [_ROOT],
                }
            ]
        }
    )

    log: LogOfLedger
    first: int
    first_root: Hash
    second: int
    second_root: Hash
    hashes: list[Hash]
