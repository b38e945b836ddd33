"""What each NATS user may publish and hear, derived from who follows whom.

A stream can be changed, purged or deleted by the administrator alone: a service reads its upstreams' logs and
appends to its own. Nobody acknowledges: a follower's position lives in its own database.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from services.chassis.names import DEFAULT_NAMESPACE, SERVICES, SHELTERS, UPSTREAMS, Names

ADMIN = "admin"
MAX_PAYLOAD = 1_048_576


def permissions(service: str, names: Names) -> dict[str, Any]:
    """The permissions of one user, in the words of NATS' own configuration."""
    hears = [f"{names.inbox(service)}.>"]
    if service == ADMIN:
        return {"publish": {"allow": [">"]}, "subscribe": {"allow": [">"]}}
    if service == SHELTERS:
        return {"publish": {"allow": [names.submit()]}, "subscribe": {"allow": hears}}
    upstreams = [names.stream(upstream) for upstream in UPSTREAMS[service]]
    # Its own stream it may make (never change, purge or delete), so that a wiped NATS is refilled without anybody.
    says = [names.subjects(service), f"$JS.API.STREAM.CREATE.{names.stream(service)}"]
    for stream in (names.stream(service), *upstreams):
        says += [
            f"$JS.API.STREAM.INFO.{stream}",
            f"$JS.API.STREAM.MSG.GET.{stream}",
            f"$JS.API.DIRECT.GET.{stream}",
            f"$JS.API.DIRECT.GET.{stream}.>",
        ]
    for stream in upstreams:
        says += [f"$JS.API.CONSUMER.{verb}.{stream}.>" for verb in ("CREATE", "INFO", "MSG.NEXT")]
    granted: dict[str, Any] = {"publish": {"allow": says}, "subscribe": {"allow": hears}}
    if service == "intake":
        hears.append(names.submit())
        granted["allow_responses"] = {"max": 1, "expires": "10s"}
    return granted


def authorization(passwords: Mapping[str, str], namespaces: Sequence[str]) -> str:
    """The block of users, once for every namespace; the values of passwords are written as they are."""
    users = [_user(ADMIN, passwords[ADMIN], permissions(ADMIN, Names()))]
    for namespace in namespaces:
        names = Names(namespace)
        users += [_user(names.user(each), passwords[each], permissions(each, names)) for each in (*SERVICES, SHELTERS)]
    return "authorization {\n  users: [\n" + "\n".join(users) + "\n  ]\n}\n"


def standalone_config() -> str:
    """A configuration for a NATS server of its own; passwords come from its environment.

    NATS reads a variable as a value of its own language, where 12e4 is a number: hence the quotes within.
    """
    passwords = {each: f"${each.upper()}_NATS_PASSWORD" for each in (ADMIN, *SERVICES, SHELTERS)}
    return (
        "# Made from services/local/permissions.py.\n"
        "# Write each password between double quotes inside its variable: INTAKE_NATS_PASSWORD='\"...\"'\n"
        f"max_payload: {MAX_PAYLOAD}\n"
        'jetstream { store_dir: "/data" }\n' + authorization(passwords, (DEFAULT_NAMESPACE,))
    )


def _user(name: str, password: str, granted: Mapping[str, Any]) -> str:
    return f"    {{ user: {json.dumps(name)}, password: {password}, permissions: {json.dumps(granted)} }}"
