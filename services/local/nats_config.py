"""The configuration of nats-server: its users with their passwords, and the encryption of JetStream's files.

The users are in a file of their own, ``users.conf``, which is as secret as the passwords in it. After a change
nats-server reads it again on SIGHUP, and disconnects nobody but those whose password or permissions changed.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from services.chassis.names import DEFAULT_NAMESPACE, SERVICES, Names, leaf_user, shelter_user
from services.chassis.secrets.installation import Secrets
from services.local.permissions import ADMIN, EVERYTHING, leaf_permissions, permissions, shelter_permissions

MAX_PAYLOAD = 1_048_576
CIPHER = "aes"
"""AES-GCM, which processors have instructions for. An existing store in clear is encrypted at the next start."""

_HEAD = "# Made by canaliza nats users. It has passwords and the key of JetStream's files: for its owner alone.\n"
_STANDALONE = f"""# One NATS server of your own (docs/guides/operator.md). What differs comes from the environment:
# NATS_LISTEN='"127.0.0.1:4222"'  NATS_STORE='"/data"'
listen: $NATS_LISTEN
max_payload: {MAX_PAYLOAD}

# Passwords and the key: canaliza nats users > users.conf
include "users.conf"

# Off loopback: certificate, key and authority. Empty on one machine.
include "tls.conf"

jetstream {{
  store_dir: $NATS_STORE, cipher: "{CIPHER}", key: $JETSTREAM_KEY, prev_encryption_key: $JETSTREAM_FORMER_KEY
}}
"""


def standalone_config() -> str:
    """The configuration of a separate NATS server: ``deploy/nats/nats.conf``."""
    return _STANDALONE


def users_config(secrets: Secrets, namespaces: Sequence[str] = (DEFAULT_NAMESPACE,), leaves: Sequence[str] = ()) -> str:
    """The content of ``users.conf``, secrets included.

    The password of a shelter's leaf node comes from the environment of nats-server (``password_variable``).
    """
    shelters = {code: password for code, password in sorted(secrets.shelter_nats.items()) if password is not None}
    users = [_user(ADMIN, _text(secrets.nats_admin), EVERYTHING)]
    for namespace in namespaces:
        names = Names(namespace)
        for service in SERVICES:
            own = secrets.of(service)
            # Revoked shelters too: a revocation must not change intake's permissions, which would disconnect it.
            granted = permissions(service, names, own.stream_subject, shelters=secrets.shelter_nats, leaves=leaves)
            users.append(_user(names.user(service), _text(own.nats), granted))
        users += [
            _user(names.user(shelter_user(code)), _text(password), shelter_permissions(code, names))
            for code, password in shelters.items()
        ]
    users += [
        _user(leaf_user(code), f"${password_variable(leaf_user(code))}", leaf_permissions(code, Names()), by="LEAFNODE")
        for code in leaves
    ]
    former = next(iter(secrets.former.get("jetstream_key", ())), "")
    key = f"JETSTREAM_KEY: {_text(secrets.jetstream_key)}\nJETSTREAM_FORMER_KEY: {_text(former)}\n"
    return f"{_HEAD}{key}authorization {{\n  users: [\n" + "\n".join(users) + "\n  ]\n}\n"


def password_variable(user: str) -> str:
    """The environment variable of a leaf node's password: ``LEAF_ALB_TAP_01_NATS_PASSWORD``.

    Its value is written between double quotes, inside the variable: NATS parses it, and 12e4 is a number there.
    """
    return f"{user.upper().replace('-', '_')}_NATS_PASSWORD"


def _text(value: str) -> str:
    """A text of NATS' configuration: JSON without four-digit escapes."""
    return json.dumps(value, ensure_ascii=False)


def _user(name: str, password: str, granted: Mapping[str, Any], *, by: str = "STANDARD") -> str:
    """One user. ``by``: the connection type, so that a leaf node cannot sign in as a service, nor a client as one."""
    return (
        f"    {{ user: {json.dumps(name)}, password: {password}, allowed_connection_types: {json.dumps([by])},"
        f" permissions: {json.dumps(granted)} }}"
    )
