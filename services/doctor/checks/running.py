"""What the running system says of itself: it is asked as an operator asks, and its own checks are not repeated."""

import ssl
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import httpx2

from services.chassis import own_system
from services.chassis.names import SERVICES
from services.doctor.domain import Code, Found, Level, Why, fails, holds, judged, unseen
from services.doctor.ground import PATIENCE, Ground
from services.doctor.looking import Look
from services.doctor.reasons import CannotLookError, why_of

FORBIDDEN = (401, 403)
UNAVAILABLE = 503
NOT_HERE = 404
"""A proxy gives these addresses to no service: each is asked by its name."""


async def system(ground: Ground) -> list[Found]:
    """Whether it answers, whether it takes this credential, its version, and each of its checks that fails."""
    return await _answering(ground, (ground.url or own_system.address()).rstrip("/"))


async def _answering(ground: Ground, base: str) -> list[Found]:
    try:
        ready, flow = [await _asked(ground, base, path) for path in ("ready", "flow")]
        if ready.status_code == NOT_HERE:
            return await _behind_a_proxy(ground, base)
    except CannotLookError as error:
        return [fails(Code.RUNNING, base, why=error.why), *_not_seen(error.why)]
    return _told(base, ready, flow)


def _told(base: str, ready: httpx2.Response, flow: httpx2.Response) -> list[Found]:
    if ready.status_code in FORBIDDEN:
        return [holds(Code.RUNNING, base), fails(Code.CREDENTIAL), *_not_seen(Why.NO_PERMISSION)[1:]]
    try:
        said, flowing = ready.json(), flow.json()
    except ValueError:
        return [fails(Code.RUNNING, base, why=Why.NOT_A_SERVER), *_not_seen(Why.NOT_A_SERVER)]
    if not isinstance(flowing, dict) or "services" not in flowing or "services" not in said:
        why = Why.OTHER if ready.status_code == UNAVAILABLE else Why.NOT_A_SERVER
        return [fails(Code.RUNNING, base, why=why), *_not_seen(why)]
    return [
        holds(Code.RUNNING, base),
        holds(Code.CREDENTIAL),
        _version(said),
        *_health(flowing["services"]),
        *_policies(flowing["services"]),
    ]


async def _behind_a_proxy(ground: Ground, base: str) -> list[Found]:
    """Every service by its name. What all say alike is said once, what one says is kept."""
    each = [await _one(ground, f"{base}/services/{name}") for name in SERVICES]
    told = {(one.code, one.level, one.about, str(one.values)): one for some in each for one in some}
    seen = {one.code for one in told.values() if one.level is not Level.UNSEEN}
    return [one for one in told.values() if one.level is not Level.UNSEEN or one.code not in seen]


async def _one(ground: Ground, base: str) -> list[Found]:
    ready, flow = [await _asked(ground, base, path) for path in ("ready", "flow")]
    return _told(base, ready, flow)


async def _asked(ground: Ground, base: str, what: str) -> httpx2.Response:
    token = "" if ground.token is None else ground.token.get_secret_value()
    trust = httpx2.create_ssl_context() if base.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        async with httpx2.AsyncClient(verify=trust, timeout=PATIENCE, trust_env=False) as client:
            return await client.get(f"{base}/api/v1/operate/{what}", headers={"Authorization": f"Bearer {token}"})
    except httpx2.TimeoutException:
        raise CannotLookError(Why.TIMEOUT) from None
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        why = why_of(error)
        raise CannotLookError(Why.REFUSED if why is Why.OTHER else why) from None


def _not_seen(why: Why) -> list[Found]:
    return [unseen(code, why) for code in (Code.CREDENTIAL, Code.RUNNING_VERSION, Code.HEALTH, Code.POLICIES)]


def _version(said: Mapping[str, Any]) -> Found:
    there, here = said.get("version"), version("canaliza")
    if there is None:
        return unseen(Code.RUNNING_VERSION, Why.OTHER)
    return judged(Code.RUNNING_VERSION, there == here, there=there, here=here)


def _health(services: Mapping[str, Mapping[str, Any]]) -> list[Found]:
    failing = [(name, one) for name, each in services.items() for one in each["checks"] if not one["ok"]]
    return [
        Found(
            code=Code.HEALTH,
            level=Level.BAD,
            about=" ".join(filter(None, (name, one["about"]))),
            values={"es": one["es"], "en": one["en"], "seconds": one["seconds"], "count": one["count"]},
            health=one["code"],
        )
        for name, one in failing
    ] or [holds(Code.HEALTH, services=", ".join(services))]


def _policies(services: Mapping[str, Mapping[str, Any]]) -> list[Found]:
    if "referral" not in services:
        return [unseen(Code.POLICIES, Why.ELSEWHERE)]
    faults = services["referral"].get("policy_faults") or []
    return [fails(Code.POLICIES, str(fault)) for fault in faults] or [holds(Code.POLICIES)]


LOOKS: Sequence[Look] = (
    Look(
        (Code.RUNNING, Code.CREDENTIAL, Code.RUNNING_VERSION, Code.HEALTH, Code.POLICIES), system, from_elsewhere=True
    ),
)
