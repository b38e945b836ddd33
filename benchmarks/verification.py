"""Verifying a bundle offline: ``python -m benchmarks.verification``. Signatures and leaves apart from replay.

A bundle of referrals is made up, as large as wanted, and verified in a process of its own, so that its memory is known.
"""

import argparse
import asyncio
import json
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from events.contract import Event, Recorded
from events.referral import Deadlines, ReferralAccepted, ReferralProposed, ReferralRequested
from events.sealed import Box
from events.vocabulary import Agency, BoxClass, RiskCategory, SendingBasis, Urgency
from services.audit.bundles.container import Bundle
from services.audit.bundles.domain import Head, LogPart, ModelPart, canonical
from services.audit.bundles.packing import packed
from services.audit.ledger.checkpoints import Checkpoint
from services.audit.ledger.domain import leaf_hash, root
from services.audit.ledger.notes import SignerKey
from services.audit.ledger.tiles import WIDTH, Tile, TileHashes, folded
from services.audit.verification.commands import Verification, known_schema
from services.audit.verification.domain import CheckName
from services.chassis.eventlog.log_entry import EntryMapper
from services.referral.lifecycle.shown import ShownReferrals

AIM = 100_000
"""Events a second, of signatures and leaves."""
MEMORY_MB = 150
ID = "0" * 32
AT = datetime(2026, 11, 30, 18, tzinfo=UTC)
MODEL = ("referral", "referrals")
PROVING = (CheckName.MANIFEST, CheckName.SIGNATURES, CheckName.LEAVES, CheckName.TREE, CheckName.EARLIER)
BOX = Box(key=UUID(int=9), kind=BoxClass.SCREENING, commitment="A" * 43, sealed="A" * 300)
WHOSE: dict[str, Any] = {"agency": Agency.ACNUR, "shelter": "ALB-TAP-01"}
LIFE: tuple[Event, ...] = (
    ReferralProposed(
        **WHOSE,
        submission=UUID(int=8),
        urgency=Urgency.U2,
        categories=(RiskCategory.ASILO,),
        rule_set="2013.1",
        grounds=BOX,
    ),
    ReferralRequested(
        **WHOSE,
        urgency=Urgency.U2,
        basis=SendingBasis.CONSENT,
        receipt=UUID(int=7),
        deadlines=Deadlines(acknowledge_by=AT, decide_by=AT, serve_by=AT),
        disclosure=BOX,
    ),
    ReferralAccepted(**WHOSE),
)
ENVELOPE = struct.Struct(">Q16s16s")


def key(name: str) -> SignerKey:
    """A key of the made-up installation."""
    seed = sum(name.encode()).to_bytes(32, "big")
    return SignerKey(f"canaliza.invalid/{ID}/{name}", Ed25519PrivateKey.from_private_bytes(seed))


def stream(number: int) -> UUID:
    """An id whose first bytes are spread evenly, as those of real ids are."""
    return UUID(bytes=(number * 2_654_435_761 % 2**32).to_bytes(4, "big") + number.to_bytes(12, "big"))


def fact(number: int, version: int, position: int) -> Recorded[Any]:
    """One event of a referral."""
    return Recorded(
        id=stream(position + 2**40),
        stream=stream(number),
        version=version,
        case=UUID(int=6),
        occurred_at=AT,
        recorded_at=AT,
        actor="officer:ACNUR:p-100000",
        cause=stream(position + 2**41),
        event=LIFE[version - 1],
        position=position,
    )


class MadeUp:
    """A log of referrals, each proposed, sent and accepted, as the source of a bundle."""

    def __init__(self, size: int) -> None:
        """``size``: events."""
        self.size = size
        self.tree: dict[Tile, bytes] = {}
        hashes, level = [leaf_hash(entry) for entry in self._entries(1, size)], 0
        while hashes:
            for at in range(0, len(hashes), WIDTH):
                self.tree[Tile(level, at // WIDTH)] = b"".join(hashes[at : at + WIDTH])
            hashes = [folded(b"".join(hashes[at : at + WIDTH])) for at in range(0, len(hashes) - WIDTH + 1, WIDTH)]
            level += 1

    async def checkpoint(self, _log: str) -> str:
        """The signed size and root."""
        of = key("referral")
        return str(Checkpoint(of.name, self.size, root(self.size, TileHashes(self.tree))).signed(of))

    async def checkpoints(self, _log: str) -> AsyncIterator[str]:
        """Earlier ones, spread over the log."""
        of = key("referral")
        for part in range(1, 256):
            size = self.size * part // 256
            if size:
                yield str(Checkpoint(of.name, size, root(size, TileHashes(self.tree))).signed(of))

    async def tiles(self, _log: str, wanted: Sequence[Tile]) -> Mapping[Tile, bytes]:
        """The tiles."""
        return {tile: self.tree[tile] for tile in wanted}

    async def entries(self, _log: str, first: int, count: int) -> Sequence[bytes]:
        """The entries."""
        return list(self._entries(first, count))

    async def rows(self, _model: ModelPart) -> AsyncIterator[bytes]:
        """What is shown of each referral."""
        numbers = sorted(range(-(-self.size // 3)), key=lambda number: stream(number).bytes)
        for number in numbers:
            first = 3 * number + 1
            history = [fact(number, n, first + n - 1) for n in (1, 2, 3) if first + n - 1 <= self.size]
            values = ShownReferrals().row(history)
            yield canonical({"id": str(stream(number)), "version": len(history), "first": first, **(values or {})})

    async def erasures(self) -> AsyncIterator[bytes]:
        """Nobody was erased."""
        nobody: Sequence[bytes] = ()
        for one in nobody:
            yield one

    def _entries(self, first: int, count: int) -> Iterator[bytes]:
        for position in range(first, first + count):
            number, version = divmod(position - 1, 3)
            leaf, event = _template(version + 1), stream(position + 2**40)
            yield leaf[:1] + ENVELOPE.pack(position, event.bytes, stream(number).bytes) + leaf[1 + ENVELOPE.size :]


@cache
def _template(version: int) -> bytes:
    """A referral's event whose position and ids are filled in; serialising each would take longer than verifying."""
    return EntryMapper().to_stored_event(fact(0, version, version)).at(version).leaf()


async def make(path: Path, size: int) -> None:
    """Writes a bundle of so many events."""
    topics = tuple(sorted(event.topic() for event in LIFE))
    head = Head(
        format="canaliza-bundle/1",
        made_at=AT,
        installation=ID,
        program="bench",
        key=str(key("bundle").verifier),
        logs=(LogPart(name="referral", size=size, head=size),),
        schemas=topics,
        models=(ModelPart(service=MODEL[0], name=MODEL[1]),),
    )
    policy = f"log {key('referral').verifier}\nlog {key('bundle').verifier}\nquorum none\n"
    schemas = {topic: known_schema(topic) or b"" for topic in topics}
    with path.open("wb") as file:
        async for piece in packed(head, policy, schemas, MadeUp(size), key("bundle")):
            file.write(piece)


def peak_mb() -> float:
    """The most memory that this process had. Not ``ru_maxrss``, which a process inherits from whoever started it."""
    status = Path("/proc/self/status").read_text("ascii")
    return round(int(status.partition("VmHWM:")[2].split()[0]) / 1024, 1)


def measured(path: Path) -> dict[str, Any]:
    """Verifies a bundle in this process: processor seconds of each check, and the most memory that was needed.

    It is one thread that waits for nothing but the disk, so these are the seconds of a machine that does nothing else.
    """
    with Bundle(path) as bundle:
        verification = Verification(bundle, {MODEL: ShownReferrals()}, timer=time.process_time)
        report = verification.run()
        size = sum(log.size for log in bundle.head.logs)
    proving = sum(verification.seconds.get(name, 0.0) for name in PROVING)
    replay = verification.seconds[CheckName.STREAMS]
    return {
        "passed": report.passed,
        "events": size,
        "bytes": path.stat().st_size,
        "seconds": {name.value: round(seconds, 3) for name, seconds in verification.seconds.items()},
        "proving": round(size / proving),
        "replay": round(size / replay),
        "memory_mb": peak_mb(),
    }


def in_a_process_of_its_own(size: int) -> dict[str, Any]:
    """Makes a bundle and verifies it elsewhere."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made-up.bundle"
        asyncio.run(make(path, size))
        command = [sys.executable, "-m", "benchmarks.verification", "--bundle", str(path)]
        done = subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - this program
        found: dict[str, Any] = json.loads(done.stdout)
        return found


def main() -> None:
    """Measures, and says whether the aims are met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--bundle", type=Path, help="verify this one, in this process")
    wanted = parser.parse_args()
    found = in_a_process_of_its_own(wanted.events) if wanted.bundle is None else measured(wanted.bundle)
    if wanted.bundle is None:
        found["aims"] = {"proving": found["proving"] >= AIM, "memory": found["memory_mb"] < MEMORY_MB}
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
