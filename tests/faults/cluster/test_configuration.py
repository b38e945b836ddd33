"""The files of deploy/nats say what the code says, are taken by the server, and let nothing overlap."""

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from services.chassis.messaging.streams import leaf_stream, sourced_stream, stream_config
from services.chassis.names import SERVICES, Names, leaf_user
from services.chassis.secrets.installation import Secrets
from services.local import permissions, standalone_config, users_config
from services.local.nats import binary
from services.local.nats_config import password_variable
from services.local.permissions import leaf_permissions
from tests.faults.cluster.nodes import DEPLOY

SHELTER, OTHER = "ALB-TAP-01", "ALB-IXT-01"
SECRETS = Secrets.generate().model_copy(update={"shelter_nats": {SHELTER: "12e4-a", OTHER: "12e4-b"}})
TOKEN = "A-token-of-some-length"  # noqa: S105 - of no server
TEXT = '"12e4-x"'
WHERE = '"127.0.0.1:4222"'


def covers(pattern: str, subject: str) -> bool:
    """Whether a subject with wildcards can mean something that another one means too."""
    left, right = pattern.split("."), subject.split(".")
    for one, other in zip(left, right, strict=False):
        if ">" in {one, other}:
            return True
        if one != other and "*" not in {one, other}:
            return False
    return len(left) == len(right)


def test_the_files_are_what_the_code_makes() -> None:
    assert (DEPLOY / "nats.conf").read_text() == standalone_config()


def accepted(folder: Path, file: str, environment: dict[str, str]) -> None:
    checked = subprocess.run(
        [binary(), "-t", "-c", folder / file], env=environment, check=False, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr


def certificate(folder: Path) -> dict[str, str]:
    """A certificate that vouches for itself, and where it is."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nats-1")])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    whole = made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    (folder / "cert.pem").write_bytes(whole)
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    files = {"NATS_CERT": "cert.pem", "NATS_KEY": "key.pem", "NATS_CA": "cert.pem"}
    return {name: json.dumps(str(folder / file)) for name, file in files.items()}


@pytest.mark.parametrize("leaves", [(), (SHELTER, OTHER)], ids=["no leaves", "two leaves"])
@pytest.mark.parametrize("tls", [True, False], ids=["TLS", "on one machine"])
def test_a_node_of_the_cluster_takes_them(tmp_path: Path, leaves: tuple[str, ...], tls: bool) -> None:  # noqa: FBT001 - pytest's
    shutil.copy(DEPLOY / "cluster.conf", tmp_path)
    (tmp_path / "tls.conf").write_text((DEPLOY / "tls.conf").read_text() if tls else "")
    (tmp_path / "users.conf").write_text(users_config(SECRETS, leaves=leaves))
    routes = {f"NATS_ROUTE_{n}": f'"nats-route://routes:x@127.0.0.1:622{n}"' for n in (1, 2, 3)}
    addresses = ("LISTEN", "MONITOR", "ROUTES_LISTEN", "ROUTES_ADVERTISE", "LEAVES_LISTEN")
    environment = (
        {password_variable(leaf_user(code)): TEXT for code in leaves} | routes | {f"NATS_{a}": WHERE for a in addresses}
    )
    store = json.dumps(str(tmp_path / "store"))
    accepted(
        tmp_path,
        "cluster.conf",
        environment
        | (certificate(tmp_path) if tls else {})
        | {"NATS_NAME": '"n1"', "NATS_STORE": store, "NATS_ROUTES_PASSWORD": TEXT},
    )


def test_a_leaf_node_takes_its_own(tmp_path: Path) -> None:
    shutil.copy(DEPLOY / "leaf.conf", tmp_path)
    hubs = {f"HUB_{n}": f'"nats-leaf://leaf:x@127.0.0.1:742{n}"' for n in (1, 2, 3)}
    store = json.dumps(str(tmp_path / "store"))
    own = {"SHELTER": f'"{SHELTER}"', "LEAF_LISTEN": WHERE, "LEAF_STORE": store, "SHELTER_NATS_PASSWORD": TEXT}
    accepted(tmp_path, "leaf.conf", hubs | own)


def test_nothing_a_shelter_publishes_can_reach_a_stream_of_the_hub_but_by_sourcing() -> None:
    names = Names()
    assert not sourced_stream(names, SHELTER).subjects
    taken = leaf_stream(names, SHELTER).subjects or []
    assert taken == ["canaliza.sealed.ALB-TAP-01"]
    for service in SERVICES:
        for subject in stream_config(names, service, TOKEN).subjects or []:
            assert not covers(subject, taken[0])
            assert not covers(subject, f"{names.leaf_delivery(SHELTER)}.S.x")
    assert not covers(taken[0], (leaf_stream(names, OTHER).subjects or [""])[0])


def test_of_what_crosses_a_leafs_connection_two_shelters_share_only_the_answers_to_requests() -> None:
    one, other = (leaf_permissions(shelter, Names()) for shelter in (SHELTER, OTHER))
    for way, shared in (("publish", {"$JSC.R.*"}), ("subscribe", set())):
        allowed = [(a, b) for a in one[way]["allow"] for b in other[way]["allow"] if covers(a, b)]
        assert {a for a, _ in allowed} == shared


def test_a_leaf_can_publish_nothing_that_a_service_hears_or_a_stream_takes() -> None:
    names = Names()
    heard = [subject for service in SERVICES for subject in permissions(service, names, TOKEN)["subscribe"]["allow"]]
    taken = [subject for service in SERVICES for subject in stream_config(names, service, TOKEN).subjects or []]
    for subject in leaf_permissions(SHELTER, names)["publish"]["allow"]:
        assert not any(covers(subject, other) for other in (*heard, *taken, "$JS.API.>", "$SYS.>"))


def test_only_intake_reads_what_shelters_send() -> None:
    for service in SERVICES:
        allowed = permissions(service, Names(), TOKEN, leaves=(SHELTER,))["publish"]["allow"]
        assert any("SHELTER_" in subject for subject in allowed) == (service == "intake")
        assert not any("SHELTER_" in subject for subject in permissions(service, Names(), TOKEN)["publish"]["allow"])
