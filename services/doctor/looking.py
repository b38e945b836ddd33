"""Makes every check at the same time, each within its time; what cannot be looked at says so and why."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from services.chassis.errors import ServiceError
from services.doctor.domain import Code, Found, Why, unseen
from services.doctor.ground import Ground
from services.doctor.reasons import CannotLookError, why_of

LIMIT = 8.0
"""Seconds for one check: a server has three to answer a question, and a check asks two."""

Checking = Callable[[Ground], Awaitable[Iterable[Found]]]


@dataclass(frozen=True, slots=True)
class Look:
    """A check, and the codes of what it finds: if it cannot be made, each of them is said not to have been seen."""

    codes: Sequence[Code]
    make: Checking
    from_elsewhere: bool = False
    """Whether it asks the running system by its URL, and can be made from another machine."""


async def examine(ground: Ground, looks: Iterable[Look], *, limit: float = LIMIT) -> list[Found]:
    """What all checks found, in their order."""
    try:
        found = await asyncio.gather(*(_one(ground, look, limit) for look in looks))
    finally:
        await ground.leave()
    return [one for each in found for one in each]


async def _one(ground: Ground, look: Look, limit: float) -> list[Found]:
    if ground.elsewhere and not look.from_elsewhere:
        return [unseen(code, Why.ELSEWHERE) for code in look.codes]
    task = asyncio.ensure_future(_made(ground, look))
    done, _ = await asyncio.wait({task}, timeout=limit)
    if not done:
        task.cancel()  # not waited for: a driver waits for a frozen server to confirm a cancellation
        return [unseen(code, Why.TIMEOUT) for code in look.codes]
    return task.result()


async def _made(ground: Ground, look: Look) -> list[Found]:
    try:
        return list(await look.make(ground))
    except CannotLookError as error:
        return [unseen(code, error.why) for code in look.codes]
    except (ServiceError, OSError, TimeoutError) as error:
        return [unseen(code, why_of(error)) for code in look.codes]
    except Exception as error:  # noqa: BLE001 - one check that fails must not hide what the others found
        return [unseen(code, why_of(error)) for code in look.codes]
