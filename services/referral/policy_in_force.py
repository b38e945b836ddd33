"""The policies that a service starts with: those of the files or, where one has a fault, the last set that was adopted.

A set is taken whole: new rules with old deadlines would be a set that nobody has adopted.
"""

import asyncio
import hashlib
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import structlog

from services.chassis.database import Database
from services.referral.deadlines import Clocks, load_clocks
from services.referral.ladder_policy import Ladders, load_ladders
from services.referral.policy_file import PolicyFaultsError
from services.referral.rerouting import Rerouting, load_rerouting
from services.referral.rules import RuleSet, load_rules
from services.referral.silence_policy import SilencePolicy, load_silence

logger = structlog.get_logger(__name__)

FOLDER = Path(__file__).parent / "policy"
NAMES = ("rules.yaml", "deadlines.yaml", "rerouting.yaml", "ladders.yaml", "silence.yaml")

Kept = Callable[[], Mapping[str, str]]
"""The texts of the last set that was adopted, by the files' names; empty when none was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """A whole set, validated."""

    rules: RuleSet
    clocks: Clocks
    rerouting: Rerouting
    ladders: Ladders
    silence: SilencePolicy
    texts: Mapping[str, str]
    """What the files say, to the letter: an auditor reads it when they have changed long since."""
    faults: tuple[str, ...] = ()
    """What is wrong with today's files, ``file:line: what``, when an older set is in force in their stead."""

    @property
    def content(self) -> str:
        """SHA-256 over the files, hex."""
        whole = hashlib.sha256()
        for name in NAMES:
            whole.update(self.texts[name].encode())
        return whole.hexdigest()


def policies_in_force(kept: Kept, folder: Path = FOLDER) -> InForce:
    """Those of the files, or the last good ones.

    Raises:
        PolicyFaultsError: a file has a fault, and nothing was adopted before.
    """
    try:
        return _read(folder)
    except PolicyFaultsError as refused:
        faults = refused.faults
        for fault in faults:
            logger.critical("alarm", code="policy_refused", where=":".join(fault.split(":", 2)[:2]))
        texts = kept()
        if not set(NAMES) <= texts.keys():
            raise
    with tempfile.TemporaryDirectory() as beside:
        for name in NAMES:
            (Path(beside) / name).write_text(texts[name], encoding="utf-8", newline="")
        return _read(Path(beside), faults)


def kept_in(database: Database) -> Kept:
    """The set kept in the database. It is read before there is a loop that could wait for it, once, at the start."""

    async def read() -> dict[str, str]:
        connection = await database.connect()
        try:
            return {row["name"]: row["text"] for row in await connection.fetch("select name, text from policy")}
        finally:
            await connection.close()

    def kept() -> Mapping[str, str]:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(lambda: asyncio.run(read())).result()

    return kept


def _read(folder: Path, faults: tuple[str, ...] = ()) -> InForce:
    return InForce(
        rules=load_rules(folder / "rules.yaml"),
        clocks=load_clocks(folder / "deadlines.yaml"),
        rerouting=load_rerouting(folder / "rerouting.yaml"),
        ladders=load_ladders(folder / "ladders.yaml"),
        silence=load_silence(folder / "silence.yaml"),
        texts={name: (folder / name).read_bytes().decode() for name in NAMES},
        faults=faults,
    )
