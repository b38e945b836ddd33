"""What each NATS user may publish and hear, derived from who follows whom.

A stream can be changed, purged or deleted by the administrator alone: a service reads its upstreams' logs and
appends to its own. Nobody acknowledges: a follower's position lives in its own database.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from services.chassis.names import DEFAULT_NAMESPACE, SERVICES, SHELTERS, UPSTREAMS, Names, leaf_api, leaf_user

ADMIN = "admin"
MAX_PAYLOAD = 1_048_576

_HEAD = (
    "# Made from services/local/permissions.py.\n"
    "# Write each password between double quotes inside its variable: INTAKE_NATS_PASSWORD='\"...\"'\n"
)
"""NATS reads a variable as a value of its own language, where 12e4 is a number: hence the quotes within."""


def permissions(service: str, names: Names, leaves: Sequence[str] = ()) -> dict[str, Any]:
    """The permissions of one user, in the words of NATS' own configuration. ``leaves``: shelters with a leaf node."""
    hears = [f"{names.inbox(service)}.>"]
    if service == ADMIN:
        return {"publish": {"allow": [">"]}, "subscribe": {"allow": [">"]}}
    if service == SHELTERS:
        return {"publish": {"allow": [names.submit()]}, "subscribe": {"allow": hears}}
    upstreams = [names.stream(upstream) for upstream in UPSTREAMS[service]]
    # Its own stream it may make (never change, purge or delete), so that a wiped NATS is refilled without anybody.
    says = [names.subjects(service), f"$JS.API.STREAM.CREATE.{names.stream(service)}"]
    if service == "intake":
        sourced = [names.shelter_stream(shelter) for shelter in leaves]
        says += [f"$JS.API.STREAM.CREATE.{stream}" for stream in sourced]
        upstreams += sourced
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


def leaf_permissions(shelter: str, names: Names) -> dict[str, Any]:
    """What crosses the connection of a shelter's leaf node: the hub's sourcing of that shelter's stream, and no more.

    ``publish`` is what comes from the leaf, ``subscribe`` what goes to it.
    """
    stream = names.shelter_stream(shelter)
    return {
        "publish": {"allow": [f"{names.leaf_delivery(shelter)}.>", "$JSC.R.*"]},
        "subscribe": {
            "allow": [
                f"{leaf_api(shelter)}.CONSUMER.CREATE.{stream}",
                f"{leaf_api(shelter)}.CONSUMER.CREATE.{stream}.>",
                f"$JS.FC.{stream}.>",
                f"$JS.FC.{shelter}.*.{stream}.>",
            ]
        },
    }


def authorization(passwords: Mapping[str, str], namespaces: Sequence[str], leaves: Sequence[str] = ()) -> str:
    """The block of users, once for every namespace; the values of passwords are written as they are."""
    users = [_user(ADMIN, passwords[ADMIN], permissions(ADMIN, Names()))]
    for namespace in namespaces:
        names = Names(namespace)
        users += [
            _user(names.user(each), passwords[each], permissions(each, names, leaves)) for each in (*SERVICES, SHELTERS)
        ]
    users += [
        _user(leaf_user(shelter), passwords[leaf_user(shelter)], leaf_permissions(shelter, Names()), by="LEAFNODE")
        for shelter in leaves
    ]
    return "authorization {\n  users: [\n" + "\n".join(users) + "\n  ]\n}\n"


def standalone_config() -> str:
    """A configuration for a NATS server of its own; passwords come from its environment."""
    return f'{_HEAD}max_payload: {MAX_PAYLOAD}\njetstream {{ store_dir: "/data" }}\n' + _users()


def users_config(leaves: Sequence[str] = ()) -> str:
    """The users that every node of a cluster lets in; ``deploy/nats/cluster.conf`` includes it."""
    return _HEAD + _users(leaves)


def password_variable(user: str) -> str:
    """Where a user's password stands in the environment: ``LEAF_ALB_TAP_01_NATS_PASSWORD``."""
    return f"{user.upper().replace('-', '_')}_NATS_PASSWORD"


def _users(leaves: Sequence[str] = ()) -> str:
    users = (ADMIN, *SERVICES, SHELTERS, *map(leaf_user, leaves))
    return authorization({each: f"${password_variable(each)}" for each in users}, (DEFAULT_NAMESPACE,), leaves)


def _user(name: str, password: str, granted: Mapping[str, Any], *, by: str = "STANDARD") -> str:
    """``by``: a leaf node could otherwise sign in as anybody, and anybody as a leaf node."""
    return (
        f"    {{ user: {json.dumps(name)}, password: {password}, allowed_connection_types: {json.dumps([by])},"
        f" permissions: {json.dumps(granted)} }}"
    )
