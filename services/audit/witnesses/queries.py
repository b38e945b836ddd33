"""Reads what witnesses have cosigned and how far each of them is.

A stored cosignature is verified whenever it is read: whoever writes to the database can store a line, and has no
witness's key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import asyncpg

from services.audit.ledger.checkpoints import Checkpoint
from services.audit.ledger.domain import Inconsistency
from services.audit.ledger.keys import LedgerKeys
from services.audit.ledger.notes import Note, NoteError, VerifierKey
from services.audit.ledger.queries import CURRENT, StoredCheckpoint, checkpoint_over, last_checkpoint, tree_sizes
from services.audit.witnesses.domain import cosignature_in
from services.audit.witnesses.policy import WitnessPolicy

STATES = f"""
select coalesce(a.log, c.log) as log, coalesce(a.witness, c.witness) as witness, c.size, c.cosigned_at,
  a.tried_at, a.fault, a.since, c.line, c.note
from (select log, witness, tried_at, fault, since from witness_attempt where ledger = {CURRENT}) a
full join (
  select distinct on (s.log, s.witness) s.log, s.witness, s.size, s.cosigned_at, s.line, p.note
  from cosignature s join checkpoint p using (ledger, log, size) where s.ledger = {CURRENT}
  order by s.log, s.witness, s.size desc
) c on c.log = a.log and c.witness = a.witness
"""
LINES = f"""
select witness, line, note from cosignature join checkpoint using (ledger, log, size)
where ledger = {CURRENT} and log = $1 and size = $2 order by cosigned_at, witness
"""
UPTO = """
select size, witness, line, note from cosignature join checkpoint using (ledger, log, size)
where ledger = $1 and log = $2 and witness = $3 and size <= $4 order by size desc limit 1
"""
COSIGNED_SIZES = f"""
select size, array_agg(witness) as witnesses from cosignature
where ledger = {CURRENT} and log = $1 group by size order by size desc limit $2
"""
LOOKED_BACK = 500
"""Sizes among which the last one with a quorum is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessState:
    """How far one witness is with one log."""

    log: str
    witness: str
    """Its public key."""
    size: int | None = None
    """Of the last checkpoint that it cosigned."""
    cosigned_at: datetime | None = None
    tried_at: datetime | None = None
    fault: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of one log's seals."""

    log: str
    leaves: int
    last: StoredCheckpoint | None
    cosignatures: Mapping[str, str]
    """Signature lines under the last checkpoint, by the witness's public key."""
    witnessed: int | None
    """The largest size that a quorum has cosigned; ``None``: none yet, or there are no witnesses."""
    witnesses: Sequence[WitnessState]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seals:
    """What pages and answers say of the seals besides what is stored."""

    keys: LedgerKeys
    policy: WitnessPolicy
    problems: Mapping[str, Inconsistency]
    """Why a log is not sealed any further, as this process found it."""

    def names(self) -> dict[str, str]:
        """The names of the witnesses by their public keys."""
        return {str(one.key): one.name for one in self.policy.witnesses.values()}

    def text(self) -> str:
        """The policy with the keys of logs and of bundles, for whoever verifies: the one that bundles carry."""
        return self.policy.text(list(self.keys.verifiers().values()))


async def cosigned_size(connection: asyncpg.Connection, ledger: str, log: str, witness: str, upto: int) -> int:
    """The size of the last checkpoint of a log, of at most ``upto``, that a witness cosigned; 0: none, or a forged one.

    A witness that has seen more says so when it is asked.
    """
    row = await connection.fetchrow(UPTO, ledger, log, witness, upto)
    return row["size"] if row is not None and _is_genuine(log, row) else 0


async def cosignature_lines(connection: asyncpg.Connection, log: str, size: int) -> dict[str, str]:
    """The cosignatures of a checkpoint, by the witness's public key."""
    rows = await connection.fetch(LINES, log, size)
    return {row["witness"]: row["line"] for row in rows if _is_genuine(log, {**row, "size": size})}


async def standings(connection: asyncpg.Connection, logs: Sequence[str], policy: WitnessPolicy) -> list[Standing]:
    """The state of every log's seals, and of each witness of the policy."""
    sizes = await tree_sizes(connection)
    states = {(row["log"], row["witness"]): _state(row) for row in await connection.fetch(STATES)}
    found = []
    for log in logs:
        last = await last_checkpoint(connection, log)
        lines = {} if last is None else await cosignature_lines(connection, log, last.size)
        of_log = [
            states.get((log, str(one.key)), WitnessState(log=log, witness=str(one.key)))
            for one in policy.witnesses.values()
        ]
        witnessed = await witnessed_size(connection, log, policy)
        found.append(Standing(log, sizes.get(log, 0), last, lines, witnessed, of_log))
    return found


async def witnessed_size(connection: asyncpg.Connection, log: str, policy: WitnessPolicy) -> int | None:
    """The largest size that a quorum has cosigned; a cosignature vouches for every smaller tree, too.

    ``None``: there is none, or the policy wants no witness.
    """
    if not policy.witnesses:
        return None
    names = {str(one.key): one.name for one in policy.witnesses.values()}
    cosigners: set[str] = set()
    for row in await connection.fetch(COSIGNED_SIZES, log, LOOKED_BACK):
        if {names[key] for key in row["witnesses"] if key in names} - cosigners:
            lines = await cosignature_lines(connection, log, row["size"])
            cosigners |= {names[key] for key in lines if key in names}
        if policy.is_witnessed(cosigners):
            return int(row["size"])
    return None


async def vouched_checkpoint(
    connection: asyncpg.Connection, log: str, policy: WitnessPolicy
) -> StoredCheckpoint | None:
    """The last checkpoint that a quorum has cosigned itself, with its cosignatures: what may be handed to others.

    Without a quorum, or where the policy wants no witness, the last that was sealed, with whatever cosignatures it has.
    """
    names = {str(one.key): one.name for one in policy.witnesses.values()}
    chosen = None
    for row in await connection.fetch(COSIGNED_SIZES, log, LOOKED_BACK):
        if names and policy.is_witnessed({names[key] for key in row["witnesses"] if key in names}):
            lines = await cosignature_lines(connection, log, row["size"])
            if policy.is_witnessed({names[key] for key in lines if key in names}):
                chosen = await checkpoint_over(connection, log, row["size"])
                break
    chosen = chosen or await last_checkpoint(connection, log)
    if chosen is None:
        return None
    lines = await cosignature_lines(connection, log, chosen.size)
    return replace(chosen, note=chosen.note + "".join(f"{line}\n" for line in lines.values()))


def _state(row: Any) -> WitnessState:
    """The state of one witness; one whose last cosignature is forged has cosigned nothing."""
    values = {name: value for name, value in dict(row).items() if name not in {"line", "note"}}
    if row["line"] is not None and not _is_genuine(row["log"], row):
        values |= {"size": None, "cosigned_at": None}
    return WitnessState(**values)


def _is_genuine(log: str, row: Any) -> bool:
    """Whether the witness made the stored line under the log's checkpoint of that size."""
    try:
        text = Note.parse(row["note"].encode()).text
        checkpoint = Checkpoint.parse(text)
        cosignature_in(f"{row['line']}\n", text, VerifierKey.parse(row["witness"]))
    except NoteError:
        return False
    return checkpoint.size == row["size"] and checkpoint.origin.endswith(f"/{log}")
