"""Loads the policies that a service starts with: the files or, if one has a fault, the last set adopted.

Always a whole set: new rules with old deadlines would be one that nobody adopted.
"""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import structlog

from services.chassis.database import Database
from services.programme.policy_file import PolicyFaultsError, PolicyFile, parse
from services.referral.break_glass.policy import AccessPolicy
from services.referral.deadlines.policy import Clocks
from services.referral.escalation.policy import EscalationPolicy
from services.referral.lifecycle.policy import ReroutingPolicy
from services.referral.obligations.policy import ObligationPolicy
from services.referral.routing.policy import RuleSet
from services.referral.silence.policy import SilencePolicy

logger = structlog.get_logger(__name__)

FOLDER = Path(__file__).parents[1] / "policy"
ADOPTED = Path("adopted")
"""Replaces the folder in the faults of an adopted set, which has no files."""
NAMES = ("rules.yaml", "deadlines.yaml", "rerouting.yaml", "ladders.yaml", "silence.yaml", "duties.yaml", "access.yaml")

ADDED_LATER = frozenset({"duties.yaml", "access.yaml"})
"""Files that a set which an earlier version adopted has not got: those that come with the program stand in."""

LastAdopted = Callable[[], Mapping[str, str]]
"""Reads the texts of the last set adopted, by file name; empty if there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySet:
    """A whole set of policies, validated."""

    rules: RuleSet
    clocks: Clocks
    rerouting: ReroutingPolicy
    escalation: EscalationPolicy
    silence: SilencePolicy
    obligations: ObligationPolicy
    accesses: AccessPolicy
    texts: Mapping[str, str]
    """The files' texts, which an auditor may read after they have changed."""
    faults: tuple[str, ...] = ()
    """Faults of today's files, ``file:line: what``, if an older set is used instead."""

    @property
    def content(self) -> str:
        """SHA-256 over the files, hex."""
        whole = hashlib.sha256()
        for name in NAMES:
            whole.update(self.texts[name].encode())
        return whole.hexdigest()


def policies_in_force(last_adopted_texts: LastAdopted, folder: Path = FOLDER) -> PolicySet:
    """The files' policies, or the last set adopted.

    Raises:
        PolicyFaultsError: a file has a fault, and nothing was adopted before.
    """
    try:
        return _validated({name: (folder / name).read_bytes() for name in NAMES}, folder)
    except PolicyFaultsError as refused:
        faults = refused.faults
        for fault in faults:
            logger.critical("alarm", code="policy_refused", where=":".join(fault.split(":", 2)[:2]))
        texts = _with_those_added_later(last_adopted_texts())
        if not set(NAMES) <= texts.keys():
            raise
    return _validated({name: texts[name].encode() for name in NAMES}, ADOPTED, faults)


def last_adopted(database: Database) -> LastAdopted:
    """Reads the last set adopted from the database, once, before the event loop runs."""

    async def read() -> dict[str, str]:
        connection = await database.connect()
        try:
            return {row["name"]: row["text"] for row in await connection.fetch("select name, text from policy")}
        finally:
            await connection.close()

    def last_adopted_texts() -> Mapping[str, str]:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(lambda: asyncio.run(read())).result()

    return last_adopted_texts


def _with_those_added_later(adopted: Mapping[str, str]) -> Mapping[str, str]:
    """A set as it was adopted, with the files that did not exist then; nothing if none was adopted."""
    missing = ADDED_LATER - adopted.keys() if adopted else ()
    return {**adopted, **{name: (FOLDER / name).read_text(encoding="utf-8") for name in missing}}


def _validated(texts: Mapping[str, bytes], where: Path, faults: tuple[str, ...] = ()) -> PolicySet:
    def policy(name: str) -> PolicyFile:
        return parse(texts[name], where / name)

    return PolicySet(
        rules=RuleSet.of(policy("rules.yaml")),
        clocks=Clocks.from_file(policy("deadlines.yaml")),
        rerouting=ReroutingPolicy.from_file(policy("rerouting.yaml")),
        escalation=EscalationPolicy.from_file(policy("ladders.yaml")),
        silence=SilencePolicy.from_file(policy("silence.yaml")),
        obligations=ObligationPolicy.from_file(policy("duties.yaml")),
        accesses=AccessPolicy.from_file(policy("access.yaml")),
        texts={name: text.decode() for name, text in texts.items()},
        faults=faults,
    )
