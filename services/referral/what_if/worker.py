"""The process that opens boxes and replays cases: started by the service or a command, low in priority, ended with it.

It reads what it is to do from its standard input and answers with counts; what it opened is gone when it ends. Its
input ends when whoever started it ends, and then so does it.
"""

import asyncio
import os
import pickle
import struct
import sys
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO
from uuid import UUID

from events.vocabulary import BoxClass
from services.chassis.runtime import logging
from services.chassis.runtime.bootstrap import ServiceContext
from services.chassis.secrets.service import ServiceSecrets
from services.chassis.settings import Settings
from services.referral.deadlines.ports import Desks
from services.referral.what_if.policy import AsThen, Otherwise, clocks_from, rules_from
from services.referral.what_if.queries import PeriodCases, ReplayedCases
from services.referral.what_if.tally import Comparison

SERVICE = "referral"
PRIORITY = 10
"""Added to the process's niceness: desks and shelters come first."""
HEAD = struct.Struct(">I")
Batch = list[UUID]


@dataclass(frozen=True, slots=True)
class Setup:
    """What a worker needs to begin. It goes through a pipe, never through an argument or the environment."""

    settings: Settings
    secrets: ServiceSecrets = field(repr=False)
    desks: Desks
    rules: bytes | None
    deadlines: bytes | None
    until: datetime
    names_cases: bool


def framed(content: Any) -> bytes:
    """Something as a message between the two processes. Both are ours: nothing from elsewhere is ever unpickled."""
    body = pickle.dumps(content)
    return HEAD.pack(len(body)) + body


def main() -> None:
    """Replays batch after batch until its input ends."""
    os.nice(PRIORITY)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever else is printed is no answer
    logging.configure("ERROR")
    asyncio.run(_work(sys.stdin.buffer, answers))


async def _work(orders: BinaryIO, answers: BinaryIO) -> None:
    setup: Setup = _read(orders)
    context = ServiceContext.of(setup.settings, SERVICE, secrets=setup.secrets)
    keyring = context.keyring(BoxClass.SCREENING)
    try:
        then = AsThen.of(await PeriodCases(context.database).adopted())
        otherwise = Otherwise(
            then,
            None if setup.rules is None else rules_from(setup.rules),
            None if setup.deadlines is None else clocks_from(setup.deadlines),
        )
        comparison = Comparison(
            then=then, otherwise=otherwise, desks=setup.desks, until=setup.until, names_cases=setup.names_cases
        )
        cases = ReplayedCases(context.database, keyring)
        while (batch := _read(orders)) is not None:
            answers.write(framed(await cases.compare(batch, comparison)))
            answers.flush()
    finally:
        await context.database.close()


def _read(orders: BinaryIO) -> Any:
    """The next message; ``None``: there are no more."""
    head = orders.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    return pickle.loads(orders.read(HEAD.unpack(head)[0]))  # noqa: S301 - from the process that started this one


if __name__ == "__main__":
    main()
