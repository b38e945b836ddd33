"""What each NATS user may publish and subscribe to, derived from which service follows which.

A stream can be changed, purged or deleted by the administrator alone: a service reads its upstreams' logs and
appends to its own. Consumers acknowledge nothing: a follower's position is in its own database.

No permission is checked on a reply subject, so none of these subjects may be one that does harm when an answer arrives
there: a stream listens to a subject that only its owner knows (ADR 0033). ``STREAM.INFO`` tells that subject, and is
therefore the owner's alone. ``CONSUMER.MSG.NEXT`` may be answered by an empty message, which is a complete request to
delete a stream: nobody has it. Consumers push instead, and to a subject of JetStream's own they do not.
"""

from collections.abc import Collection, Sequence
from typing import Any

from services.chassis.names import UPSTREAMS, Names, leaf_api, shelter_user

ADMIN = "admin"
EVERYTHING: dict[str, Any] = {"publish": {"allow": [">"]}, "subscribe": {"allow": [">"]}}
"""The administrator's permissions."""


def permissions(
    service: str, names: Names, token: str, *, shelters: Collection[str] = (), leaves: Sequence[str] = ()
) -> dict[str, Any]:
    """One service's permissions in NATS' configuration format.

    ``token`` is the secret of its stream's subject. ``shelters``: the codes of those whose software intake answers;
    ``leaves``: of those with a leaf node.
    """
    stream = names.stream(service)
    may_subscribe = [f"{names.inbox(service)}.>"]
    upstreams = [names.stream(upstream) for upstream in UPSTREAMS[service]]
    # A service may create its own stream (not change, purge or delete it), so that it refills a wiped NATS by itself.
    may_publish = [
        names.incoming(token, f"{service}.>"),
        *(f"$JS.API.STREAM.{verb}.{stream}" for verb in ("CREATE", "INFO", "MSG.GET")),
    ]
    if service == "intake":
        may_subscribe.append(names.submit())
        may_publish += [f"{names.inbox(shelter_user(shelter))}.>" for shelter in sorted(shelters)]
        for sourced in (names.shelter_stream(shelter) for shelter in leaves):
            may_publish += [f"$JS.API.STREAM.{verb}.{sourced}" for verb in ("CREATE", "INFO", "MSG.GET")]
            upstreams.append(sourced)
    for followed in upstreams:
        may_publish += [f"$JS.API.CONSUMER.CREATE.{followed}.>", f"$JS.FC.{followed}.>", f"$JS.FC.*.*.{followed}.>"]
    return {"publish": {"allow": may_publish}, "subscribe": {"allow": may_subscribe}}


def shelter_permissions(shelter: str, names: Names) -> dict[str, Any]:
    """The permissions of one shelter's own software: it submits for itself, and hears what it is answered."""
    return {
        "publish": {"allow": [names.submit(shelter)]},
        "subscribe": {"allow": [f"{names.inbox(shelter_user(shelter))}.>"]},
    }


def leaf_permissions(shelter: str, names: Names) -> dict[str, Any]:
    """The permissions on a shelter's leaf node connection: the hub may source that shelter's stream, nothing else.

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
