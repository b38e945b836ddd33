"""The Kubernetes files, by Kubernetes' own schemas. No cluster is here: what it would do with them is read, not run."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from services.chassis.names import SERVICES, UPSTREAMS
from services.chassis.settings import Settings
from tests.support.system.proxying import DEPLOY

FOLDER = DEPLOY / "kubernetes"
VERSION = "1.37"
DATABASE = ("postgresql.cnpg.io/v1", "Cluster")
"""The operator's own kind, whose schema Kubernetes does not bring."""
DOCUMENTED = {
    *("instances", "imageName", "primaryUpdateStrategy", "bootstrap", "managed", "postgresql", "storage", "walStorage"),
    *("resources", "affinity"),
}
"""The fields of its ``spec`` that are used, each looked up in the operator's documentation."""
MADE_BY_THE_OPERATOR = {
    "Secret": {"postgres-administrator", "services-tls", "proxy-tls", "nats-tls", "channels", "oidc"},
    "ConfigMap": {"trusted"},
}
"""What the guide says to make beforehand."""
MADE_BY_CLOUDNATIVEPG = {"canaliza-db-ca"}

Document = dict[str, Any]


def resources(folder: Path = FOLDER) -> Iterator[Path]:
    """The files that a kustomization names, those of others that it names included."""
    for named in yaml.safe_load((folder / "kustomization.yaml").read_text()).get("resources", ()):
        path = (folder / named).resolve()
        if path.is_dir():
            yield from resources(path)
        else:
            yield path


@cache
def documents() -> tuple[Document, ...]:
    """Every object."""
    return tuple(one for path in resources() for one in yaml.safe_load_all(path.read_text()))


def of_kind(kind: str) -> dict[str, Document]:
    return {one["metadata"]["name"]: one for one in documents() if one["kind"] == kind}


def pods() -> dict[str, Document]:
    """The pod template of everything that runs."""
    found = {name: one["spec"]["template"] for kind in ("Deployment", "Job") for name, one in of_kind(kind).items()}
    jobs = {f"cron {name}": one["spec"]["jobTemplate"]["spec"]["template"] for name, one in of_kind("CronJob").items()}
    return found | jobs


def containers(pod: Document) -> list[Document]:
    return [*pod["spec"].get("initContainers", ()), *pod["spec"]["containers"]]


def settings() -> dict[str, str]:
    """The settings that every service is given."""
    (generated,) = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["configMapGenerator"]
    return dict(line.split("=", 1) for line in generated["literals"])


def test_every_file_in_the_folder_is_applied() -> None:
    apart = {FOLDER / "kustomization.yaml", FOLDER / "nats-values.yaml"}
    assert {path for path in resources() if path.parent == FOLDER} == set(FOLDER.glob("*.yaml")) - apart


@pytest.mark.parametrize("document", documents(), ids=lambda one: f"{one['kind']} {one['metadata']['name']}")
def test_an_object_is_what_kubernetes_takes(document: Document) -> None:
    if (document["apiVersion"], document["kind"]) == DATABASE:
        assert set(document["spec"]) <= DOCUMENTED
    else:
        kubernetes_validate.validate(document, VERSION, strict=True)


def test_an_object_with_a_word_that_kubernetes_does_not_know_is_found() -> None:
    spoilt = of_kind("Service")["intake"] | {"spec": {"selektor": {"a": "b"}}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(spoilt, VERSION, strict=True)


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="there is no kubectl on this machine; schemas are checked")
def test_kustomize_puts_it_together() -> None:
    made = subprocess.run(["kubectl", "kustomize", str(FOLDER)], check=False, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    together = list(yaml.safe_load_all(made.stdout))
    assert len(together) == len(documents()) + 2, "its two generated ConfigMaps besides"
    assert {one["metadata"].get("namespace", "canaliza") for one in together} == {"canaliza"}
    assert not re.search(r"image: (canaliza|canaliza-proxy)$", made.stdout, re.MULTILINE)


@pytest.mark.parametrize("name", sorted(pods()))
def test_no_pod_may_do_more_than_a_restricted_one(name: str) -> None:
    spec = pods()[name]["spec"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] > 0
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    for one in containers(pods()[name]):
        assert one["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert one["resources"]["limits"]["memory"]
        assert one["resources"]["requests"]["cpu"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_runs_twice_and_is_asked_three_questions(service: str) -> None:
    deployment = of_kind("Deployment")[service]
    assert deployment["spec"]["replicas"] == 2
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["args"] == ["serve", service]
    asked = {name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness", "readiness")}
    assert asked == {"startup": "/health/live", "liveness": "/health/live", "readiness": "/health/ready"}
    assert "flow" not in str(deployment), "with NATS away intake must go on taking cases"
    assert deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > 30
    assert of_kind("PodDisruptionBudget")[service]["spec"]["minAvailable"] == 1
    assert of_kind("Service")[service]["spec"]["selector"] == deployment["spec"]["selector"]["matchLabels"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_mounts_its_own_folder_of_keys_and_no_other(service: str) -> None:
    (container,) = of_kind("Deployment")[service]["spec"]["template"]["spec"]["containers"]
    (keys,) = (one for one in container["volumeMounts"] if one["name"].startswith("keys"))
    assert (keys["mountPath"], keys["subPath"]) == (f"/keys/{service}", service)
    assert keys.get("readOnly", False) is (service != "audit")
    assert "postgres-administrator" not in str(of_kind("Deployment")[service])


@pytest.mark.parametrize("service", SERVICES)
def test_its_settings_are_taken(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in settings().items():
        monkeypatch.setenv(variable, value)
    assert set(settings()) - {"SSL_CERT_FILE"} <= {f"CANALIZA_{field.upper()}" for field in Settings.model_fields}
    read = Settings()
    assert read.replicas == 3
    (container,) = of_kind("Deployment")[service]["spec"]["template"]["spec"]["containers"]
    mounted = {one["mountPath"] for one in container["volumeMounts"]}
    assert {str(read.tls_cert.parent), str(read.tls_key.parent)} <= mounted if read.tls_cert and read.tls_key else False


def test_every_secret_is_referred_to_and_none_is_in_a_file() -> None:
    assert not of_kind("Secret")
    named = set(re.findall(r"'secretName': '([\w-]+)'", str(documents())))
    named |= set(re.findall(r"'secretKeyRef': {'name': '([\w-]+)'", str(documents())))
    assert named <= MADE_BY_THE_OPERATOR["Secret"] | MADE_BY_CLOUDNATIVEPG
    guide = (DEPLOY.parent / "docs" / "guides" / "operator.md").read_text()
    assert not [name for names in MADE_BY_THE_OPERATOR.values() for name in names if f"`{name}`" not in guide]


def test_every_volume_is_there_and_every_mount_has_its_volume() -> None:
    claims, maps = set(of_kind("PersistentVolumeClaim")), {"settings", "proxy"} | MADE_BY_THE_OPERATOR["ConfigMap"]
    for name, pod in pods().items():
        volumes = {one["name"]: one for one in pod["spec"]["volumes"]}
        mounted = {one["name"] for each in containers(pod) for one in each["volumeMounts"]}
        assert mounted == set(volumes), name
        for one in volumes.values():
            assert one.get("persistentVolumeClaim", {}).get("claimName", "keys") in claims
            assert one.get("configMap", {}).get("name", "settings") in maps


def reaches(pod: str) -> set[str]:
    """The names of what a pod's policies let it connect to."""
    labels = pods()[pod]["metadata"]["labels"]
    found = set()
    for policy in of_kind("NetworkPolicy").values():
        if selects(policy["spec"]["podSelector"], labels):
            for rule in policy["spec"].get("egress", ()):
                found |= {f"{_named(to)}:{port['port']}" for to in rule.get("to", ()) for port in rule["ports"]}
    return found


def _named(peer: Document) -> str:
    if "ipBlock" in peer:
        return "world"
    labels: dict[str, str] = (peer.get("podSelector") or peer["namespaceSelector"])["matchLabels"]
    return str(next(iter(labels.values())))


def selects(selector: Document, labels: dict[str, str]) -> bool:
    """As Kubernetes matches labels."""
    wanted = selector.get("matchLabels", {}).items() <= labels.items()
    among = [labels.get(one["key"]) in one["values"] for one in selector.get("matchExpressions", ())]
    return wanted and all(among)


def test_a_service_reaches_its_servers_and_no_other_service() -> None:
    everybody = {"kube-system:53"}
    servers = {"canaliza-db:5432", "nats:4222"}
    world = {"notifications": {443, 465, 587}, "intake": {443}, "audit": {443}}
    for service in SERVICES:
        assert UPSTREAMS[service], "what it follows it gets from NATS"
        assert reaches(service) == servers | everybody | {f"world:{port}" for port in world.get(service, ())}
    assert reaches("proxy") == {"service:8080"} | everybody
    assert reaches("migrate") == reaches("cron keys") == reaches("cron backup") == servers | everybody
    assert reaches("secrets") == everybody


def test_whoever_is_not_named_reaches_nobody_and_is_reached_by_nobody() -> None:
    nobody = of_kind("NetworkPolicy")["nobody"]["spec"]
    assert nobody == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    open_to_all = [
        name
        for name, one in of_kind("NetworkPolicy").items()
        if any("from" not in rule for rule in one["spec"].get("ingress", ()))
    ]
    assert open_to_all == ["proxy"]


def test_a_commit_waits_for_a_standby() -> None:
    spec = of_kind("Cluster")["canaliza-db"]["spec"]
    assert spec["instances"] == 3
    assert spec["postgresql"]["synchronous"] == {"method": "any", "number": 1, "dataDurability": "required"}
    assert not {"fsync", "synchronous_commit", "full_page_writes"} & set(spec["postgresql"]["parameters"])


def test_nats_keeps_each_stream_three_times_by_tls_and_encrypted() -> None:
    values = yaml.safe_load((FOLDER / "nats-values.yaml").read_text())
    config = values["config"]
    assert config["cluster"]["replicas"] == int(settings()["CANALIZA_REPLICAS"]) == 3
    assert config["cluster"]["tls"]["enabled"] is config["nats"]["tls"]["enabled"] is True
    assert config["jetstream"]["merge"] == {
        "cipher": "aes",
        "key": "<< $JETSTREAM_KEY >>",
        "prev_encryption_key": "<< $JETSTREAM_FORMER_KEY >>",
    }
    assert next(iter(sorted(config["merge"]))) == "00$include", "the key is defined before it is used"
    nodes = settings()["CANALIZA_NATS_URL"].split(",")
    assert nodes == [f"tls://nats-{number}.nats-headless:4222" for number in range(3)]
